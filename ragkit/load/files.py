"""Paths to ``LoadedFile``: every file has exactly one outcome, and none ends the run."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import LoadError
from ragkit.load.content import Content, RawFile, clean
from ragkit.load.limits import Limits
from ragkit.load.sections import with_derived
from ragkit.load.walk import iter_files
from ragkit.types import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.documents import Document

logger = logging.getLogger(__name__)

_DEFAULT_LIMITS = Limits()


def load(
    paths: Iterable[str | Path] | str | Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits = _DEFAULT_LIMITS,
) -> Iterator[LoadedFile]:
    """Read files and folders, one ``LoadedFile`` a file, in a stable order.

    Args:
        paths: files and folders; see ``ragkit.load.iter_files`` for what counts in a folder.
        include: patterns of files to read, as in ``.gitignore``; all when empty.
        exclude: patterns of files and folders to leave out.
        limits: what one file may cost.

    Returns:
        An iterator that reads each file when it is asked for; a folder without files yields nothing.

    Raises:
        LoadError: a path does not exist (reason ``missing``); raised here, before anything is read.
    """
    files = iter_files(paths, include=include, exclude=exclude)
    return (_load_path(os.path.normpath(path), limits) for path in files)


def load_file(path: str | Path, *, limits: Limits = _DEFAULT_LIMITS) -> LoadedFile:
    """Read one file. What goes wrong inside it becomes an outcome, not an exception.

    Raises:
        LoadError: the path does not exist (reason ``missing``).
    """
    source = os.path.normpath(path)
    if not os.path.lexists(source):
        raise LoadError(source, "missing", "there is no such file: check the path")
    return _load_path(source, limits)


def _load_path(source: str, limits: Limits) -> LoadedFile:
    try:
        data = _read_bytes(source, limits)
    except LoadError as error:
        return LoadedFile(source, "error", reason=error.reason, detail=error.detail)
    except OSError as error:
        detail = f"cannot be opened ({error.strerror or error}): check its permissions"
        return LoadedFile(source, "error", reason="unreadable", detail=detail)
    return load_bytes(RawFile(source, os.path.basename(source), data, limits=limits))  # noqa: PTH119 - source is a str


def load_bytes(raw: RawFile) -> LoadedFile:
    """Read the content of one file that is in memory; errors become an outcome as in ``load_file``."""
    from ragkit.load.readers import media_type_of, read_content

    try:
        media_type, content = read_content(raw)
        return _loaded(raw, media_type, content)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except LoadError as error:
        reason, detail = error.reason, error.detail
    except MemoryError:
        reason, detail = "too-large", "needs more memory than there is: split it into smaller files"
    except Exception as error:  # parsers raise anything on damaged files
        logger.debug("%s", raw.source, exc_info=True)
        kind = f"{type(error).__name__}: {error}".strip(": ")[:200]
        reason, detail = "corrupt", f"is damaged ({kind}): open it in its program and save it again"
    except BaseException as error:  # noqa: BLE001 - a panic in a parser written in Rust is no Exception
        reason, detail = "crashed", f"crashed its parser ({type(error).__name__}): convert it to PDF or text"
    return LoadedFile(raw.source, "error", reason=reason, detail=detail, media_type=media_type_of(raw))


def _read_bytes(source: str, limits: Limits) -> bytes:
    about = Path(source).stat()
    if stat.S_ISDIR(about.st_mode):
        os.scandir(source).close()  # raises what is wrong with a folder that may not be listed
        raise LoadError(source, "unsupported", "is a folder: give its path to load(), which walks it")
    if not stat.S_ISREG(about.st_mode):
        raise LoadError(source, "unsupported", "is no regular file (a device, pipe or socket): copy its content to one")
    if about.st_size > limits.file_bytes:
        size = f"{about.st_size / 1e6:.0f} MB, more than {limits.file_bytes / 1e6:.0f} MB"
        raise LoadError(source, "too-large", f"has {size}: split it or raise Limits.file_bytes")
    return Path(source).read_bytes()


def _loaded(raw: RawFile, media_type: str, content: Content) -> LoadedFile:
    documents = tuple(_documents(raw, media_type, content))
    if documents:
        return LoadedFile(raw.source, "text", documents, media_type=media_type, pages=content.pages)
    note = content.note or "has no text in it"
    return LoadedFile(raw.source, "empty", reason="empty", detail=note, media_type=media_type, pages=content.pages)


def _documents(raw: RawFile, media_type: str, content: Content) -> Iterator[Document]:
    from langchain_core.documents import Document

    cleaned = [replace(part, text=clean(part.text)) for part in content.parts]
    parts = [part for part in cleaned if part.text and not part.text.isspace()]
    for number, part in enumerate(parts, 1):
        metadata: dict[str, Any] = {**part.metadata, "source": raw.source, "media_type": part.media_type or media_type}
        if len(parts) > 1 and part.id is None:
            metadata.setdefault("part", number)  # what tells the documents of one file apart
        if part.title:
            metadata["title"] = clean(part.title)
        places = with_derived(part.text, part.places, metadata["media_type"])
        if places:
            metadata["places"] = places
        yield Document(page_content=part.text, metadata=metadata, id=part.id)
