"""Web pages brought into an index as the run brings files, and what the index knows of them from before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.core.types import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragkit.core.errors import LoadError
    from ragkit.core.types import Outcome
    from ragkit.ingest.ledger import Ledger
    from ragkit.load.web.page import WebPage
    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store


class PageIngest:
    """Decides what becomes of each page in the index.

    Args:
        store: the index; the run is its writer.
        ledger: of the run.
        documents: called with a page's documents, its ledger row of an earlier run, and facts for the new row.
        rehash: read pages again that are as they were.
        retry: read pages again that gave no text.
    """

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        documents: Callable[[LoadedFile, SourceRow | None, Mapping[str, Any]], None],
        *,
        rehash: bool,
        retry: bool,
    ) -> None:
        self._store, self._ledger, self._documents = store, ledger, documents
        self._again = rehash or retry

    def take(self, page: WebPage, *, prune: bool) -> None:
        """Index a page; of one that cannot be had now the index keeps what it holds, as of files.

        Args:
            page: the page.
            prune: whether what is gone leaves the index.
        """
        named = self._store.sources_named([page.source, *page.hops])
        known = named.pop(page.source, None)
        if page.error is not None:
            self._without_content(page, known, page.error, prune=prune)
            return
        if known and self._is_unchanged(page, known):
            self._ledger.unchanged(known)
        else:
            loaded = page.read()
            facts = {"size": page.size, "content_hash": page.content_hash}
            if loaded.outcome == "text":
                self._documents(loaded, known, facts)
            else:
                self._ledger.without_text(loaded, known, facts)
        # A page that now redirects here would be found twice: once under its old address, once under its new one.
        for moved in named.values():
            if moved.outcome != "text" or prune:
                self._store.delete_source(moved.id)
                if moved.outcome == "text":
                    self._ledger.note(moved.source, "removed", f"moved to {page.source}")

    def _is_unchanged(self, page: WebPage, known: SourceRow) -> bool:
        # A server that answers "not modified" is believed; one that sends the page again is checked by the hash.
        same = known.whole and (page.not_modified or page.content_hash == known.content_hash)
        return same and not (self._again and known.outcome != "text")

    def _without_content(self, page: WebPage, known: SourceRow | None, error: LoadError, *, prune: bool) -> None:
        # A link that leads nowhere is its author's mistake.
        outcome: Outcome = "skipped" if error.reason == "ignored" or (page.gone and page.linked) else "failed"
        detail = error.detail
        if known is not None and known.outcome == "text":
            detail += "; the index keeps what it held before" + (", --prune removes it" * page.gone)
        if known and page.gone and prune:
            self._store.delete_source(known.id)
            if known.outcome == "text":
                self._ledger.note(page.source, "removed")
                return
        elif known is None or known.outcome != "text":
            recorded = "skipped" if error.reason == "ignored" else "error"
            self._store.put_source(LoadedFile(page.source, recorded, reason=error.reason, detail=detail))
        self._ledger.note(page.source, outcome, detail, reason=error.reason)


def known_metadata(store: Store, source: str) -> Mapping[str, Any]:
    """Return the metadata of a page's first document, which tell its version; empty unless it is there whole."""
    row = store.source(source)
    if row is None or not row.whole or row.outcome != "text":
        return {}
    for uid in store.document_hashes(row.id):
        found = store.document(uid, source)
        return found[1] if found else {}
    return {}
