"""The embedder of an index: loaded when it is needed first, and checked against the one the index was made with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import IndexMismatch, shell_word
from ragkit.core.types import TokenEmbedder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragkit.core.settings import Settings
    from ragkit.core.types import Embedder
    from ragkit.store.sqlite.store import Store


class IndexEmbedder:
    """Loads the embedder of one index.

    Args:
        folder: the index folder, for messages.
        embedder: spec or object; None takes the one that the index was made with, else the settings'.
        settings: the index's settings.
    """

    def __init__(self, folder: Path, embedder: str | Embedder | None, settings: Settings) -> None:
        self.folder = folder
        self.chosen = embedder
        self._settings = settings
        self._loaded: Embedder | None = None
        self._lock = threading.RLock()

    @property
    def spec(self) -> str:
        """The spec that a new index records."""
        from ragkit import models

        return models.in_full(self.chosen if isinstance(self.chosen, str) else self._settings.embedder)

    def load(self, recorded: Mapping[str, Any] | None) -> Embedder:
        """Return the embedder.

        Args:
            recorded: ``spec`` and ``fingerprint`` of the embedder that the index was made with; None for a new index.

        Raises:
            IndexMismatch: the index was made with another embedder.
        """
        # Two threads that search first at the same time must not load the model twice.
        with self._lock:
            if self._loaded is None:
                chosen = (recorded or {}).get("spec") if self.chosen is None else self.chosen
                self._loaded = self._load(chosen or self._settings.embedder)
        if recorded:
            self._compare(recorded["fingerprint"], self._loaded.fingerprint)
        return self._loaded

    def check(self, store: Store, embedder: Embedder) -> None:
        """See whether an index was brought to another embedder since this one was loaded.

        Raises:
            IndexMismatch: it was.
        """
        if recorded := store.embedder():
            self._compare(recorded["fingerprint"], embedder.fingerprint)

    def load_chosen(self) -> Embedder:
        """Return the chosen embedder, else the settings', whichever the index was made with."""
        return self._load(self._settings.embedder if self.chosen is None else self.chosen)

    def use(self, embedder: Embedder | None) -> None:
        """Go on with this embedder; with None it is loaded again when it is needed next."""
        with self._lock:
            self._loaded = embedder

    def describe(self, embedder: Embedder) -> dict[str, Any]:
        """Return the settings of an index that this embedder fills: ``embedder`` and ``tokens``."""
        bits = embedder.token_dimension if isinstance(embedder, TokenEmbedder) else 0
        return {
            "embedder": {"spec": self.spec, "dimension": embedder.dimension, "fingerprint": dict(embedder.fingerprint)},
            "tokens": {"bits": bits} if bits and self._settings.late_interaction else None,
        }

    def _load(self, embedder: str | Embedder) -> Embedder:
        if not isinstance(embedder, str):
            return embedder
        from ragkit.embed import load_encoder

        return load_encoder(embedder, self._settings)

    def _compare(self, recorded: Mapping[str, Any], current: Mapping[str, Any]) -> None:
        if differing := differences(recorded, current):
            was, now = differing
            spec = shell_word(self.chosen) if isinstance(self.chosen, str) else "SPEC"
            raise IndexMismatch(
                f"{self.folder} was made with another embedder (index: {was}; now: {now}): leave --embedder out to use "
                "the index's own (and open the index again), or bring it to this one with "
                f"`ragkit index --reembed --embedder {spec} --index {shell_word(str(self.folder))}`"
            )


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str] | None:
    """Describe in what two fingerprints differ, from either side; None where they are the same."""
    keys = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
    if not keys:
        return None
    first, second = (", ".join(f"{key}={each.get(key)!r}" for key in keys) for each in (one, other))
    return first, second
