"""Paths to ``LoadedFile``: every path has exactly one outcome, and none ends the run."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from ragkit.core.errors import LoadError
from ragkit.load.limits import Limits
from ragkit.load.walk import survey
from ragkit.load.web import is_url, split_urls
from ragkit.load.workers.outcome import read_raw

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from ragkit.core.types import LoadedFile
    from ragkit.load.content import RawFile
    from ragkit.load.web import WebOptions

K = TypeVar("K")
MOST_NAME = 100  # characters of a page's file name; its end holds the extension


def load(
    paths: Iterable[str | Path] | str | Path,
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    limits: Limits | None = None,
    workers: int | None = None,
    isolate: bool | None = None,
    ocr: bool = False,
    web: WebOptions | None = None,
) -> Iterator[LoadedFile]:
    """Read files, folders and web pages, one ``LoadedFile`` a path or page, in a stable order: pages last.

    Files are read in worker processes, several at once; one that crashes its worker or takes too long is an error of
    its own. Systems that cannot have them (Windows) read in this process, and one warning says so.

    Args:
        paths: files and folders (see ``ragkit.load.survey`` for what counts in a folder), and addresses of web pages
            as strings (``https://...``). Without an address nothing is fetched.
        include: patterns of files to read, as in ``.gitignore``; all when empty.
        exclude: patterns of files and folders to leave out.
        limits: what one file may cost; None takes the configured ones.
        workers: files to read at once; None takes the configured number of threads.
        isolate: whether files are read in processes of their own; None takes the setting.
        ocr: read words in pictures and in scanned pages too, with the extra ``ocr``.
        web: how web pages are fetched.

    Returns:
        An iterator that reads a little ahead of what it is asked for. What is left out comes as outcome ``skipped``; a
        folder without anything in it yields nothing.

    Raises:
        LoadError: a path does not exist (reason ``missing``), or an address is none that is read (``unsupported``);
            raised here, before anything is read.
        MissingExtra: a source is an address, or ``ocr`` is asked for, and the packages for it are not installed.
    """
    if ocr:
        _require_ocr()
    # Everything that can be wrong with the arguments is raised here; what is returned is lazy.
    urls, paths = split_urls(paths)
    found = survey(paths, include=include, exclude=exclude)
    pages = _load_pages(urls, limits, web, include, exclude, ocr=ocr) if urls else ()
    items = ((None, each) if isinstance(each, str) else (each, None) for each in found)
    read = load_each(items, limits=limits, workers=workers, isolate=isolate, ocr=ocr)
    local = (each for pair in read for each in pair if each is not None)  # exactly one of the two is there
    return chain(local, pages)


def load_file(
    path: str | Path, *, limits: Limits | None = None, isolate: bool | None = None, ocr: bool = False
) -> LoadedFile:
    """Read one file or web page. What goes wrong inside it becomes an outcome, not an exception.

    Args:
        path: the file.
        limits: what it may cost; None takes the configured ones.
        isolate: whether it is read in a process of its own; None takes the setting.
        ocr: read words in pictures and in scanned pages too, with the extra ``ocr``.

    Raises:
        LoadError: the path does not exist (reason ``missing``), or the address is none that is read.
        MissingExtra: ``ocr`` is asked for and not installed.
    """
    if ocr:
        _require_ocr()
    if is_url(path):
        return next(_load_pages([str(path)], limits, ocr=ocr))
    source = os.path.normpath(path)
    if not os.path.lexists(source):
        raise LoadError(source, "missing", "there is no such file: check the path")
    ((_, loaded),) = load_each([(None, source)], limits=limits, workers=1, isolate=isolate, ocr=ocr)
    assert loaded is not None  # noqa: S101 - there was a path
    return loaded


def _require_ocr() -> None:
    from ragkit.load.formats.ocr import require_ocr

    require_ocr()


def _load_pages(
    urls: Sequence[str],
    limits: Limits | None,
    web: WebOptions | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    ocr: bool = False,
) -> Iterator[LoadedFile]:
    from ragkit.load.web import Crawl

    crawl = Crawl(urls, web, limits=limits or Limits.configured(), include=include, exclude=exclude, ocr=ocr)
    return (page.read() for page in crawl.pages())


def load_each(
    items: Iterable[tuple[K, str | None]],
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    isolate: bool | None = None,
    ocr: bool = False,
) -> Generator[tuple[K, LoadedFile | None]]:
    """Read files that stand among other things, in the order of all.

    No process is started, and no parser imported, before there is a file to read.

    ``items`` are a key and the path to read; without a path the key is only passed through. The rest is as for `load`.
    """
    # Keys are passed through here until the first path, which starts the workers with all that follows.
    found = iter(items)
    for key, path in found:
        if path is None:
            yield key, None
            continue
        yield from _read_each(chain([(key, path)], found), limits, workers, isolate, ocr=ocr)


def _read_each(
    items: Iterable[tuple[K, str | None]],
    limits: Limits | None,
    workers: int | None,
    isolate: bool | None,
    *,
    ocr: bool,
) -> Iterator[tuple[K, LoadedFile | None]]:
    from ragkit.core.settings import load_settings
    from ragkit.load.workers.parallel import read_each

    settings = load_settings()
    limits = Limits.configured(settings) if limits is None else limits
    limits = limits.for_ocr() if ocr else limits
    isolate = settings.isolate if isolate is None else isolate
    keyed = (((key, path), path) for key, path in items)
    reading = read_each(keyed, limits, workers=workers or settings.thread_count, isolate=isolate, ocr=ocr)
    for (key, path), found in reading:
        yield key, None if found is None or path is None else found.loaded(path)


def load_content(raw: RawFile) -> LoadedFile:
    """Read content that is in memory as the file it is, in a worker process; errors become an outcome."""
    # Workers read paths, so it goes through a file, whose name is cleaned but has its extension.
    name = re.sub(r"[^\w.-]", "_", raw.name)[-MOST_NAME:]
    with TemporaryDirectory(prefix="ragkit-") as folder:
        path = Path(folder) / (name.lstrip(".") or "content")
        path.write_bytes(raw.data)
        loaded = load_file(path, limits=raw.limits, ocr=raw.ocr)
    for document in loaded.documents:
        document.metadata["source"] = raw.source
    return replace(loaded, source=raw.source)


def load_bytes(raw: RawFile) -> LoadedFile:
    """Read content that is in memory, in this process; errors become an outcome as in ``load_file``."""
    return read_raw(raw).loaded(raw.source)
