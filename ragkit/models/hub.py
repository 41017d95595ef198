"""The Hugging Face hub as a source of model files, over the network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.core.errors import ModelError
from ragkit.models.staging import DISK_FULL

if TYPE_CHECKING:
    from ragkit.models.entries import ModelEntry, PinnedFile
    from ragkit.models.staging import Staging


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
            if not self._reached:
                self._ask_for(file)
            found = self._download(file)
        except Exception as error:  # its clients raise errors of requests, httpx or their own, by version
            if isinstance(error, OSError) and error.errno in DISK_FULL:
                raise
            raise ModelError(_reason(error, f"{file.name} of {self._entry.hub_id}")) from error
        self._staging.adopt(file, found, f"{file.name} of {self._entry.hub_id} on the Hugging Face hub")

    def _ask_for(self, file: PinnedFile) -> None:
        """Fail at once where there is no network: the download itself would try again for half a minute."""
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the client is imported
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        get_hf_file_metadata(hf_hub_url(self._entry.hub_id, file.name, revision=self._entry.hub_revision))
        self._reached = True

    def _download(self, file: PinnedFile) -> Path:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

        folder = self._staging.folder / "hub"
        folder.mkdir(parents=True, exist_ok=True)
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
    if kinds & absent and "LocalEntryNotFoundError" not in kinds:  # that one means: no connection, and not cached
        return f"the Hugging Face hub does not have {what}"
    if "HfHubHTTPError" in kinds:
        return f"the Hugging Face hub refused {what} ({str(error).strip().splitlines()[0]})"
    return f"the Hugging Face hub cannot be reached ({type(error).__name__})"
