"""Find passages of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import Runnable

    from ragkit.chains.search.result import Hits
    from ragkit.core.types import Hit


class Searched(Protocol):
    """What is searched: a :class:`ragkit.Index`, or several as one."""

    @property
    def search(self) -> Callable[..., tuple[Hit, ...]]:
        """Called with a query and options, returns passages."""
        ...


def search(index: Searched, **options: Any) -> Runnable[str, Hits]:
    """Return a Runnable from a query to the passages that are found, a tuple of :class:`ragkit.Hit`.

    Args:
        index: what is searched.
        **options: of :meth:`ragkit.Index.search`; ``rerank`` may also name a registered re-ranker.
    """
    from langchain_core.runnables import RunnableLambda

    from ragkit.chains.search.result import Hits
    from ragkit.retrieve.rerank import as_reranker

    options = {**options, "rerank": as_reranker(options.get("rerank"))}

    def find(query: str) -> Hits:
        return Hits(index.search(query, **options))

    return RunnableLambda(find, name="search")


CHAINS = (
    RegisteredChain(
        "search",
        "Finds passages of an index.",
        "ragkit.chains.search.options:SearchOptions",
        input="query",
        takes="a query",
        result="Hits",
        keys=("hits",),
        function=search,
        classes={"Hits": "ragkit.chains.search.result"},
    ),
)
