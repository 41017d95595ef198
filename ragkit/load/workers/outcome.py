"""One file to its outcome, in plain values: what a worker process sends and what becomes a ``LoadedFile``."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.core.types import REASONS, LoadedFile
from ragkit.load.content import Content, RawFile, clean
from ragkit.load.formats.sections import with_derived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ragkit.core.types import LoadOutcome
    from ragkit.load.limits import Limits

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """One document of a file, with what becomes its metadata and id."""

    text: str
    metadata: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What became of one file; the attributes are those of ``ragkit.core.types.LoadedFile``."""

    outcome: LoadOutcome
    texts: tuple[Text, ...] = ()
    reason: str = ""
    detail: str = ""
    media_type: str = ""
    pages: int | None = None
    log: tuple[tuple[int, str, str], ...] = field(default=())  # level, logger, message

    def loaded(self, source: str) -> LoadedFile:
        """Return it with LangChain Documents."""
        documents = ()
        if self.texts:
            from langchain_core.documents import Document

            documents = tuple(
                Document(page_content=each.text, metadata={**each.metadata, "source": source}, id=each.id)
                for each in self.texts
            )
        return LoadedFile(
            source, self.outcome, documents, self.reason, self.detail, media_type=self.media_type, pages=self.pages
        )


def failed(reason: str, detail: str, media_type: str = "") -> ReadResult:
    """Make the outcome of a file that cannot be read; a reason that is none of the fixed set counts as unreadable."""
    return ReadResult("error", (), reason if reason in REASONS else "unreadable", detail, media_type)


def read_path(source: str, limits: Limits, path: str = "", *, ocr: bool = False) -> ReadResult:
    """Read a file in this process; whatever goes wrong in it becomes its outcome.

    Args:
        source: the file as its user calls it.
        limits: what it may cost.
        path: where to find it, if not under this name.
        ocr: whether words in pictures are to be read.
    """
    try:
        data = _read_bytes(source, path or source, limits)
    except LoadError as error:
        return failed(error.reason, error.detail)
    except OSError as error:
        detail = f"cannot be opened ({error.strerror or error}): check that it is there, and its rights"
        return failed("unreadable", detail)
    except MemoryError:
        return too_much_memory()
    name = os.path.basename(source)  # noqa: PTH119 - source is a str
    return read_raw(RawFile(source, name, data, limits=limits, ocr=ocr))


def read_raw(raw: RawFile) -> ReadResult:
    """Read content that is in memory; whatever goes wrong becomes the outcome, interrupts aside."""
    # Parsers raise anything on damaged files, pyo3's PanicException among it, which is a BaseException of no module.
    from ragkit.load.readers import media_type_of, read_content

    try:
        media_type, content = read_content(raw)
        return _read(raw, media_type, content)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except LoadError as error:
        reason, detail = error.reason, error.detail
    except MemoryError:
        return too_much_memory()
    except Exception as error:
        logger.debug("%s", raw.source, exc_info=True)
        kind = f"{type(error).__name__}: {error}".strip(": ")[:200]
        reason, detail = "corrupt", f"is damaged ({kind}): open it in its program and save it again"
    except BaseException as error:  # noqa: BLE001 - a panic in a parser written in Rust is no Exception
        reason, detail = "crashed", f"crashed its parser ({type(error).__name__}): convert it to PDF or text"
    return failed(reason, detail, media_type_of(raw))


def too_much_memory() -> ReadResult:
    """Make the outcome of a file that needed more memory than there was."""
    return failed("too-large", "needs more memory than it may have: split it or raise Limits.memory_bytes")


def _read_bytes(source: str, path: str, limits: Limits) -> bytes:
    about = Path(path).stat()
    if stat.S_ISDIR(about.st_mode):
        os.scandir(path).close()  # raises what is wrong with a folder that may not be listed
        raise LoadError(source, "unsupported", "is a folder: give its path to load(), which walks it")
    # Opening a pipe would wait for its writer, and a device may never end.
    if not stat.S_ISREG(about.st_mode):
        raise LoadError(source, "unsupported", "is no regular file (a device, pipe or socket): copy its content to one")
    if about.st_size > limits.file_bytes:
        size = f"{about.st_size / 1e6:.0f} MB, more than {limits.file_bytes / 1e6:.0f} MB"
        raise LoadError(source, "too-large", f"has {size}: split it or raise Limits.file_bytes")
    return Path(path).read_bytes()


def _read(raw: RawFile, media_type: str, content: Content) -> ReadResult:
    texts = tuple(_texts(raw, media_type, content))
    if texts:
        return ReadResult("text", texts, media_type=media_type, pages=content.pages)
    note = content.note or "has no text in it"
    return ReadResult("empty", (), "empty", note, media_type, content.pages)


def _texts(raw: RawFile, media_type: str, content: Content) -> Iterator[Text]:
    # Cleaning replaces character by character, so the places of the reader stay right.
    cleaned = [replace(part, text=clean(part.text)) for part in content.parts]
    parts = [part for part in cleaned if part.text and not part.text.isspace()]
    for number, part in enumerate(parts, 1):
        metadata: dict[str, Any] = {**part.metadata, "source": raw.source, "media_type": part.media_type or media_type}
        if len(parts) > 1 and part.id is None:
            metadata.setdefault("part", number)  # makes ids of the documents of one file differ
        if part.title:
            metadata["title"] = clean(part.title)
        places = with_derived(part.text, part.places, metadata["media_type"])
        if places:
            metadata["places"] = places
        yield Text(part.text, metadata, part.id)
