"""Media types with long names, and those that more than one module speaks of."""

from __future__ import annotations

from typing import Final

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSB: Final = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
ODF: Final = "application/vnd.oasis.opendocument."
EPUB: Final = "application/epub+zip"
ZIP: Final = "application/zip"
TAR: Final = "application/x-tar"
MAIL: Final = "message/rfc822"
MBOX: Final = "application/mbox"
OUTLOOK: Final = "application/vnd.ms-outlook"
TNEF: Final = "application/ms-tnef"
PDF: Final = "application/pdf"
SVG: Final = "image/svg+xml"
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
IWORK: Final = "application/vnd.apple.iwork"
OPC: Final = "application/x-opc-package"
UNKNOWN: Final = "application/octet-stream"
