"""Which files there are to read: folders walked in a stable order, ignore files honoured."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

logger = logging.getLogger(__name__)

IGNORE_FILES = (".gitignore", ".ragkitignore")
_Rules = tuple[str, "GitIgnoreSpec"]


def iter_files(
    paths: Iterable[str | Path] | str | Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Iterator[Path]:
    """List the files to read below ``paths``.

    A path that is a file counts always. In a folder, files and folders whose name begins with a dot are left out, and
    so is what a ``.gitignore`` or ``.ragkitignore`` in it names. Links to folders are not followed; links to files are
    read only where they lead to a file inside the folder that is not met under its own name. A folder that may not be
    listed is itself yielded, so that its loss is reported.

    Args:
        paths: files and folders, in the order to walk them; names inside a folder come sorted.
        include: patterns as in ``.gitignore`` (``*.pdf``, ``reports/**``); when given, only files that match count.
        exclude: patterns of files and folders to leave out.

    Returns:
        The files, each once.

    Raises:
        LoadError: a path does not exist (reason ``missing``); raised at once, before anything is read.
    """
    roots = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise LoadError(str(root), "missing", "there is no such file or folder: check the path")
    return _walk_all(roots, tuple(include), tuple(exclude))


def _walk_all(roots: Sequence[Path], include: Sequence[str], exclude: Sequence[str]) -> Iterator[Path]:
    from pathspec import GitIgnoreSpec

    wanted = GitIgnoreSpec.from_lines(include) if include else None
    refused: list[_Rules] = [("", GitIgnoreSpec.from_lines(exclude))] if exclude else []
    seen: set[str] = set()
    for root in roots:
        path = os.path.normpath(root)
        found = _walk(path, path, wanted, refused) if Path(path).is_dir() else iter([path])
        for file in found:
            if file not in seen:
                seen.add(file)
                yield Path(file)


def _walk(root: str, folder: str, wanted: GitIgnoreSpec | None, rules: Sequence[_Rules]) -> Iterator[str]:
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        logger.warning("%s cannot be listed: %s", folder, error)
        yield folder
        return
    here = [*rules, *_ignore_rules(root, folder)]
    for entry in entries:
        if entry.name.startswith("."):
            continue
        # relpath, not slicing: the root may be "." or end in a separator
        relative = os.path.relpath(entry.path, root).replace(os.sep, "/")
        if entry.is_dir(follow_symlinks=False):
            if not _ignored(relative + "/", here):
                yield from _walk(root, entry.path, wanted, here)
        elif not _ignored(relative, here) and (wanted is None or wanted.match_file(relative)):
            if entry.is_symlink() and not _worth_following(root, entry.path):
                logger.info("%s is a link that is not followed", entry.path)
            elif entry.is_file():
                yield os.path.normpath(entry.path)


def _ignore_rules(root: str, folder: str) -> list[_Rules]:
    """Read the ignore files of one folder; their patterns count from there."""
    from pathspec import GitIgnoreSpec

    lines = [line for name in IGNORE_FILES for line in _lines(Path(folder) / name)]
    if not lines:
        return []
    base = os.path.relpath(folder, root).replace(os.sep, "/")
    return [("" if base == "." else base + "/", GitIgnoreSpec.from_lines(lines))]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, IsADirectoryError):
        return []
    except OSError as error:
        logger.warning("%s cannot be read, so nothing is ignored by it: %s", path, error)
        return []


def _ignored(relative: str, rules: Sequence[_Rules]) -> bool:
    """Apply the rules; the deepest folder that says anything about a path decides, as git does it."""
    for base, spec in reversed(rules):
        verdict = spec.check_file(relative[len(base) :]).include
        if verdict is not None:
            return verdict
    return False


def _worth_following(root: str, link: str) -> bool:
    """Follow a link to a file inside the root that the walk does not meet by itself (its real path is hidden)."""
    target, top = os.path.realpath(link), os.path.realpath(root)
    inside = Path(target).is_file() and os.path.commonpath([target, top]) == top
    return inside and any(part.startswith(".") for part in Path(os.path.relpath(target, top)).parts)
