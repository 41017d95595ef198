"""From media type to reader: the table of formats, and what to say about the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

from ragkit.core.errors import LoadError
from ragkit.load import detect
from ragkit.load.content import Content, RawFile
from ragkit.load.plugins import find_format, read_added

Reader = Callable[[RawFile], Content]

_FAMILIES = "ragkit.load.formats."
# Media type -> its reader, "module:function", which is imported at the first file that needs it. The process that
# workers are forked from imports all of them once a worker has crashed.
READERS: dict[str, str] = {
    media_type: _FAMILIES + target
    for target, media_types in {
        "text.plain:read": ("text/plain", "text/yaml", "text/toml", *detect.CODE_TYPES.values()),
        "text.plain:read_markdown": ("text/markdown",),
        "text.rst:read": ("text/x-rst",),
        "text.delimited:read": ("text/csv", "text/tab-separated-values"),
        "text.json:read_json": ("application/json",),
        "text.json:read_jsonl": ("application/jsonl",),
        "text.json:read_notebook": ("application/x-ipynb+json",),
        "html:read": ("text/html",),
        "markup.xml:read": ("text/xml",),
        "markup.xml:read_svg": (detect.SVG,),
        "markup.epub:read": (detect.EPUB,),
        "pdf.document:read": (detect.PDF,),
        "office.docx:read": (detect.DOCX,),
        "office.pptx:read": (detect.PPTX,),
        "office.rtf:read": (detect.RTF,),
        "office.opendocument:read": (detect.ODF + "text", detect.ODF + "presentation", detect.ODF + "graphics"),
        "office.sheets:read": (detect.XLSX, detect.XLSB, "application/vnd.ms-excel", detect.ODF + "spreadsheet"),
        "mail.message:read": (detect.MAIL,),
        "mail.message:read_mbox": (detect.MBOX,),
        "mail.outlook:read": (detect.OUTLOOK,),
        "mail.tnef:read": (detect.TNEF,),
        "archive.archive:read_zip": (detect.ZIP,),
        "archive.archive:read_tar": (detect.TAR,),
        "archive.compressed:read": ("application/gzip", "application/x-bzip2", "application/x-xz", "application/zstd"),
    }.items()
    for media_type in media_types
}
_BUILT_IN = dict(READERS)
# Reads every ``image/`` type that no entry of the table names; which of them can be opened is known to Pillow alone.
_PICTURES = _FAMILIES + "image.picture:read"
_ADVICE = {
    "application/msword": "is in the old Word format: save it as .docx",
    "application/vnd.ms-powerpoint": "is in the old PowerPoint format: save it as .pptx",
    "application/x-7z-compressed": "is a 7-Zip archive: pack the files as zip, or unpack it and load the folder",
    "application/vnd.rar": "is a RAR archive: pack the files as zip, or unpack it and load the folder",
    detect.IWORK: "is a Pages, Numbers or Keynote document: export it as Word, Excel, PowerPoint or PDF",
    detect.OPC: "is an Office package of a kind that is not read (Visio, XPS or the like): save it as PDF",
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
    media_type = detect.detect(raw.name, raw.data)
    added = find_format(raw, media_type, built_in=media_type in READERS)
    if added is not None:
        return added.media_type, read_added(added, replace(raw, media_type=added.media_type))
    if media_type == detect.ENCRYPTED_OFFICE:
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
    media_type = detect.detect(raw.name, raw.data)
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
    """Set ``READERS`` to ragkit's own and these."""
    # In place: other modules hold the same dictionary.
    if added != added_readers():
        READERS.clear()
        READERS.update(_BUILT_IN | added)


def _nothing(raw: RawFile) -> tuple[str, Content]:
    claimed = detect.media_type_by_name(raw.name)
    if detect.is_package(claimed):
        raise LoadError(raw.source, "empty", "has no bytes at all, so it was cut off on its way: get it again")
    return claimed or "text/plain", Content(note="has no bytes")
