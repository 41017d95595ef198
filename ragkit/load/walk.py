"""Which files there are to read, and what is left out and why; folders are walked in a stable order."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ragkit.core.errors import LoadError
from ragkit.core.types import LoadedFile

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from pathspec import GitIgnoreSpec

    from ragkit.core.types import Reason

logger = logging.getLogger(__name__)

INDEX_FILE = "ragkit.sqlite3"  # makes a folder an index
# Files that only a folder made by a program has. They are looked for inside the folder, since its name may be any.
MADE_BY_PROGRAMS = {
    INDEX_FILE: "is an index of ragkit: it is no document",
    "pyvenv.cfg": "is a virtual environment of Python: give its own path to read it",
    "CACHEDIR.TAG": "is a cache, as its CACHEDIR.TAG says: give its own path to read it",
}
COMPILED = "__pycache__"
IGNORE_FILES = (".gitignore", ".ragkitignore")
# Paths of one folder that are named as ignored; the others are counted, since an ignored folder may hold thousands.
LISTED = 20
HIDDEN = "has a name that begins with a dot: give its own path to read it"


class _Rules(NamedTuple):
    base: str  # the folder they count from, relative to the root, with a slash at its end
    spec: GitIgnoreSpec
    where: str  # for people


class _File(NamedTuple):
    path: str
    real: str  # without links


def iter_files(
    paths: Iterable[str | Path] | str | Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Iterator[Path]:
    """List the files to read below ``paths``, each once: the ones that :func:`survey` does not leave out.

    Raises:
        LoadError: a path does not exist (reason ``missing``); raised at once, before anything is read.
    """
    return (Path(each) for each in survey(paths, include=include, exclude=exclude) if isinstance(each, str))


def survey(
    paths: Iterable[str | Path] | str | Path, *, include: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Iterator[str | LoadedFile]:
    """List what is below ``paths``: files to read, and everything else with the reason why it is left out.

    A path that is a file counts always. In a folder, names that begin with a dot are left out (reason ``ignored``), and
    so are indexes of ragkit, virtual environments, compiled code, caches that say so (``CACHEDIR.TAG``), what a
    ``.gitignore`` or ``.ragkitignore`` in it names, and what the patterns say. A folder that is left out is one row,
    and of one folder no more than 20 rows are ``ignored``; the others are counted in a row of the folder. Links to
    folders are not followed; links to files are read only where they lead to a hidden file inside the folder (else they
    are a ``duplicate``, or lead out and are ``ignored``). A link that leads nowhere and a folder that may not be listed
    come as paths: reading them says what is wrong.

    Args:
        paths: files and folders, in the order to walk them; names inside a folder come sorted.
        include: patterns as in ``.gitignore`` (``*.pdf``, ``reports/**``); with any, only files that match count.
        exclude: patterns of files and folders to leave out.

    Returns:
        Paths of files to read, each once, and rows with the outcome ``skipped``. Files of the same content under two
        names of their own are both there.

    Raises:
        LoadError: a path does not exist (reason ``missing``); raised at once, before anything is read.
    """
    roots = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    for root in roots:
        if not os.path.lexists(root):
            raise LoadError(str(root), "missing", "there is no such file or folder: check the path")
    return _survey_all(roots, tuple(include), tuple(exclude))


def _survey_all(roots: Sequence[Path], include: Sequence[str], exclude: Sequence[str]) -> Iterator[str | LoadedFile]:
    wanted = _spec(include) if include else None
    refused = _spec(exclude) if exclude else None
    # Overlapping roots and links: a file is read once, under the path that comes first.
    first_paths: dict[str, str] = {}  # real path -> that path
    seen: set[str] = set()
    for root in roots:
        path = os.path.normpath(root)
        real = os.path.realpath(path)
        found = _Walk(path, real, wanted, refused).folder("", []) if Path(path).is_dir() else iter([_File(path, real)])
        for each in found:
            name = each.source if isinstance(each, LoadedFile) else each.path
            if name in seen:
                continue
            seen.add(name)
            if isinstance(each, LoadedFile):
                yield each
            elif (first := first_paths.setdefault(each.real, name)) == name:
                yield name
            else:
                yield _skipped(name, "duplicate", f"is the same file as {first}, which is read")


def _spec(patterns: Iterable[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _skipped(path: str, reason: Reason, detail: str) -> LoadedFile:
    return LoadedFile(path, "skipped", reason=reason, detail=detail)


class _Walk:
    """One folder with all that is in it: ``root``, a normalised path, and ``real``, the same without links.

    Files have to match ``wanted``, if it is there; neither files nor folders may match ``refused``.
    """

    def __init__(self, root: str, real: str, wanted: GitIgnoreSpec | None, refused: GitIgnoreSpec | None) -> None:
        self._root, self._wanted, self._refused = root, wanted, refused
        self._before = "" if root == os.curdir else root.rstrip(os.sep) + os.sep
        self._real, self._real_before = real, real.rstrip(os.sep) + os.sep

    def folder(self, inside: str, rules: Sequence[_Rules]) -> Iterator[_File | LoadedFile]:
        """List a folder by its place below the root (with a slash at its end) and the rules of the folders above it."""
        folder = self._path(inside)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            logger.warning("%s cannot be listed: %s", folder, error)
            yield _File(folder, self._real_path(inside))
            return
        if inside and (why := _made_by_programs(inside, [entry.name for entry in entries])):
            yield _skipped(folder, "ignored", why)
            return
        here = [*rules, *self._ignore_rules(inside, {entry.name for entry in entries})]
        left_out = 0
        for entry in entries:
            relative = inside + entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if not self._asked_for(relative, is_folder=is_folder):
                continue
            if why := self._left_out(relative, here, is_folder=is_folder):
                left_out += 1
                if left_out <= LISTED:
                    yield _skipped(self._path(relative), "ignored", why)
            elif is_folder:
                yield from self.folder(relative + "/", here)
            elif entry.is_symlink():
                yield self._link(relative)
            elif entry.is_file():
                yield _File(self._path(relative), self._real_path(relative))
            else:
                detail = "is no regular file (a device, pipe or socket): copy what comes out of it to a file"
                yield _skipped(self._path(relative), "unsupported", detail)
        if left_out > LISTED:
            more = f"holds {left_out - LISTED} more paths that are left out: see its ignore files"
            yield _skipped(folder, "ignored", more)

    def _path(self, relative: str) -> str:
        return (self._before + _native(relative)).rstrip(os.sep) or self._root

    def _real_path(self, relative: str) -> str:
        return self._real_before + _native(relative)

    def _asked_for(self, relative: str, *, is_folder: bool) -> bool:
        """Whether the caller's own patterns let a path through."""
        if self._refused is not None and self._refused.match_file(relative + "/" if is_folder else relative):
            return False
        return is_folder or self._wanted is None or self._wanted.match_file(relative)

    def _left_out(self, relative: str, rules: Sequence[_Rules], *, is_folder: bool) -> str:
        """Say why a path is left out; empty where it is not."""
        # As git does it: the deepest folder whose rules say anything about a path decides, and the last rule of a file.
        if relative.rpartition("/")[2].startswith("."):
            return HIDDEN
        asked = relative + "/" if is_folder else relative
        for rule in reversed(rules):
            verdict = rule.spec.check_file(asked[len(rule.base) :]).include
            if verdict is not None:
                return f"is left out by {rule.where}: change that, or give its own path" if verdict else ""
        return ""

    def _link(self, relative: str) -> _File | LoadedFile:
        path = self._path(relative)
        target = os.path.realpath(path)
        if not os.path.exists(path):  # noqa: PTH110 - quicker than a Path
            return _File(path, path)  # reading it says that the link leads nowhere
        if not Path(target).is_relative_to(self._real):
            return _skipped(path, "ignored", f"is a link out of the folder, to {target}: give that path to read it")
        hidden = any(part.startswith(".") for part in Path(os.path.relpath(target, self._real)).parts)
        if hidden and Path(target).is_file():
            return _File(path, target)
        if hidden:
            return _skipped(path, "ignored", f"is a link to {target}, which is hidden: give that path to read it")
        return _skipped(path, "duplicate", f"is a link to {target}, which counts under its own name")

    def _ignore_rules(self, inside: str, present: Container[str]) -> list[_Rules]:
        """Read the ignore files of one folder, whose patterns count from there."""
        # .ragkitignore comes last, so that it overrules .gitignore.
        paths = [self._path(inside + name) for name in IGNORE_FILES if name in present]
        lines = [line for path in paths for line in _lines(Path(path))]
        return [_Rules(inside, _spec(lines), " and ".join(paths))] if lines else []


def _native(relative: str) -> str:
    """Return a path within the root, whose parts patterns want with slashes, as the system writes it."""
    return relative.replace("/", os.sep)


def _made_by_programs(inside: str, names: Sequence[str]) -> str:
    """Say why a folder holds no documents; empty for all others."""
    if inside.rstrip("/").rpartition("/")[2] == COMPILED:
        return "holds compiled code of Python: give its own path to read it"
    return next((why for name, why in MADE_BY_PROGRAMS.items() if name in names), "")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, IsADirectoryError):
        return []
    except OSError as error:
        logger.warning("%s cannot be read, so nothing is ignored by it: %s", path, error)
        return []
