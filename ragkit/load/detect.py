"""What a file is: by its content first, by its extension where all kinds of text look alike."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Final

from ragkit.load.encoding import decode, is_binary

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODF: Final = "application/vnd.oasis.opendocument."
EPUB: Final = "application/epub+zip"
XLSB: Final = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
ENCRYPTED_OFFICE: Final = "application/x-encrypted-office"
UNKNOWN: Final = "application/octet-stream"

TEXT_TYPES: Final = {
    **dict.fromkeys(("txt", "text", "log", "conf", "cfg", "ini", "properties", "env", "tex", "bib"), "text/plain"),
    **dict.fromkeys(("srt", "vtt", "adoc", "asciidoc", "org", "textile", "wiki"), "text/plain"),
    **dict.fromkeys(("md", "markdown", "mkd", "mdown", "mdx", "qmd", "rmd"), "text/markdown"),
    **dict.fromkeys(("html", "htm", "xhtml", "xht", "shtml"), "text/html"),
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines"), "application/jsonl"),
    **dict.fromkeys(("json", "geojson", "webmanifest"), "application/json"),
    **dict.fromkeys(("yaml", "yml"), "text/yaml"),
    **dict.fromkeys(("xml", "xsd", "xsl", "xslt", "rss", "atom"), "text/xml"),
    **dict.fromkeys(("eml", "email"), "message/rfc822"),
    **dict.fromkeys(("tsv", "tab"), "text/tab-separated-values"),
    "csv": "text/csv",
    "mbox": "application/mbox",
    "ipynb": "application/x-ipynb+json",
    "rst": "text/x-rst",
    "toml": "text/toml",
    "svg": "image/svg+xml",
    "rtf": "application/rtf",
}
CODE_TYPES: Final = {
    extension: f"text/x-{language}"
    for language, extensions in {
        "python": "py pyi pyw pyx",
        "javascript": "js mjs cjs jsx",
        "typescript": "ts mts cts tsx",
        "c": "c h",
        "c++": "cc cpp cxx hpp hh hxx ino",
        "java": "java",
        "csharp": "cs",
        "go": "go",
        "rust": "rs",
        "ruby": "rb",
        "php": "php",
        "perl": "pl pm",
        "swift": "swift",
        "kotlin": "kt kts",
        "scala": "scala sc",
        "shell": "sh bash zsh fish",
        "powershell": "ps1 psm1",
        "batch": "bat cmd",
        "sql": "sql",
        "r": "r",
        "julia": "jl",
        "lua": "lua",
        "haskell": "hs",
        "ocaml": "ml mli",
        "clojure": "clj cljs",
        "elixir": "ex exs",
        "erlang": "erl",
        "lisp": "lisp el scm",
        "fortran": "f f90 f95",
        "dart": "dart",
        "groovy": "groovy gradle",
        "css": "css scss sass less",
        "vue": "vue svelte",
        "protobuf": "proto",
        "graphql": "graphql",
        "terraform": "tf hcl",
        "cmake": "cmake",
        "diff": "diff patch",
        "assembly": "asm s",
        "verilog": "v sv vhdl",
    }.items()
    for extension in extensions.split()
}
_PACKAGE_TYPES = {
    **dict.fromkeys(("docx", "docm", "dotx", "dotm"), DOCX),
    **dict.fromkeys(("xlsx", "xlsm", "xltx", "xltm"), XLSX),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "potx"), PPTX),
    **dict.fromkeys(("odt", "ott"), ODF + "text"),
    **dict.fromkeys(("ods", "ots"), ODF + "spreadsheet"),
    **dict.fromkeys(("odp", "otp"), ODF + "presentation"),
    "xlsb": XLSB,
    "epub": EPUB,
    "zip": "application/zip",
    "pdf": "application/pdf",
    "xls": "application/vnd.ms-excel",
    "doc": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
}
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
    (b"\x7fELF", "application/x-executable"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of OLE streams that tell what the file is; encrypted packages first, since they hide everything else.
_OLE_STREAMS = (
    ("EncryptedPackage", ENCRYPTED_OFFICE),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
_HTML_START = re.compile(r"(?is)^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b")


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
    found = _by_magic(data, claimed)
    if found:
        return found
    if is_binary(data):
        return claimed or UNKNOWN
    if claimed and not is_package(claimed):
        return claimed
    head = decode(data[:4096])
    if _HTML_START.match(head):
        return "text/html"
    return "text/plain"


def is_package(media_type: str) -> bool:
    """Tell whether a media type is a binary format, which no text file can be."""
    return media_type in _PACKAGE_TYPES.values()


def _by_magic(data: bytes, claimed: str) -> str:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data, claimed)
    if data.startswith(_OLE):
        return _ole_kind(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if claimed == "application/pdf" and b"%PDF-" in data[:1024]:
        return claimed
    return ""


def _zip_kind(data: bytes, claimed: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = set(package.namelist())
            declared = ""
            if "mimetype" in names:
                with package.open("mimetype") as member:
                    declared = member.read(200).decode("ascii", "replace").strip()
    except Exception:  # noqa: BLE001 - zipfile raises a dozen types on damaged files; the reader will say what is wrong
        return claimed if is_package(claimed) else "application/zip"
    if declared.startswith(ODF):
        return declared.replace("-template", "")
    if declared == EPUB or "META-INF/container.xml" in names:
        return EPUB
    if "xl/workbook.bin" in names:
        return XLSB
    for folder, media_type in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
        if any(name.startswith(folder) and name.endswith(".xml") for name in names):
            return media_type
    return "application/zip"


def _ole_kind(data: bytes) -> str:
    for stream, media_type in _OLE_STREAMS:
        if stream.encode("utf-16-le") in data:
            return media_type
    return "application/x-ole-storage"
