"""Take files out of an index by name, folder or pattern: all of them at once, or none."""

from __future__ import annotations

import difflib
import fnmatch
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError, IndexFolderError
from ragkit.core.types import FileReport
from ragkit.store.sqlite.records import storable_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store

SUGGESTIONS = 3


def remove(store: Store, wanted: Sequence[str | Path]) -> tuple[FileReport, ...]:
    """Remove files with their documents, passages and vectors, in one transaction.

    Args:
        store: an open store.
        wanted: each a source as the index names it, a path (relative to the working folder), a folder, or a glob
            (``*`` within a folder, ``**`` across folders; one without ``/`` is matched with names of files).

    Returns:
        One row for each file that was removed, by name.

    Raises:
        ConfigError: nothing is named.
        IndexFolderError: one of them is not in the index; nothing is removed then.
        IndexLocked: another process is writing.
    """
    if not wanted:
        raise ConfigError("nothing to remove: name at least one file, folder or pattern")
    with store.transaction():
        rows = [row for row in store.sources() if row.source]
        doomed: dict[str, SourceRow] = {}
        for name in wanted:
            found = _found(rows, storable_path(str(name)))
            if not found:
                raise IndexFolderError(_unknown(store, str(name), rows))
            doomed.update({row.source: row for row in found})
        for row in doomed.values():
            store.delete_source(row.id)
    return tuple(
        FileReport(row.source, "removed", "", row.characters, row.passages, row.truncated)
        for _, row in sorted(doomed.items())
    )


def _found(rows: Iterable[SourceRow], name: str) -> list[SourceRow]:
    """Return the rows that a name means: by the first of the readings below that finds any.

    A file whose name holds ``*`` or ``[`` is thus found by that name before it is taken for a pattern.
    """
    path = os.path.abspath(name)  # noqa: PTH100 - Path.absolute() keeps the dots in `../a.txt`
    readings: list[Callable[[str], bool]] = [
        lambda source: source in (name, path),
        lambda source: source.startswith(path.rstrip(os.sep) + os.sep),
    ]
    if re.search(r"[*?\[]", name):
        readings.append(_pattern(name))
    known = list(rows)
    return next((found for reading in readings if (found := [row for row in known if reading(row.source)])), [])


def _pattern(glob: str) -> Callable[[str], bool]:
    if "/" not in glob and os.sep not in glob:
        return lambda source: fnmatch.fnmatchcase(Path(source).name, glob)
    parts = Path(os.path.abspath(glob)).as_posix().split("/")  # noqa: PTH100 - as above
    expression = "".join(
        "(?:.*/)?" if part == "**" and place < len(parts) - 1 else ".*" if part == "**" else f"{_segment(part)}/"
        for place, part in enumerate(parts)
    )
    compiled = re.compile(expression.removesuffix("/"), re.DOTALL)
    return lambda source: compiled.fullmatch(Path(source).as_posix()) is not None


def _segment(part: str) -> str:
    """Return the regular expression of one component of a pattern; ``*`` in it does not match ``/``."""
    # fnmatch.translate() wraps its expression and makes `.*` of each star.
    return fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z").replace(".*", "[^/]*")


def _unknown(store: Store, name: str, rows: Sequence[SourceRow]) -> str:
    by_name: dict[str, str] = {}
    for row in rows:
        for spelling in (row.source, Path(row.source).name, os.path.relpath(row.source)):
            by_name.setdefault(spelling, row.source)
    # More than are shown: several spellings may be of one file.
    near = [by_name[spelling] for spelling in difflib.get_close_matches(name, by_name, SUGGESTIONS * 2, 0.6)]
    hint = "the nearest there: " + ", ".join(list(dict.fromkeys(near))[:SUGGESTIONS]) if near else "no name is near it"
    return f"{name} is not in the index {store.folder} ({hint}): nothing was removed; give a name that is there"
