"""Several index folders as one collection that can be searched and asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from ragkit.core.errors import ConfigError, IndexMismatch
from ragkit.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel

    from ragkit.core.types import Chunk, Embedder
    from ragkit.retrieve.search import Searcher
    from ragkit.store.sqlite.store import Store


class Indexes(Index):
    """Several indexes, made with the same embedder, searched and asked as one; each is filled by its own ``Index``.

    Args:
        folders: the index folders.
        embedder: spec or object; None takes the one the indexes were made with.
        model: generator spec or LangChain chat model; None takes the configured default.

    Raises:
        ConfigError: no folder is given, or one is given twice.
    """

    def __init__(
        self,
        *folders: str | Path,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
    ) -> None:
        if not folders:
            raise ConfigError("no index to search: give at least one folder")
        super().__init__(folders[0], embedder=embedder, model=model, cache=cache)
        self.parts = tuple(Index(folder, embedder=embedder) for folder in folders)
        if len({part.folder.resolve() for part in self.parts}) < len(folders):
            raise ConfigError("an index is given twice: name each folder once")

    def _open(self, *, create: bool) -> NoReturn:
        raise ConfigError(
            "several indexes are searched as one but changed one by one: use Index(folder), "
            "or `ragkit index PATH --index DIR`"
        )

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder of all the indexes.

        Raises:
            IndexMissing: one of them was not made yet.
            IndexMismatch: they were made with different embedders.
        """
        first, *others = self.parts
        stored = [_fingerprint(part.store) for part in self.parts]
        for part, fingerprint in zip(others, stored[1:], strict=True):
            differing = sorted(key for key in {*stored[0], *fingerprint} if stored[0].get(key) != fingerprint.get(key))
            if differing:
                ours = ", ".join(f"{key}={stored[0].get(key)!r}" for key in differing)
                theirs = ", ".join(f"{key}={fingerprint.get(key)!r}" for key in differing)
                raise IndexMismatch(
                    f"{first.folder} and {part.folder} were made with different embedders ({ours}; {theirs}) and "
                    "cannot be searched as one: bring one to the other's with "
                    f"`ragkit index --reembed --embedder SPEC --index {part.folder}`"
                )
        for part in others:
            part.__dict__["embedder"] = first.embedder  # loaded once
        return first.embedder

    @cached_property
    def searcher(self) -> Searcher:
        """Dense, lexical and hybrid search over all the indexes."""
        from ragkit.retrieve.search import Searcher
        from ragkit.retrieve.union import Union

        embedder = self.embedder
        for part in self.parts:
            part.searcher  # noqa: B018 - it also watches for a change of embedder
        return Searcher(Union([part.reader for part in self.parts]), embedder)

    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        found = (part.store.document(chunk.document_id, chunk.source) for part in self.parts)
        return next((each for each in found if each and each[0][chunk.start : chunk.end] == chunk.text), None)

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        return (document for part in self.parts for document in part.store.documents())

    def calibrations(self) -> NoReturn:
        """Not to be had: what was fitted to one index says nothing of several together.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "several indexes have no calibration together: ask one of them with max_wrong, or set a threshold"
        )

    def state(self) -> str:
        """Return a token that changes whenever one of the indexes does."""
        return " ".join(part.store.last_token() for part in self.parts)

    def close(self) -> None:
        """Close the databases; they are opened again when they are needed."""
        for part in self.parts:
            part.close()
        for name in ("embedder", "searcher"):
            self.__dict__.pop(name, None)


def _fingerprint(store: Store) -> dict[str, Any]:
    return dict((store.embedder() or {}).get("fingerprint", {}))
