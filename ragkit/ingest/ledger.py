"""What became of each path of a run: for its caller, and in the table `sources`, where every path has one row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.core.types import FileReport, LoadedFile
from ragkit.store.sqlite.records import is_gone, storable_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragkit.core.types import Outcome
    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store

LISTED = 5  # things in a sentence before the rest is counted
LEFT_OUT = 500  # rows of what is left out that are written in one transaction; a commit for each would take longest


class Ledger:
    """The rows of one run.

    Args:
        store: the index; the run is its writer.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: list[FileReport] = []
        self._left_out: list[LoadedFile] = []  # to be written together

    def note(self, source: str, outcome: Outcome, detail: str = "", *, reason: str = "") -> None:
        """Add a row to the report; the table is the caller's."""
        self._rows.append(FileReport(source, outcome, reason, detail=detail))

    def unchanged(self, known: SourceRow) -> None:
        """Report a path that is as it was at an earlier run, and so is what became of it."""
        outcomes: dict[str, Outcome] = {"text": "unchanged", "empty": "skipped"}
        self.note(known.source, outcomes.get(known.outcome, "failed"), known.detail, reason=known.reason)

    def without_text(self, loaded: LoadedFile, known: SourceRow | None, facts: Mapping[str, Any]) -> None:
        """Record a file that gave no text; what an earlier version of it held is no longer true and goes."""
        with self._store.transaction():
            if known:
                self._store.delete_source(known.id)
            self._store.put_source(loaded, **facts)
        outcome: Outcome = "skipped" if loaded.outcome == "empty" else "failed"
        self.note(loaded.source, outcome, loaded.detail, reason=loaded.reason)

    def unreadable(self, source: str, what: str, known: SourceRow | None) -> None:
        """Record a file whose bytes cannot be had; what the index holds of it may still be true, and stays."""
        loaded = LoadedFile(
            source, "error", reason="unreadable", detail=f"{what}: check that it is there, and its rights"
        )
        detail = loaded.detail
        if known is not None and known.outcome == "text":
            detail += "; the index keeps what it held before"
        elif _differs(known, loaded):
            self._store.put_source(loaded)
        self.note(source, "failed", detail, reason="unreadable")

    def left_out(self, loaded: LoadedFile, known: SourceRow | None) -> None:
        """Record a path that is not read for a good reason; what the index holds of it is still true, and stays."""
        detail = loaded.detail
        if known is not None and known.outcome == "text":
            detail += "; the index keeps what it held of it before, until `ragkit remove`"
        elif _differs(known, loaded):
            self._left_out.append(loaded)
            if len(self._left_out) >= LEFT_OUT:
                self._write()
        self.note(loaded.source, "skipped", detail, reason=loaded.reason)

    def _write(self) -> None:
        if self._left_out:
            with self._store.transaction():
                for loaded in self._left_out:
                    self._store.put_source(loaded)
            self._left_out.clear()

    def finish(self, present: set[str], within: Callable[[str], bool] | None) -> None:
        """Write what is left out, and forget what was left out at an earlier run and is no more.

        Args:
            present: the paths of this run.
            within: of which sources they are all that there is; None of none.
        """
        self._write()
        if within is None:
            return
        names = {storable_path(source) for source in present}
        gone = [row for row, source in self._store.left_out() if source not in names and within(source)]
        if gone:
            with self._store.transaction():
                for row in gone:
                    self._store.delete_source(row)

    def prune(self, present: set[str], wanted: Callable[[str], bool]) -> None:
        """Remove from the index what is wanted gone, was no path of this run and does not exist any more."""
        # The table holds names that SQLite can store; a name that is no UTF-8 is compared in that form.
        names = {storable_path(source) for source in present}
        for row in self._store.sources():
            if row.source and row.source not in names and wanted(row.source) and is_gone(row.source):
                self._store.delete_source(row.id)
                if row.outcome != "skipped":
                    self.note(row.source, "removed")

    def report(self) -> tuple[FileReport, ...]:
        """Make the report; sums come from the table, which the run has brought up to date."""
        known = self._store.sources_named([row.source for row in self._rows])
        return tuple(
            replace(row, characters=now.characters, chunks=now.passages, truncated=now.truncated)
            if (now := known.get(row.source))
            else row
            for row in self._rows
        )


def _differs(known: SourceRow | None, loaded: LoadedFile) -> bool:
    # A row that is as before is not written again: most runs find thousands of such paths, and each would be a commit.
    now = (loaded.outcome, loaded.reason, loaded.detail)
    return known is None or not known.whole or (known.outcome, known.reason, known.detail) != now


def shortfall(loaded: LoadedFile, *, ocr: bool) -> str:
    """Return a sentence on what of a file with text was not read; empty where nothing is known to be missing.

    Args:
        loaded: the file.
        ocr: whether words in pictures were read.
    """
    first = loaded.documents[0].metadata
    parts: list[str] = []
    if (bare := first.get("pages_without_text")) and not ocr:
        parts.append(f"pages without text: {_listed(bare)} (if they are scans, --ocr reads them)")
    if broken := first.get("unreadable_pages"):
        parts.append(f"pages that cannot be read: {_listed(broken)}")
    for key, what in (("unread_attachments", "attachments"), ("unread_members", "members")):
        rows = [row for each in loaded.documents for row in each.metadata.get(key, ()) if row["reason"] != "ignored"]
        if rows:
            parts.append(f"{what} not read: " + _listed([f"{row['name']} ({row['reason']})" for row in rows]))
    return "; ".join(parts)


def _listed(things: Sequence[object]) -> str:
    more = f" and {len(things) - LISTED} more" if len(things) > LISTED else ""
    return ", ".join(str(each) for each in things[:LISTED]) + more
