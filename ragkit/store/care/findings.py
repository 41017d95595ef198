"""What a check of an index found, and what a repair did about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an index that is not as it must be.

    Attributes:
        code: ``database``, ``setting``, ``counter``, ``reference``, ``source``, ``document``, ``chunk``, ``vector``,
            ``tokens`` or ``cache``.
        what: what is wrong.
        where: the file, row or cache file.
        remedy: what to do about it.
        source: row id of the source it belongs to, 0 when to none.
        document: row id of the document it belongs to, 0 when to none.
    """

    code: str
    what: str
    where: str
    remedy: str
    source: int = 0
    document: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about damage, for one source or cache.

    Attributes:
        where: the source, or the cache file.
        done: what was done.
        kept: passages that were kept.
        lost: passages that are gone until the file is read again; None where nothing says how many there were.
    """

    where: str
    done: str
    kept: int = 0
    lost: int | None = 0


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check found.

    Attributes:
        index: the index folder.
        problems: all that is damaged; empty when the index is sound.
        unfinished: sources that an indexing run was cut off in; the next one goes on with them.
        documents: documents that were checked.
        chunks: passages that were checked.
        vectors: vectors that were checked.
        repairs: what was done, when a repair was asked for.
        left: problems that are still there after it.
        damaged: where the damaged database was kept; empty when it was not replaced.
        seconds: what the check took.
    """

    index: str
    problems: tuple[Problem, ...] = ()
    unfinished: tuple[str, ...] = ()
    documents: int = 0
    chunks: int = 0
    vectors: int = 0
    repairs: tuple[Repair, ...] = ()
    left: tuple[Problem, ...] = ()
    damaged: str = ""
    seconds: float = 0.0
    repaired: bool = field(default=False)

    @property
    def ok(self) -> bool:
        """Whether the index is sound now."""
        return not (self.left if self.repaired else self.problems)

    def as_json(self) -> dict[str, Any]:
        """Return the report in its stable JSON form."""
        return {
            "index": self.index,
            "ok": self.ok,
            "documents": self.documents,
            "chunks": self.chunks,
            "vectors": self.vectors,
            "problems": [_problem(entry) for entry in self.problems],
            "unfinished": list(self.unfinished),
            "repairs": [
                {"where": entry.where, "done": entry.done, "kept": entry.kept, "lost": entry.lost}
                for entry in self.repairs
            ],
            "left": [_problem(entry) for entry in self.left],
            "damaged": self.damaged,
            "seconds": round(self.seconds, 3),
        }


def _problem(entry: Problem) -> dict[str, str]:
    return {"code": entry.code, "what": entry.what, "where": entry.where, "remedy": entry.remedy}
