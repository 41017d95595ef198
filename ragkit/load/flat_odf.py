"""OpenDocument files that are one XML file (.fodt, .fods, .fodp, .fodg), packed as their readers expect them."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from ragkit.load.media_types import ODF
from ragkit.load.package import child, local_name

if TYPE_CHECKING:
    from ragkit.load.content import Content, RawFile

_OFFICE: Final = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_MANIFEST: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
# Which member of a package each part of the file goes to; automatic styles say nothing that is read.
_MEMBERS: Final = {
    "meta": ("meta.xml", "document-meta"),
    "styles": ("styles.xml", "document-styles"),
    "master-styles": ("styles.xml", "document-styles"),
    "body": ("content.xml", "document-content"),
}


def is_flat(root: Any) -> bool:
    """Tell whether an XML document is an OpenDocument file."""
    return root.tag == f"{{{_OFFICE}}}document"


def read(raw: RawFile, root: Any) -> Content:
    """Read a flat OpenDocument file of any kind.

    Args:
        raw: the file.
        root: its root element, whose children are moved elsewhere.

    Raises:
        LoadError: as for the same file as a package.
    """
    from ragkit.load.readers import read_content

    media_type = ODF + _kind(root)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        package.writestr("mimetype", media_type)
        package.writestr("META-INF/manifest.xml", f'<manifest xmlns="{_MANIFEST}"/>')
        for name, data in _members(root).items():
            package.writestr(name, data)
    found, content = read_content(replace(raw, data=buffer.getvalue()))
    return replace(content, parts=tuple(replace(part, media_type=found) for part in content.parts))


def _kind(root: Any) -> str:
    """What the file is by its body, as the declared media type may say anything."""
    body = child(root, "body")
    kinds = [local_name(element) for element in (body if body is not None else ())]
    return {"spreadsheet": "spreadsheet", "presentation": "presentation", "drawing": "graphics"}.get(
        next(filter(None, kinds), ""), "text"
    )


def _members(root: Any) -> dict[str, bytes]:
    etree: Any = import_module("lxml.etree")  # it has no type stubs
    roots: dict[str, Any] = {}
    for part in list(root):
        name, kind = _MEMBERS.get(local_name(part), ("", ""))
        if name:
            if name not in roots:
                roots[name] = etree.Element(f"{{{_OFFICE}}}{kind}", nsmap=root.nsmap)
            roots[name].append(part)
    return {name: etree.tostring(each, encoding="utf-8", xml_declaration=True) for name, each in roots.items()}
