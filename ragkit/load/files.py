"""Paths to ``LoadedFile``: every file has exactly one outcome, and none ends the run."""

from __future__ import annotations

import logging
import os
import stat
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.errors import LoadError
from ragkit.load.content import Content, RawFile, clean
from ragkit.load.limits import Limits
from ragkit.load.walk import iter_files
from ragkit.load.web import is_url, split_urls
from ragkit.types import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.load.web import WebOptions

logger = logging.getLogger(__name__)

_DEFAULT_LIMITS = Limits()


def load(
    paths: Iterable[str | Path] | str | Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits = _DEFAULT_LIMITS,
    web: WebOptions | None = None,
) -> Iterator[LoadedFile]:
    """Read files, folders and web pages, one ``LoadedFile`` a file or page, in a stable order: pages last.

    Args:
        paths: files and folders (see ``ragkit.load.iter_files`` for what counts in a folder), and addresses of web
            pages as strings (``https://...``). Without an address nothing is fetched.
        include: patterns of files to read, as in ``.gitignore``; all when empty.
        exclude: patterns of files and folders to leave out.
        limits: what one file may cost.
        web: how web pages are fetched.

    Returns:
        An iterator that reads each file when it is asked for; a folder without files yields nothing.

    Raises:
        LoadError: a path does not exist (reason ``missing``), or an address is none that is read (``unsupported``);
            raised here, before anything is read.
        MissingExtra: an address is given, and the packages for it are not installed.
    """
    urls, paths = split_urls(paths)
    files = iter_files(paths, include=include, exclude=exclude)
    pages = _load_pages(urls, limits, web, include, exclude) if urls else ()
    return chain((_load_path(os.path.normpath(path), limits) for path in files), pages)


def load_file(path: str | Path, *, limits: Limits = _DEFAULT_LIMITS) -> LoadedFile:
    """Read one file or web page. What goes wrong inside it becomes an outcome, not an exception.

    Raises:
        LoadError: the path does not exist (reason ``missing``), or the address is none that is read.
    """
    if is_url(path):
        return next(_load_pages([str(path)], limits))
    source = os.path.normpath(path)
    if not os.path.lexists(source):
        raise LoadError(source, "missing", "there is no such file: check the path")
    return _load_path(source, limits)


def _load_pages(
    urls: Sequence[str],
    limits: Limits,
    web: WebOptions | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[LoadedFile]:
    from ragkit.load.web import Crawl

    crawl = Crawl(urls, web, limits=limits, include=include, exclude=exclude)
    return (page.read() for page in crawl.pages())


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
    from ragkit.load.detect import detect
    from ragkit.load.readers import read_content

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
    media_type = detect(raw.name, raw.data) if raw.data else ""
    return LoadedFile(raw.source, "error", reason=reason, detail=detail, media_type=media_type)


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

    parts = [part for part in content.parts if part.text and not part.text.isspace()]
    for number, part in enumerate(parts, 1):
        metadata: dict[str, Any] = {**part.metadata, "source": raw.source, "media_type": part.media_type or media_type}
        if len(parts) > 1 and part.id is None:
            metadata.setdefault("part", number)  # what tells the documents of one file apart
        if part.title:
            metadata["title"] = clean(part.title)
        if part.places:
            metadata["places"] = [dict(place) for place in part.places]
        yield Document(page_content=clean(part.text), metadata=metadata, id=part.id)
