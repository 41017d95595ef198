"""Binary formats by their first bytes, and containers by what they hold."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from ragkit.load.media_types import (
    DOCX,
    ENCRYPTED_OFFICE,
    EPUB,
    IWORK,
    ODF,
    OPC,
    OUTLOOK,
    PDF,
    PPTX,
    TAR,
    TNEF,
    XLSB,
    XLSX,
    ZIP,
)

_MAGIC = (
    (b"%PDF-", PDF),
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"8BPS\0\x01", "image/vnd.adobe.photoshop"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-executable"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
)
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)")
_FILE_TYPES = {  # of the ISO base media format, by the brand in its first box
    **dict.fromkeys((b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of OLE streams that tell what the file is; encrypted packages first, since they hide everything else.
_OLE_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("__properties_version1.0", OUTLOOK),
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
# What the content types of an Office package say of its main part, whatever its folders are called.
_MAIN_PARTS = (
    (b"ms-excel.sheet.binary", XLSB),
    (b"wordprocessingml.document.main", DOCX),
    (b"wordprocessingml.template.main", DOCX),
    (b"ms-word.document", DOCX),
    (b"ms-word.template", DOCX),
    (b"spreadsheetml.sheet.main", XLSX),
    (b"spreadsheetml.template.main", XLSX),
    (b"ms-excel.sheet.macro", XLSX),
    (b"ms-excel.template.macro", XLSX),
    (b"presentationml.", PPTX),
    (b"ms-powerpoint.", PPTX),
)
_MOST_TYPES = 1 << 20


def by_magic(data: bytes) -> str:
    """Return the media type that a file's bytes show beyond doubt; empty for text and for what is not known."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_kind(data)
    if data.startswith(_OLE):
        return _ole_kind(data)
    found = next((media_type for magic, media_type in _MAGIC if data.startswith(magic)), "")
    return found or _by_structure(data)


def _by_structure(data: bytes) -> str:
    """Formats whose first bytes alone say too little."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return _FILE_TYPES.get(data[8:12], "video/mp4")
    if data[:2] == b"BM" and data[6:10] == bytes(4) and data[14:18] in _BITMAP_HEADERS:
        return "image/bmp"
    if _BZIP2.match(data):
        return "application/x-bzip2"
    return TAR if is_tar(data) else ""


def is_tar(data: bytes) -> bool:
    """Tell whether the first 512 bytes are the header of a tar archive: its checksum says so in all dialects."""
    header = data[:512]
    if len(header) < 512 or not header[0]:
        return False
    stated = header[148:156].strip(b" \0")
    if not re.fullmatch(rb"[0-7]{1,7}", stated):
        return False
    return sum(header) - sum(header[148:156]) + 8 * 32 == int(stated, 8)


def _zip_kind(data: bytes) -> str:
    """What a zip archive is; empty where it cannot be opened."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in package.infolist()}
            declared = _member(package, names.get("mimetype")).decode("ascii", "replace").strip()
            types = _member(package, names.get("[content_types].xml"))
    except Exception:  # noqa: BLE001 - zipfile raises a dozen types on damaged files; the reader will say what is wrong
        return ""
    if declared.startswith(ODF):
        return declared.replace("-template", "").replace("-master", "")
    if declared == EPUB or "meta-inf/container.xml" in names:
        return EPUB
    for mark, media_type in _MAIN_PARTS:
        if mark in types:
            return media_type
    return _by_members(set(names))


def _by_members(names: set[str]) -> str:
    if "xl/workbook.bin" in names:
        return XLSB
    office = "[content_types].xml" in names or "_rels/.rels" in names
    for main, media_type in (("word/document.xml", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX)):
        folder = main.partition("/")[0] + "/"
        if main in names or (office and any(name.startswith(folder) and name.endswith(".xml") for name in names)):
            return media_type
    if any(name.endswith(".iwa") or name == "index.zip" for name in names):
        return IWORK
    return OPC if "[content_types].xml" in names and "_rels/.rels" in names else ZIP


def _member(package: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> bytes:
    if info is None:
        return b""
    with package.open(info) as member:
        return member.read(_MOST_TYPES)


def _ole_kind(data: bytes) -> str:
    """What an OLE container is by the streams in its root; those further in belong to what is embedded in it."""
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(data)) as container:
            names = {path[0] for path in container.listdir() if len(path) == 1}
        for stream, media_type in _OLE_STREAMS:
            if stream in names:
                return media_type
    except Exception:  # noqa: BLE001 - damaged containers raise anything; their names can still be looked for
        names = set[str]()
    if not names:
        for stream, media_type in _OLE_STREAMS:
            if stream.encode("utf-16-le") in data:
                return media_type
    return "application/x-ole-storage"
