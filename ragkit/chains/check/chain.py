"""A reply and its sources to a verdict on each sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.chains.verifying import checker_of
from ragkit.core.errors import ConfigError, ModelError
from ragkit.ground.statements import StatementStream

if TYPE_CHECKING:
    from ragkit.collection import Collection
    from ragkit.core.protocols import Embedder
    from ragkit.core.verdicts import Verdict
    from ragkit.ground.verify.passages import Embed

FOUND = 3  # passages that an index is searched for, for each sentence; and as many again for the question


@dataclass(frozen=True, slots=True)
class Checked:
    """A reply that was judged.

    Attributes:
        sentences: a verdict on each sentence, in the reply's order.
        numbers: the number of each source, as verdicts index them: its own, or its place from 1.
        sources: the texts that it was judged by.
        id: of the row; None where it had none.
    """

    sentences: tuple[Verdict, ...]
    numbers: tuple[int | str, ...]
    sources: tuple[str, ...] = ()
    id: Any = None

    @property
    def faithfulness(self) -> float:
        """Share of the sentences that hold, from 0 to 1; 1 for a reply without a sentence."""
        return sum(each.holds for each in self.sentences) / len(self.sentences) if self.sentences else 1.0

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        rows = [
            {
                "text": each.text,
                "verdict": each.label,
                "probability": round(each.probability, 4),
                "sources": [self.numbers[source] for source in each.sources],
                "reason": each.reason,
            }
            for each in self.sentences
        ]
        return {"id": self.id, "sentences": rows}


class CheckChain(Runnable[Mapping[str, Any], Checked]):
    """Judges replies of any system: ``{"reply", "sources", "question", "id"}`` to :class:`Checked`.

    Sources are texts, or mappings with ``text`` and perhaps ``n``, the number that marks name.

    Args:
        verifier: who judges, as for :func:`ragkit.chains.verifying.checker_of`.
        embedder: finds evidence by meaning: a spec or an embedder; None takes the settings', where its model is here.
        index: is searched for the sources of replies that come without.
        strict: whether a sentence needs nearly the words of one source.

    Raises:
        ConfigError: the verifier or the embedder is none.
    """

    def __init__(
        self,
        verifier: Any = None,
        *,
        embedder: str | Embedder | None = None,
        index: Collection | None = None,
        strict: bool = False,
    ) -> None:
        self.index = index
        generator = index.generator if index is not None else None
        self.checker = checker_of(verifier, embed=_embed(embedder, index), strict=strict, generator=generator)

    def invoke(self, input: Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Checked:
        """Judge one reply.

        Raises:
            ConfigError: the row has no reply, or no sources and there is no index.
        """
        return self._call_with_config(self._checked, input, config)

    def _checked(self, row: Mapping[str, Any]) -> Checked:
        reply = row.get("reply")
        if not isinstance(reply, str):
            raise ConfigError('a row to check has a "reply", a text, and "sources", a list of texts')
        question = str(row.get("question") or "")
        given: Any = row.get("sources")
        if given is None and self.index is None:
            raise ConfigError('a reply is checked against its "sources": give them, or an index to search')
        stream = StatementStream(len(given) if given else None)
        said = [each.text for each in (*stream.feed(reply), *stream.close())]
        numbers, sources = _sources(given) if given is not None else self._found(question, said)
        return Checked(tuple(self.checker.check(said, sources, question)), numbers, sources, row.get("id"))

    def _found(self, question: str, said: Sequence[str]) -> tuple[tuple[int | str, ...], tuple[str, ...]]:
        """Return what the index holds about the sentences, each passage under its document's name."""
        index = cast("Collection", self.index)
        found = {
            hit.chunk.id: hit.chunk
            for text in filter(None, dict.fromkeys([question, *said]))
            for hit in index.search(text, FOUND)
        }
        return tuple(chunk.source for chunk in found.values()), tuple(chunk.text for chunk in found.values())


def _sources(given: Any) -> tuple[tuple[int | str, ...], tuple[str, ...]]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise ConfigError(f'"sources" is a list of texts, not {type(given).__name__}')
    numbers, texts = list[int | str](), list[str]()
    for place, each in enumerate(cast("Sequence[Any]", given), 1):
        text: Any = each.get("text") if isinstance(each, Mapping) else each  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        if not isinstance(text, str):
            raise ConfigError(f'source {place} is no text: a source is a text, or an object with "text"')
        number: Any = each.get("n", place) if isinstance(each, Mapping) else place  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        numbers.append(number if isinstance(number, (int, str)) else place)
        texts.append(text)
    return tuple(numbers), tuple(texts)


def _embed(embedder: str | Embedder | None, index: Collection | None) -> Embed | None:
    from ragkit.core.settings import load_settings
    from ragkit.embed import load_encoder

    if index is not None and embedder is None:
        return index.context().searcher.embedder.encode
    if embedder is not None and not isinstance(embedder, str):
        return embedder.encode
    try:
        return load_encoder(embedder or load_settings().embedder).encode
    except ModelError:  # evidence is then found by words alone
        if embedder is not None:
            raise
        return None
