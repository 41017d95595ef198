"""What a file is: by its content first, by its extension where all kinds of text look alike."""

from __future__ import annotations

import json
import re
from typing import Final

from ragkit.load.encoding import decode, is_binary
from ragkit.load.magic import by_magic
from ragkit.load.media_types import (
    DOCX,
    EPUB,
    MAIL,
    MBOX,
    ODF,
    OUTLOOK,
    PDF,
    PPTX,
    SVG,
    TAR,
    UNKNOWN,
    XLSB,
    XLSX,
    ZIP,
)

TEXT_TYPES: Final = {
    **dict.fromkeys(("txt", "text", "log", "conf", "cfg", "ini", "properties", "env", "tex", "bib"), "text/plain"),
    **dict.fromkeys(
        ("srt", "vtt", "adoc", "asciidoc", "org", "textile", "wiki", "ics", "vcf", "po", "pot"), "text/plain"
    ),
    **dict.fromkeys(("md", "markdown", "mkd", "mdown", "mdx", "qmd", "rmd"), "text/markdown"),
    **dict.fromkeys(("html", "htm", "xhtml", "xht", "shtml"), "text/html"),
    **dict.fromkeys(("jsonl", "ndjson", "jsonlines"), "application/jsonl"),
    **dict.fromkeys(("json", "geojson", "webmanifest"), "application/json"),
    **dict.fromkeys(("yaml", "yml"), "text/yaml"),
    **dict.fromkeys(
        ("xml", "xsd", "xsl", "xslt", "rss", "atom", "fb2", "kml", "gpx", "dita", "tei", "wsdl", "plist"), "text/xml"
    ),
    **dict.fromkeys(("eml", "email", "mht", "mhtml"), MAIL),
    **dict.fromkeys(("tsv", "tab"), "text/tab-separated-values"),
    "csv": "text/csv",
    "mbox": MBOX,
    "ipynb": "application/x-ipynb+json",
    **dict.fromkeys(("rst", "rest"), "text/x-rst"),
    "toml": "text/toml",
    "svg": SVG,
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
    **dict.fromkeys(("odg", "otg"), ODF + "graphics"),
    "xlsb": XLSB,
    "epub": EPUB,
    "zip": ZIP,
    "pdf": PDF,
    "xls": "application/vnd.ms-excel",
    "doc": "application/msword",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": OUTLOOK,
    "tar": TAR,
    "gz": "application/gzip",
    "tgz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "zst": "application/zstd",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "heic": "image/heic",
    **dict.fromkeys(("jpg", "jpeg", "jpe"), "image/jpeg"),
    **dict.fromkeys(("tif", "tiff"), "image/tiff"),
}
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
    """Tell by its beginning what text is whose name says nothing, or something untrue."""
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
    return "application/json" if head.lstrip()[:1] in ("{", "[") and _is_json(decode(data)) else "text/plain"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def is_package(media_type: str) -> bool:
    """Tell whether a media type is a binary format, which no text file can be."""
    return media_type in _PACKAGE_TYPES.values()
