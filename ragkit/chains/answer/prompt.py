"""The request to a generator: the evidence that fits, the messages around it, the limits of the reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.answer.phrases import phrase_grammar, phrase_messages, phrase_prompt
from ragkit.core.errors import ConfigError
from ragkit.prompt.packing import Packed, pack
from ragkit.prompt.templates import NOT_FOUND, answer_messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from ragkit.core.types import Evidence
    from ragkit.generate.generator import Generator

REPLY_TOKENS = 256  # longest reply; reserved when sources are packed
WEAK_REPLY_TOKENS = 48  # a model that follows instructions poorly rambles beyond its first sentence
OVERHEAD_TOKENS = 250  # instructions, question and chat template
LEAST_ROOM = 64  # tokens that must be left for sources
WEAK_EVIDENCE = 3  # sentences a model that follows instructions poorly gets to read
PHRASE_TOKENS = 40  # longest phrase
PHRASE_EVIDENCE = 3  # sentences that a phrase is taken from; more distract a small model


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a generator receives it.

    Attributes:
        question: the question.
        evidence: the sentences that it is asked about, in the order of the prompt.
        left_out: sentences that did not fit the generator's context.
        short: whether a phrase is asked for.
        plain: whether the prompt is a text to go on with, without a chat template.
        checked: whether the generator was asked before, and found that the evidence answers.
        limits: options of the call.
    """

    question: str
    evidence: tuple[Evidence, ...]
    left_out: tuple[Evidence, ...] = ()
    short: bool = False
    plain: bool = False
    checked: bool = False
    limits: dict[str, Any] = field(default_factory=dict[str, Any])

    def messages(self, without: frozenset[int] = frozenset()) -> list[BaseMessage]:
        """Return the messages.

        Args:
            without: places in ``evidence`` to leave out; the others keep their numbers.
        """
        remaining = [(number, each) for number, each in enumerate(self.evidence, 1) if number - 1 not in without]
        sentences = [each for _, each in remaining]
        # After a check the prompt does not offer a denial: the decision to answer has been made.
        if not self.short:
            numbers = [number for number, _ in remaining]
            return answer_messages(self.question, sentences, numbers=numbers, deny=not self.checked)
        if not self.plain:
            return phrase_messages(self.question, sentences)
        from langchain_core.messages import HumanMessage

        return [HumanMessage(phrase_prompt(self.question, sentences))]


def asked(
    generator: Generator, question: str, evidence: Sequence[Evidence], *, short: bool, weak: bool, checked: bool = False
) -> Asked:
    """Decide what a generator is asked.

    Args:
        generator: the generator.
        question: the question.
        evidence: by falling score.
        short: whether a phrase is wanted, not prose.
        weak: whether the generator follows instructions poorly.
        checked: whether it was asked before, and found that the evidence answers.

    Raises:
        ConfigError: the question leaves no room for sources.
        ContextOverflow: not even the best sentence fits.
    """
    packed = _packed(generator, question, evidence, short=short, weak=weak)
    if not short:
        limits = {"max_tokens": WEAK_REPLY_TOKENS, "stop": ["\n"]} if weak else {"max_tokens": REPLY_TOKENS}
        return Asked(question, packed.evidence, packed.dropped, checked=checked, limits=limits)
    # A grammar and plain text to continue are for weak models only: others follow the instruction to copy a phrase.
    grammar = phrase_grammar(packed.evidence, question) if weak and generator.continues else ""
    if not grammar:
        limits = {"max_tokens": PHRASE_TOKENS, "stop": ["\n"]}
        return Asked(question, packed.evidence, packed.dropped, short=True, limits=limits)
    limits = {"max_tokens": PHRASE_TOKENS, "plain": True, "grammar": grammar}
    return Asked(question, packed.evidence, packed.dropped, short=True, plain=True, limits=limits)


def repair_messages(messages: Sequence[BaseMessage], reply: str, wrong: Sequence[str]) -> list[BaseMessage]:
    """Ask once more, for what no source supports.

    Args:
        messages: what was asked.
        reply: the reply.
        wrong: its sentences that nothing supports.
    """
    from langchain_core.messages import AIMessage, HumanMessage

    listed = "\n".join(f"- {sentence}" for sentence in wrong)
    return [
        *messages,
        AIMessage(reply),
        HumanMessage(
            f"The sources do not say this:\n{listed}\nSay it again with nothing but what the sources say, in their "
            f"words, the number of the source behind it. If they say nothing of it, reply only: {NOT_FOUND}"
        ),
    ]


def _packed(generator: Generator, question: str, evidence: Sequence[Evidence], *, short: bool, weak: bool) -> Packed:
    # More sentences distract a small model; for a phrase it reads only the best one.
    if short:
        evidence = evidence[: 1 if weak else PHRASE_EVIDENCE]
    elif weak:
        evidence = evidence[:WEAK_EVIDENCE]
    count = generator.count(question)
    room = generator.context - REPLY_TOKENS - OVERHEAD_TOKENS - count
    if room < LEAST_ROOM:
        raise ConfigError(
            f"the question is too long: it has {count} tokens and the model holds {generator.context} for it, the "
            "sources and reply together; ask in fewer words or use a model with a longer context"
        )
    return pack(evidence, room, generator.count)
