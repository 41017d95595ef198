"""From media type to reader: the table of formats, and what to say about the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, RawFile
from ragkit.load.detect import (
    CODE_TYPES,
    DOCX,
    ENCRYPTED_OFFICE,
    EPUB,
    IWORK,
    MAIL,
    MBOX,
    ODF,
    OPC,
    OUTLOOK,
    PDF,
    PPTX,
    RTF,
    SVG,
    TAR,
    TNEF,
    XLSB,
    XLSX,
    ZIP,
    detect,
    is_package,
    media_type_by_name,
)
from ragkit.load.plugins import find_format, read_added

# A reader may be any function of any module, named "module:function": a module is imported at the first file that needs
# it, and the process that workers are forked from imports them all once it has seen a crash.
Reader = Callable[[RawFile], Content]

READERS: dict[str, str] = {
    **dict.fromkeys(("text/plain", "text/yaml", "text/toml"), "ragkit.load.formats.text.plain:read"),
    **dict.fromkeys(CODE_TYPES.values(), "ragkit.load.formats.text.plain:read"),
    "text/x-rst": "ragkit.load.formats.text.rst:read",
    "text/xml": "ragkit.load.formats.markup.xml:read",
    SVG: "ragkit.load.formats.markup.xml:read_svg",
    "text/markdown": "ragkit.load.formats.text.plain:read_markdown",
    "text/html": "ragkit.load.formats.html:read",
    PDF: "ragkit.load.formats.pdf.document:read",
    RTF: "ragkit.load.formats.office.rtf:read",
    DOCX: "ragkit.load.formats.office.docx:read",
    PPTX: "ragkit.load.formats.office.pptx:read",
    **dict.fromkeys(
        (ODF + "text", ODF + "presentation", ODF + "graphics"), "ragkit.load.formats.office.opendocument:read"
    ),
    **dict.fromkeys(
        (XLSX, XLSB, "application/vnd.ms-excel", ODF + "spreadsheet"), "ragkit.load.formats.office.sheets:read"
    ),
    EPUB: "ragkit.load.formats.markup.epub:read",
    "text/csv": "ragkit.load.formats.text.delimited:read",
    "text/tab-separated-values": "ragkit.load.formats.text.delimited:read",
    "application/json": "ragkit.load.formats.text.json:read_json",
    "application/jsonl": "ragkit.load.formats.text.json:read_jsonl",
    "application/x-ipynb+json": "ragkit.load.formats.text.json:read_notebook",
    **dict.fromkeys(("application/gzip", "application/x-bzip2"), "ragkit.load.formats.archive.compressed:read"),
    **dict.fromkeys(("application/x-xz", "application/zstd"), "ragkit.load.formats.archive.compressed:read"),
    ZIP: "ragkit.load.formats.archive.archive:read_zip",
    TAR: "ragkit.load.formats.archive.archive:read_tar",
    MAIL: "ragkit.load.formats.mail.message:read",
    MBOX: "ragkit.load.formats.mail.message:read_mbox",
    OUTLOOK: "ragkit.load.formats.mail.outlook:read",
    TNEF: "ragkit.load.formats.mail.tnef:read",
}
_BUILT_IN = dict(READERS)
# Reads every ``image/`` type that no entry of the table names; which of them can be opened is known to Pillow alone.
_PICTURES = "ragkit.load.formats.image.picture:read"
_ADVICE = {
    "application/msword": "is in the old Word format: save it as .docx",
    "application/vnd.ms-powerpoint": "is in the old PowerPoint format: save it as .pptx",
    "application/x-7z-compressed": "is a 7-Zip archive: pack the files as zip, or unpack it and load the folder",
    "application/vnd.rar": "is a RAR archive: pack the files as zip, or unpack it and load the folder",
    IWORK: "is a Pages, Numbers or Keynote document: export it as Word, Excel, PowerPoint or PDF",
    OPC: "is an Office package of a kind that is not read (Visio, XPS or the like): save it as PDF",
}


def read_content(raw: RawFile) -> tuple[str, Content]:
    """Detect what a file is and read it.

    Returns:
        The media type and what was found.

    Raises:
        LoadError: the file is damaged, encrypted, too large or of a kind that ragkit does not read.
    """
    if not raw.data:
        return _nothing(raw)
    media_type = detect(raw.name, raw.data)
    added = find_format(raw, media_type, built_in=media_type in READERS)
    if added is not None:
        return added.media_type, read_added(added, replace(raw, media_type=added.media_type))
    if media_type == ENCRYPTED_OFFICE:
        raise LoadError(raw.source, "encrypted", "is protected by a password: save a copy without one and load that")
    reader = find_reader(media_type)
    if reader is None:
        advice = _ADVICE.get(media_type, f"is of a kind that is not read ({media_type}): convert it to PDF or text")
        raise LoadError(raw.source, "unsupported", advice)
    return media_type, reader(replace(raw, media_type=media_type))


def media_type_of(raw: RawFile) -> str:
    """Return the media type of a file, whether it can be read or not; empty for one without bytes."""
    if not raw.data:
        return ""
    media_type = detect(raw.name, raw.data)
    try:
        added = find_format(raw, media_type, built_in=media_type in READERS)
    except LoadError:  # the one that reading it raised before
        return media_type
    return media_type if added is None else added.media_type


def find_reader(media_type: str) -> Reader | None:
    """Import the reader of a media type; None when there is none."""
    target = READERS.get(media_type) or (_PICTURES if media_type.startswith("image/") else None)
    if target is None:
        return None
    module, _, function = target.partition(":")
    return getattr(import_module(module), function)


def added_readers() -> dict[str, str]:
    """Return the entries of ``READERS`` that are not ragkit's own, for the processes that files are read in."""
    return {media_type: target for media_type, target in READERS.items() if _BUILT_IN.get(media_type) != target}


def set_added_readers(added: dict[str, str]) -> None:
    """Make ``READERS`` ragkit's own and these."""
    if added != added_readers():
        READERS.clear()
        READERS.update(_BUILT_IN | added)


def _nothing(raw: RawFile) -> tuple[str, Content]:
    claimed = media_type_by_name(raw.name)
    if is_package(claimed):
        raise LoadError(raw.source, "empty", "has no bytes at all, so it was cut off on its way: get it again")
    return claimed or "text/plain", Content(note="has no bytes")
