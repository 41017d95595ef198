"""Questions made from an index's own sentences: what calibrates a collection that nobody wrote questions for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.analysis import terms
from ragkit.errors import ConfigError
from ragkit.prompt.questions import question_messages, question_prompt
from ragkit.retrieve.evidence import spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragkit.chains.generator import Generator
    from ragkit.collection import Index
    from ragkit.types import Hit

SHORTEST, LONGEST = 40, 300  # characters of a sentence that a question is made from
LEAST_WORDS = 5  # content words of such a sentence
ABOUT = 0.5  # share of a question's content words that its passage must hold
QUESTION_TOKENS = 40
TRIES = 4  # sentences looked at for each question wanted


@dataclass(frozen=True, slots=True)
class MadeQuestion:
    """A question and the sentence it was made from.

    Attributes:
        question: the question.
        sentence: the sentence.
        source: path or URL of its document.
        start: offset of the sentence in the document's text.
        end: offset behind it.
    """

    question: str
    sentence: str
    source: str
    start: int
    end: int

    def holds(self, hit: Hit) -> bool:
        """Whether a passage holds the sentence, at its place or word by word elsewhere."""
        chunk = hit.chunk
        here = chunk.source == self.source and chunk.start < self.end and self.start < chunk.end
        return here or self.sentence in chunk.text


def make_questions(
    index: Index,
    count: int,
    *,
    seed: int = 13,
    generator: Generator | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[MadeQuestion]:
    """Make questions from sentences drawn from an index.

    Args:
        index: the index.
        count: questions wanted; a small index gives fewer.
        seed: of the draw.
        generator: writes the questions; without one they are the sentence's own words, some left out.
        progress: called with questions made and wanted.

    Raises:
        ConfigError: no sentence of the index is fit for a question.
    """
    chance = random.Random(seed)  # noqa: S311 - a reproducible draw, no secret
    out: list[MadeQuestion] = []
    for source, start, sentence, passage in _drawn(index, count * TRIES, chance):
        question = _asked(generator, sentence) if generator else _cloze(sentence, chance)
        words = set(terms(question))
        if words and len(words & set(terms(passage))) >= ABOUT * len(words):
            out.append(MadeQuestion(question, sentence, source, start, start + len(sentence)))
            if progress:
                progress(len(out), count)
        if len(out) == count:
            break
    if not out:
        raise ConfigError("no sentence of this index is fit to make a question from: index prose first")
    return out


def _drawn(index: Index, count: int, chance: random.Random) -> Iterator[tuple[str, int, str, str]]:
    """Yield source, offset, text and passage of sentences, one from each passage drawn."""
    rows = index.store.row_ids().tolist()
    drawn = chance.sample(rows, min(count, len(rows)))
    chunks = index.store.chunks(drawn)
    for chunk in (chunks[row] for row in drawn if row in chunks):
        fit = [
            (start, end)
            for start, end in spans(chunk.text)
            if SHORTEST <= end - start <= LONGEST and len(set(terms(chunk.text[start:end]))) >= LEAST_WORDS
        ]
        if fit:
            start, end = chance.choice(fit)
            yield chunk.source, chunk.start + start, chunk.text[start:end], f"{chunk.heading}\n{chunk.text}"


def _asked(generator: Generator, sentence: str) -> str:
    from langchain_core.messages import HumanMessage

    if generator.continues:
        prompt = [HumanMessage(question_prompt(sentence))]
        reply = generator.chat.invoke(prompt, plain=True, max_tokens=QUESTION_TOKENS, stop=["\n"])
    else:
        reply = generator.chat.invoke(question_messages(sentence), max_tokens=QUESTION_TOKENS, stop=["\n"])
    return reply.text.strip()


def _cloze(sentence: str, chance: random.Random) -> str:
    """Write what is left of a sentence when a third of its content words are gone, in its order."""
    words = sentence.split()
    return " ".join(word for word in words if not terms(word) or chance.random() > 1 / 3)
