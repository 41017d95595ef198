"""Formats that other packages or a script add; a package is imported at the first file that may be of its format."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError, LoadError
from ragkit.core.registry import installed, known, resolve
from ragkit.load.content import Content, RawFile
from ragkit.load.detect import ENCRYPTED_OFFICE, UNKNOWN, ZIP, extension_of, media_type_by_name
from ragkit.load.encoding import is_binary

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.load.content import Part

logger = logging.getLogger(__name__)

KIND = "loaders"
# Kinds of text that other formats are written in.
_TEXT = ("text/xml", "application/json", "text/html", "message/rfc822")


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a package adds to those ragkit reads; what an entry point of the group ``ragkit.loaders`` names.

    Attributes:
        media_type: what files of this format are reported as, for example ``application/x-tide``.
        read: returns what is in a file, or raises :class:`ragkit.core.errors.LoadError`. Called in any thread and any
            process; nothing may be carried from one file to the next.
        magic: how the content of such a file begins, any one of them; none where only the extension tells.
    """

    media_type: str
    read: Callable[[RawFile], Content]
    magic: tuple[bytes, ...] = ()


def find_format(raw: RawFile, found: str, *, built_in: bool) -> Format | None:
    """Find the added format that a file has; None when it is one of ragkit's own, or nobody's.

    Args:
        raw: the file.
        found: media type that was detected.
        built_in: whether ragkit reads that itself.

    Raises:
        LoadError: the package that reads files of this extension is broken (reason ``unsupported``).
    """
    # Added formats count where ragkit has no reader, or sees a zip file or text of an extension it does not know: first
    # the format of the file's extension, then, where the extension says nothing or is wrong, all by how the content
    # begins. Many formats are zip files, so among these the extension alone decides.
    general = found in ("text/plain", ZIP) or (found in _TEXT and not media_type_by_name(raw.name))
    if found == ENCRYPTED_OFFICE or (built_in and not general):
        return None
    extension = extension_of(raw.name)
    try:
        named = _format(extension) if extension else None
    except ConfigError as error:
        raise LoadError(raw.source, "unsupported", f"cannot be read: {error}") from error
    if named is not None and (not named.magic or raw.data.startswith(named.magic) or found == UNKNOWN):
        return named
    if found == ZIP or (media_type_by_name(raw.name) == found and not is_binary(raw.data)):
        return None
    return next((each for each in _working() if each.magic and raw.data.startswith(each.magic)), None)


def _format(extension: str) -> Format | None:
    added = resolve(KIND, extension)
    if added is not None and not isinstance(added, Format):
        raise ConfigError(f"the loader of .{extension} files is no ragkit.load.Format but {type(added).__name__}")
    return added


def _working() -> list[Format]:
    """All added formats that can be loaded; the others fail where a file has their extension."""
    formats: list[Format] = []
    for extension in known(KIND):
        try:
            added = _format(extension)
        except ConfigError as error:
            logger.warning("%s", error)
        else:
            formats += [added] if added is not None else []
    return formats


def preload() -> None:
    """Import every package that adds a format, so that processes forked from this one need not."""
    if installed(KIND):
        _working()


def read_added(added: Format, raw: RawFile) -> Content:
    """Read a file by an added format, and check what its reader returns.

    Raises:
        LoadError: the reader raised it; or it raised anything else (``corrupt``); or what it returned is not sound
            (``crashed``).
    """
    name = f"the reader of {added.media_type} ({added.read.__module__})"
    try:
        content = added.read(raw)
    except (LoadError, MemoryError):
        raise
    except Exception as error:
        logger.debug("%s", raw.source, exc_info=True)
        kind = f"{type(error).__name__}: {error}".strip(": ")[:200]
        detail = f"is damaged, or {name} is ({kind}): open it in its program and save it again"
        raise LoadError(raw.source, "corrupt", detail) from error
    problem = content_problem(content)
    if problem:
        detail = f"was read, but {name} gave something wrong ({problem}): report it to the authors of that package"
        raise LoadError(raw.source, "crashed", detail)
    return content


def content_problem(content: object) -> str:
    """Say what is wrong with what a reader returned; empty when it is sound."""
    if not isinstance(content, Content):
        return f"no ragkit.load.Content but {type(content).__name__}"
    return next((problem for part in content.parts if (problem := _part_problem(part))), "")


def _part_problem(part: Part) -> str:
    starts = [place.get("start") for place in part.places]
    if not isinstance(part.text, str):  # pyright: ignore[reportUnnecessaryIsInstance] - of others' readers
        return f"a text that is no str but {type(part.text).__name__}"
    if not all(isinstance(start, int) and 0 <= start <= len(part.text) for start in starts):
        return "a place without a start, or with one outside the text"
    if any(first > second for first, second in pairwise(starts)):  # pyright: ignore[reportOptionalOperand]
        return "places that are not sorted by their start"
    try:
        json.dumps([dict(part.metadata), *map(dict, part.places)], allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return f"metadata that JSON cannot hold: {error}"
    return ""
