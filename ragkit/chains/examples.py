"""Examples that chains show: of a file, of a list, or of an index, found there by a search or all read."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.prompt.examples import SAID, as_examples, examples_in, load_examples
from ragkit.prompt.pool import ExamplePool

if TYPE_CHECKING:
    from ragkit.chains.context import Context
    from ragkit.core.types import Chunk, Embedder, Example
    from ragkit.prompt.pool import Exemplary, Pool

    Examples = Path | str | Sequence[Example | Mapping[str, Any]] | Exemplary | None

logger = logging.getLogger(__name__)


class IndexedExamples:
    """Examples that the documents of an index are, as :func:`ragkit.prompt.examples.examples_in` finds them.

    However many there are, a text is compared with those that a search finds for it; what is indexed later is found,
    too. Documents that are no examples are passed over; :meth:`whole` counts them in ``passed_over``, and warns.

    Args:
        context: the parts of the index.
        embedder: compares the texts; None takes the index's.
    """

    def __init__(
        self,
        context: Context,
        embedder: Embedder | None = None,
    ) -> None:
        self.context = context
        self.passed_over = 0
        self._embedder = embedder
        self._lock = threading.Lock()
        self._whole: tuple[str, ExamplePool] | None = None

    def whole(self) -> ExamplePool:
        """Read all examples; again only when the index has changed.

        Raises:
            IndexMissing: there is no index.
            ConfigError: it holds no examples.
        """
        # Reading all examples is slow; threads of one chain wait for the first instead of each reading them.
        with self._lock:
            state = self.context.documents.state()
            if self._whole is None or self._whole[0] != state:
                self._whole = state, self._pool(self._all())
            return self._whole[1]

    def near(self, text: str, count: int) -> ExamplePool:
        """Return the examples that a search finds for a text.

        Args:
            text: the text.
            count: how many at least, where there are as many.

        Raises:
            IndexMissing: there is no index.
            ConfigError: it holds no examples.
        """
        looked_at = count
        while True:
            hits = self.context.searcher.search(text, looked_at, "dense")
            found: dict[Example, None] = {}
            for hit in hits:
                found.update(dict.fromkeys(self._of(hit.chunk)))
                if len(found) >= count:
                    break
            if len(found) >= count or len(hits) < looked_at:
                return self._pool(list(found))
            # Documents that are no examples take places among the hits: more are searched until enough are found.
            looked_at *= 4

    def _of(self, chunk: Chunk) -> list[Example]:
        document = self.context.documents.document(chunk)
        if document is None:
            return []
        return examples_in(*document, id=chunk.document_id, within=(chunk.start, chunk.end))

    def _all(self) -> list[Example]:
        found: list[Example] = []
        self.passed_over = 0
        for uid, text, metadata in self.context.documents.documents():
            own = examples_in(text, metadata, id=uid)
            found += own
            self.passed_over += not own
        if found and self.passed_over:
            logger.warning("%s: documents that are no examples, passed over: %d", self.context.name, self.passed_over)
        return found

    def _pool(self, found: list[Example]) -> ExamplePool:
        if not found:
            raise ConfigError(
                f"{self.context.name} holds no examples: index rows that say what is wanted, in a field or a column "
                f"named {', '.join(SAID)}"
            )
        return ExamplePool(found, self._embedder or self.context.searcher.embedder)


def as_pool(examples: Examples, embedder: str | Embedder | None = None) -> Pool | None:
    """Return examples to choose from; None for none.

    Args:
        examples: a file of examples, an index of them, or examples.
        embedder: finds those that are like a text; None takes the index's, or else the settings'.
    """
    if examples is None:
        return None
    if isinstance(examples, str | Path):
        return ExamplePool(load_examples(Path(examples)), as_embedder(embedder))
    if isinstance(examples, Sequence):
        return ExamplePool(as_examples(examples), as_embedder(embedder))
    return examples.examples(None if embedder is None else as_embedder(embedder))


def as_embedder(embedder: str | Embedder | None) -> Embedder:
    """Return an embedder: itself, the one that a spec names, or the settings' for None."""
    from ragkit.core.settings import load_settings
    from ragkit.embed import load_encoder

    if embedder is not None and not isinstance(embedder, str):
        return embedder
    return load_encoder(embedder or load_settings().embedder)
