"""Hashing a model's files again, and what that found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.models.entries import PinnedFile

State = Literal["present", "absent", "damaged"]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What became of one file when it was hashed again.

    Attributes:
        name: path in the model's folder.
        state: ``ok``, ``missing`` or ``damaged``.
        expected: the pinned sha256.
        actual: the sha256 of what is there; None when nothing is.
    """

    name: str
    state: Literal["ok", "missing", "damaged"]
    expected: str
    actual: str | None

    @property
    def problem(self) -> str:
        """What is wrong, in words; empty for ``ok``."""
        if self.state == "ok":
            return ""
        if self.actual is None:
            return f"{self.name} is missing"
        return f"{self.name} has sha256 {self.actual} instead of {self.expected}"


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """What hashing every file of a model again found.

    Attributes:
        name: the model.
        folder: where its files belong.
        files: one row a file, in the catalogue's order.
    """

    name: str
    folder: Path
    files: tuple[FileCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether every file is what the catalogue pins."""
        return all(file.state == "ok" for file in self.files)

    @property
    def state(self) -> State:
        """Present when all files are right, absent when none is there, damaged otherwise."""
        if self.ok:
            return "present"
        return "absent" if all(file.state == "missing" for file in self.files) else "damaged"

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with each file that is not as it should be."""
        return tuple(file.problem for file in self.files if file.state != "ok")


def sha256_of(path: Path) -> str:
    """Hash a file: 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_file(folder: Path, file: PinnedFile) -> FileCheck:
    """Hash one file of a model.

    Raises:
        ModelError: the file is there but cannot be read.
    """
    try:
        actual = sha256_of(folder / file.name)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return FileCheck(file.name, "missing", file.sha256, None)
    except OSError as error:
        raise ModelError(
            f"{folder / file.name} cannot be read ({error.strerror or error}): correct its permissions, "
            f"or remove {folder} and pull the model again"
        ) from error
    return FileCheck(file.name, "ok" if actual == file.sha256 else "damaged", file.sha256, actual)
