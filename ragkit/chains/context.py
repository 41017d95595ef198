"""What chains over an index work with, handed down as one object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragkit.core.types import Chunk
    from ragkit.generate.generator import Generator
    from ragkit.retrieve.search import Searcher


class Documents(Protocol):
    """The documents of one or several indexes."""

    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        ...

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        ...

    def state(self) -> str:
        """Return a token that changes whenever the documents do."""
        ...


class Answering(Protocol):
    """What answers are built on: a :class:`ragkit.Index`, or several as one."""

    @property
    def chain(self) -> Callable[..., Any]:
        """Called with options, returns question to Answer as a Runnable."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of an index that chains use; :meth:`ragkit.Index.context` makes it, `replace` exchanges one.

    Attributes:
        searcher: finds passages.
        generator: writes; its model is loaded at its first use, and it holds the cache of replies.
        documents: the documents that passages were cut from.
        name: what messages call the index: its folder.
    """

    searcher: Searcher
    generator: Generator
    documents: Documents
    name: str = ""
