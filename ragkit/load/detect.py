"""What a file is: by its content first, by its extension where all kinds of text look alike."""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO
from typing import Final

from ragkit.load.encoding import decode, is_binary

# Media types with long names, and those that more than one module uses.
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
RTF: Final = "application/rtf"
SVG: Final = "image/svg+xml"
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
IWORK: Final = "application/vnd.apple.iwork"
OPC: Final = "application/x-opc-package"
UNKNOWN: Final = "application/octet-stream"

# Binary formats by their first bytes.
_MAGIC = (
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
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
# The magic of a block, which is pi or its end (the square root of pi), since text may begin with "BZh".
_BZIP2 = re.compile(rb"BZh[1-9](1AY&SY|\x17\x72\x45\x38\x50\x90)")
# The ISO base media format (MP4, HEIC, AVIF) by the brand in its first box.
_FILE_TYPES = {
    **dict.fromkeys((b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/x-wav", b"AVI ": "video/x-msvideo"}
# "BM" alone begins many a text; the size of the header behind it is one of a few.
_BITMAP_HEADERS = {size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124)}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# OLE streams that only one kind of file has; encrypted packages first, since they hide everything else.
_OLE_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("__properties_version1.0", OUTLOOK),
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
# The content type of the main part of an Office package, whatever its folders are called.
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
_MOST_TYPES = 1 << 20  # bytes of a member that is looked at to detect a kind


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
    """Tell whether the first 512 bytes are the header of a tar archive."""
    # By the checksum, since the oldest dialect has no magic: the sum of all bytes, those of the checksum as spaces.
    header, stated = data[:512], data[148:156].strip(b" \0")
    if len(header) < 512 or not header[0] or not re.fullmatch(rb"[0-7]{1,7}", stated):
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
    """What an OLE container is."""
    import olefile

    # By the streams in its root: those further in belong to what is embedded in it.
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


def _by_extension(kinds: dict[str, str]) -> dict[str, str]:
    return {extension: media_type for media_type, extensions in kinds.items() for extension in extensions.split()}


# Kinds of text by their extension, which is all that tells most of them apart.
TEXT_TYPES: Final = _by_extension(
    {
        "text/plain": "txt text log conf cfg ini properties env tex bib srt vtt adoc asciidoc org textile wiki ics vcf "
        "po pot",
        "text/markdown": "md markdown mkd mdown mdx qmd rmd",
        "text/html": "html htm xhtml xht shtml",
        "text/x-rst": "rst rest",
        "text/xml": "xml xsd xsl xslt rss atom fb2 kml gpx dita tei wsdl plist",
        "text/yaml": "yaml yml",
        "text/toml": "toml",
        "text/csv": "csv",
        "text/tab-separated-values": "tsv tab",
        "application/json": "json geojson webmanifest",
        "application/jsonl": "jsonl ndjson jsonlines",
        "application/x-ipynb+json": "ipynb",
        MAIL: "eml email mht mhtml",
        MBOX: "mbox",
        SVG: "svg",
        RTF: "rtf",
    }
)
CODE_TYPES: Final = _by_extension(
    {
        "text/x-python": "py pyi pyw pyx",
        "text/x-javascript": "js mjs cjs jsx",
        "text/x-typescript": "ts mts cts tsx",
        "text/x-c": "c h",
        "text/x-c++": "cc cpp cxx hpp hh hxx ino",
        "text/x-java": "java",
        "text/x-csharp": "cs",
        "text/x-go": "go",
        "text/x-rust": "rs",
        "text/x-ruby": "rb",
        "text/x-php": "php",
        "text/x-perl": "pl pm",
        "text/x-swift": "swift",
        "text/x-kotlin": "kt kts",
        "text/x-scala": "scala sc",
        "text/x-shell": "sh bash zsh fish",
        "text/x-powershell": "ps1 psm1",
        "text/x-batch": "bat cmd",
        "text/x-sql": "sql",
        "text/x-r": "r",
        "text/x-julia": "jl",
        "text/x-lua": "lua",
        "text/x-haskell": "hs",
        "text/x-ocaml": "ml mli",
        "text/x-clojure": "clj cljs",
        "text/x-elixir": "ex exs",
        "text/x-erlang": "erl",
        "text/x-lisp": "lisp el scm",
        "text/x-fortran": "f f90 f95",
        "text/x-dart": "dart",
        "text/x-groovy": "groovy gradle",
        "text/x-css": "css scss sass less",
        "text/x-vue": "vue svelte",
        "text/x-protobuf": "proto",
        "text/x-graphql": "graphql",
        "text/x-terraform": "tf hcl",
        "text/x-cmake": "cmake",
        "text/x-diff": "diff patch",
        "text/x-assembly": "asm s",
        "text/x-verilog": "v sv vhdl",
    }
)
# Binary formats by their extension: what a damaged or empty file was meant to be.
_PACKAGE_TYPES = _by_extension(
    {
        DOCX: "docx docm dotx dotm",
        XLSX: "xlsx xlsm xltx xltm",
        PPTX: "pptx pptm ppsx potx",
        XLSB: "xlsb",
        ODF + "text": "odt ott",
        ODF + "spreadsheet": "ods ots",
        ODF + "presentation": "odp otp",
        ODF + "graphics": "odg otg",
        EPUB: "epub",
        PDF: "pdf",
        OUTLOOK: "msg",
        "application/msword": "doc",
        "application/vnd.ms-excel": "xls",
        "application/vnd.ms-powerpoint": "ppt",
        ZIP: "zip",
        TAR: "tar",
        "application/gzip": "gz tgz",
        "application/x-bzip2": "bz2",
        "application/x-xz": "xz",
        "application/zstd": "zst",
        "application/x-7z-compressed": "7z",
        "application/vnd.rar": "rar",
        "image/png": "png",
        "image/jpeg": "jpg jpeg jpe",
        "image/gif": "gif",
        "image/bmp": "bmp",
        "image/tiff": "tif tiff",
        "image/webp": "webp",
        "image/heic": "heic",
    }
)
# What text of no known extension is, by how it begins.
_HTML_START = re.compile(
    r"(?is)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|title|meta|table|div|style)\b"
)
_SVG_START = re.compile(r"(?is)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype\s+svg[^>]*>\s*)?<svg\b")
_XML_START = re.compile(r"^\s*<\?xml\s")
_MBOX_START = re.compile(r"From \S+.*\d{4}\s*\n[!-9;-~]+:")
_MAIL_START = re.compile(
    r"(?i)([!-9;-~]+:.*\n([ \t].*\n)*)*?(return-path|received|message-id|mime-version|delivered-to|x-mailer):"
)
_HEAD = 8192
_ODF_KINDS = tuple(ODF + kind for kind in ("text", "spreadsheet", "presentation", "graphics"))
_ZIP_BASED = (DOCX, XLSX, PPTX, XLSB, EPUB, *_ODF_KINDS)


def extension_of(name: str) -> str:
    """Return the lower-case extension without its dot."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return base.rpartition(".")[2].lower() if "." in base[1:] else ""


def media_type_by_name(name: str) -> str:
    """Return the media type that the extension claims; empty for an unknown one."""
    extension = extension_of(name)
    return TEXT_TYPES.get(extension) or CODE_TYPES.get(extension) or _PACKAGE_TYPES.get(extension, "")


def detect(name: str, data: bytes) -> str:
    """Return the media type of a file's content.

    Args:
        name: file name; its extension decides between kinds of text, and what damaged content was meant to be.
        data: the whole content.
    """
    claimed = media_type_by_name(name)
    found = by_magic(data)
    if found:
        return found
    if data.startswith(b"PK\x03\x04"):  # a zip archive too damaged to look into
        return claimed if claimed in _ZIP_BASED else ZIP
    if b"%PDF-" in data[:1024] and (claimed == PDF or data.lstrip().startswith(b"%PDF-")):
        return PDF
    if is_binary(data):
        return claimed or UNKNOWN
    if claimed and not is_package(claimed):
        return claimed
    return _kind_of_text(data)


def _kind_of_text(data: bytes) -> str:
    """What text is by its beginning, where its name says nothing or something untrue."""
    head = decode(data[:_HEAD])
    for pattern, media_type in (
        (_HTML_START, "text/html"),
        (_SVG_START, SVG),
        (_XML_START, "text/xml"),
        (_MBOX_START, MBOX),
        (_MAIL_START, MAIL),
    ):
        if pattern.match(head):
            return media_type
    return "application/json" if head.lstrip()[:1] in ("{", "[") and is_json(decode(data)) else "text/plain"


def is_json(text: str) -> bool:
    """Tell whether text is a JSON value as a whole."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_package(media_type: str) -> bool:
    """Tell whether a media type is a binary format, which no text file can be."""
    return media_type in _PACKAGE_TYPES.values()
