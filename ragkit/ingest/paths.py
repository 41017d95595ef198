"""Which paths of a run have to be read: most files are as they were, and are not read again."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.types import LoadedFile
from ragkit.store.sqlite.records import file_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store

LOOKUP = 1_000  # files whose rows of the ledger are fetched by one query


@dataclass(frozen=True, slots=True)
class PathState:
    """A path as it was when the run looked at it.

    Attributes:
        source: its name.
        known: its row of the ledger, from an earlier run.
        facts: size, time and hash of its content, for the ledger.
        left_out: why it is not read, where the walk decided so.
        error: why its bytes cannot be had.
    """

    source: str
    known: SourceRow | None
    facts: Mapping[str, Any] | None = None
    left_out: LoadedFile | None = None
    error: OSError | None = None


class ChangeDetector:
    """Finds the files that have to be read.

    Args:
        store: the index.
        rehash: read every file, even when its size and time are as before.
        retry: read what gave no text at an earlier run too, even when it is as before.
        ocr: words in pictures are read this time: read files too whose ledger row asks for that.
    """

    def __init__(self, store: Store, *, rehash: bool, retry: bool, ocr: bool) -> None:
        self.store = store
        self.rehash, self.retry, self.ocr = rehash, retry, ocr

    def states(self, paths: Sequence[str | Path | LoadedFile]) -> Iterator[tuple[PathState, str | None]]:
        """Yield each path with what is known of it, and the path again where it has to be read."""
        for begin in range(0, len(paths), LOOKUP):
            some = paths[begin : begin + LOOKUP]
            known = self.store.sources_named([name_of(path) for path in some])
            for path in some:
                if isinstance(path, LoadedFile):
                    yield PathState(path.source, known.get(path.source), left_out=path), None
                else:
                    yield self._state(str(path), known.get(str(path)))

    def _state(self, source: str, known: SourceRow | None) -> tuple[PathState, str | None]:
        # Size and time first (one system call a file), the hash only where they differ: a file that was copied or
        # checked out again has a new time and the same content.
        again = known is not None and self._again(known)
        try:
            about = os.stat(source)  # noqa: PTH116 - a Path for each file takes longer
            facts: dict[str, Any] = {"size": about.st_size, "modified_ns": about.st_mtime_ns}
            same = known is not None and (known.size, known.modified_ns) == (about.st_size, about.st_mtime_ns)
            if known and known.whole and same and not again and not self.rehash:
                return PathState(source, known), None
            if not stat.S_ISREG(about.st_mode):  # reading a pipe would wait for ever; the loader reports what it is
                return PathState(source, known, facts), source
            facts["content_hash"] = file_hash(Path(source))
        except OSError as error:
            return PathState(source, known, error=error), None
        same = known is not None and known.whole and known.content_hash == facts["content_hash"]
        return PathState(source, known, facts), None if same and not again else source

    def _again(self, known: SourceRow) -> bool:
        """Whether to read a file that is as it was: it gave less than it may give now."""
        if known.outcome != "text" and (self.rehash or self.retry):
            return True
        return self.ocr and (self.rehash or "--ocr" in known.detail)


def name_of(path: str | Path | LoadedFile) -> str:
    """Return the name of a path in the ledger."""
    return path.source if isinstance(path, LoadedFile) else str(path)
