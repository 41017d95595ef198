"""Web pages on their way into an index: what a run asks of each, and what the index knows of it from before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.errors import LoadError
    from ragkit.index.records import SourceRow
    from ragkit.index.store import Store
    from ragkit.types import LoadedFile, Outcome


class Page(Protocol):
    """A page that was asked for; ``ragkit.load.web.WebPage`` is one."""

    @property
    def source(self) -> str:
        """Its address, redirects followed."""
        ...

    @property
    def hops(self) -> Sequence[str]:
        """Addresses that redirected to it."""
        ...

    @property
    def error(self) -> LoadError | None:
        """Why there is nothing to read."""
        ...

    @property
    def linked(self) -> bool:
        """Whether a link led to it, and nobody named it."""
        ...

    @property
    def gone(self) -> bool:
        """Whether its server said that there is no such page."""
        ...

    @property
    def not_modified(self) -> bool:
        """Whether its server said that it is as it was."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its content."""
        ...

    @property
    def content_hash(self) -> str:
        """Hash over its content and how that is read."""
        ...

    def read(self) -> LoadedFile:
        """Read its content."""
        ...


def known_metadata(store: Store, source: str) -> Mapping[str, Any]:
    """Return the metadata of a page's first document, which say what version it is; empty unless it is there whole."""
    row = store.source(source)
    if row is None or not row.whole or row.outcome != "text":
        return {}
    for uid in store.document_hashes(row.id):
        found = store.document(uid, source)
        return found[1] if found else {}
    return {}


def is_unchanged(page: Page, known: SourceRow | None, *, rehash: bool, retry: bool) -> bool:
    """Tell whether the index holds a page as it is now."""
    if known is None or not known.whole:
        return False
    same = page.not_modified or page.content_hash == known.content_hash
    return same and not ((rehash or retry) and known.outcome != "text")


def without_content(page: Page, known: SourceRow | None, error: LoadError) -> tuple[Outcome, str]:
    """Say how a page that gave nothing counts, and why; links that lead nowhere are their author's mistake."""
    outcome: Outcome = "skipped" if error.reason == "ignored" or (page.gone and page.linked) else "failed"
    if known is None or known.outcome != "text":
        return outcome, error.detail
    return outcome, f"{error.detail}; the index keeps what it held before" + (", --prune removes it" * page.gone)
