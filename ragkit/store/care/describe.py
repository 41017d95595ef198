"""What an index holds and what state it is in, without reading every row."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.store.care.compact import folder_bytes
from ragkit.store.care.verify_caches import caches
from ragkit.store.sqlite.opening import DATABASE, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store


def describe(store: Store) -> dict[str, Any]:
    """Return the state of an index in its stable JSON form.

    Args:
        store: an open store.
    """
    with store.snapshot():
        sources = store.sources()
        embedder = store.setting("embedder") or {}
        documents = store.rows("SELECT count(*) FROM documents")[0][0]
        return {
            "index": str(store.folder),
            "schema": SCHEMA_VERSION,
            "files": sum(1 for row in sources if row.outcome != "skipped"),
            "documents": documents,
            "chunks": store.count_chunks(),
            "embedder": embedder.get("spec"),
            "fingerprint": embedder.get("fingerprint"),
            "runtime": store.setting("runtime"),
            "tokens": store.setting("tokens"),
            "bytes": folder_bytes(store.folder),
            "caches": [{"name": cache.path.name, "bytes": cache.size, "state": cache.state} for cache in caches(store)],
            "writer": _writer(store.folder),
            "damaged": sorted(path.name for path in store.folder.glob(f"{DATABASE}.damaged-*")),
            "unfinished": [row.source for row in sources if not row.whole],
            "vanished": _vanished(sources),
            "ledger": _counts(sources),
            "problems": [
                {"source": row.source, "outcome": row.outcome, "reason": row.reason, "detail": row.detail}
                for row in sources
                if row.outcome != "text" or row.detail
            ],
        }


def _counts(sources: Sequence[SourceRow]) -> dict[str, dict[str, int]]:
    """Count paths by outcome and reason; a path with text has no reason, and counts under an empty one."""
    found: dict[str, dict[str, int]] = {}
    for (outcome, reason), count in sorted(Counter((row.outcome, row.reason) for row in sources).items()):
        found.setdefault(outcome, {})[reason] = count
    return found


def _vanished(sources: Sequence[SourceRow]) -> list[str]:
    """List the files that the index holds but that are no longer there."""
    # lexists: a link whose target is gone is still there. Addresses of web pages are no absolute paths.
    return [
        row.source
        for row in sources
        if row.outcome != "skipped" and Path(row.source).is_absolute() and not os.path.lexists(row.source)
    ]


def _writer(folder: Path) -> dict[str, Any] | None:
    """Return who is writing, and since when; a note that a dead process left is ignored."""
    try:
        note = json.loads((folder / "writer.json").read_text("utf-8"))
        pid, since = int(note["pid"]), str(note["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if os.name == "posix":  # elsewhere the signal would end the process
        try:
            os.kill(pid, 0)  # sends nothing, and fails where there is no such process
        except ProcessLookupError:
            return None
        except PermissionError:  # it is there, and somebody else's
            pass
    return {"pid": pid, "since": since}
