"""Why an answer says what it says: how much less likely the generator finds it without each of its sentences.

Leaving single sentences out is the plainest form of what ContextCite (Cohen-Wang et al., arXiv 2409.00729) estimates
from random subsets; for the few sentences of an answer it costs one scoring a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.core.places import place_words
from ragkit.core.types import Explanation, Influence
from ragkit.generate.scoring import Scores
from ragkit.ground.rendering import located

if TYPE_CHECKING:
    from ragkit.chains.answer.prompt import Asked
    from ragkit.core.types import Answer, Evidence
    from ragkit.generate.generator import Generator

LITTLE = 0.05  # share of the whole effect below which a sentence did not move the answer
MUCH = 0.25  # share from which one that is not cited is reported


def said(answer: Answer) -> str:
    """Return the answer's words, without markers and the quotation marks around whole quotes."""
    spans = dict.fromkeys((each.answer_start, each.answer_end) for each in answer.citations)
    return " ".join(answer.text[start:end].strip("“”") for start, end in spans)


def explain(generator: Generator, asked: Asked, answer: Answer) -> Explanation:
    """Score an answer again, with each sentence of its evidence left out.

    Args:
        generator: the one that answered.
        asked: what it was asked.
        answer: its answer.

    Raises:
        ConfigError: the generator does not report how likely it finds a text.
    """
    chat = generator.chat
    if not isinstance(chat, Scores):
        raise ConfigError(
            f"{generator.spec or type(chat).__name__} does not tell how likely it finds a text: "
            "ask with a local model (llamacpp: or transformers:) to learn why"
        )
    if asked.plain:
        chat = chat.model_copy(update={"plain": True})  # pyright: ignore[reportAttributeAccessIssue]
    # What is scored must be what the model would write: the raw reply after a plain prompt, else the words alone, as
    # markers were set by the grounder.
    text = answer.raw_text.rstrip() if asked.plain else said(answer)
    if not text.strip():
        raise ConfigError("nothing was answered, so nothing moved it: look at the answer's reason")
    every = frozenset(range(len(asked.evidence)))

    def likelihood(without: frozenset[int]) -> float:
        return sum(chat.log_probabilities(asked.messages(without), text))

    # The others keep their numbers in the prompt, so that only the missing sentence makes the difference.
    whole = likelihood(frozenset())
    moved = [whole - likelihood(frozenset({place})) for place in range(len(asked.evidence))]
    return explanation(asked.evidence, answer, moved, whole - likelihood(every), generator.spec)


def explanation(
    evidence: tuple[Evidence, ...], answer: Answer, moved: list[float], together: float, model: str
) -> Explanation:
    """Set what moved an answer beside what it cites.

    Args:
        evidence: the sentences.
        answer: the answer.
        moved: log probability, in nats, that it loses without each.
        together: log probability that it loses without all of them.
        model: spec of the generator.
    """
    cited = {(each.document, each.document_id, each.start): each.marker for each in answer.citations}
    # A sentence whose absence makes the answer likelier speaks against it: it has no share of the effect.
    total = sum(max(value, 0.0) for value in moved)
    influences: list[Influence] = []
    for each, value in zip(evidence, moved, strict=True):
        marker = cited.get((each.hit.chunk.source, each.hit.chunk.document_id, each.start))
        influences.append(Influence(each, marker, value, max(value, 0.0) / total if total else 0.0))
    influences.sort(key=lambda each: -each.moved)
    return Explanation(tuple(influences), together, tuple(_disagreements(influences)), model)


def _disagreements(influences: list[Influence]) -> list[str]:
    out: list[str] = []
    for each in influences:
        if each.marker is None and each.share >= MUCH:
            out.append(f"a sentence that is not cited moved the answer ({each.share:.0%} of the effect)")
        elif each.marker is not None and each.share < LITTLE:
            out.append(f"[{each.marker}] is cited, but without it the answer is as likely")
    return out


# Why an answer says what it says, as text and as JSON.

SHOWN = 90  # characters of a sentence in a line


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation in its stable JSON form; likelihoods in nats."""
    return {
        "model": explanation.model,
        "together": round(explanation.together, 4),
        "sentences": [
            {
                "marker": each.marker,
                "moved": round(each.moved, 4),
                "share": round(each.share, 4),
                "source": each.evidence.hit.chunk.source,
                "document_id": each.evidence.hit.chunk.document_id,
                "page": each.evidence.page,
                "start": each.evidence.start,
                "end": each.evidence.end,
                "text": each.evidence.text,
            }
            for each in explanation.influences
        ],
        "disagreements": list(explanation.disagreements),
    }


def explanation_lines(explanation: Explanation, base: str = "") -> list[str]:
    """Write an explanation as lines of text.

    Args:
        explanation: the explanation.
        base: folder that document paths are relative to.
    """
    out = ["", "Why (share of what its sentences moved the answer by; log probability it loses without each, in nats):"]
    for each in explanation.influences:
        out += _influence(each, base)
    return [*out, *(f"Note: {note}." for note in explanation.disagreements)]


def _influence(each: Influence, base: str) -> list[str]:
    marker = "not cited" if each.marker is None else f"[{each.marker}]"
    text = " ".join(each.evidence.text.split())
    excerpt = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"
    where = place_words(each.evidence.hit.chunk.place(each.evidence.start, each.evidence.end))
    document = located(each.evidence.hit.chunk.source, base)
    return [
        f"{each.share:4.0%} {each.moved:8.2f}  {marker:9}  “{excerpt}”",
        f"{'':26}{document}{', ' + where if where else ''}",
    ]
