"""A conversation over an index: follow-up questions made to stand alone, each answer grounded as any other."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from ragkit.chains import events as steps
from ragkit.chains.base import PartsChain
from ragkit.chains.chat.prompt import conversation_text, standalone_messages
from ragkit.chains.chat.search import Following, last_words, refers_back, small_talk, with_topic
from ragkit.core.errors import ConfigError
from ragkit.core.types import Answer
from ragkit.ground.abstain import REFUSAL
from ragkit.prompt.summaries import summary_messages
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.route.chain import RoutedChain

Rewriting = Literal["auto", "model", "words", "off"]
REWRITINGS: tuple[str, ...] = get_args(Rewriting)

HISTORY_TOKENS = 800  # of a conversation that a question is rewritten from
SUMMARY_TOKENS = 120  # of a rewritten question too
RECENT = 2  # turns that are never summarised
ASKING = ("?", "？", "؟", ";")  # ends of questions; the last is Greek
_SMALL_TALK = "this asks nothing of the documents"


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer.

    Attributes:
        question: as it was asked.
        answer: the answer's text.
    """

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A question with the turns before it.

    Attributes:
        question: the question.
        turns: the turns before it, the last one last.
        summary: of turns before those.
    """

    question: str
    turns: Sequence[Turn] = ()
    summary: str = ""


class ChatChain(PartsChain[Conversation | str, Answer]):
    """Answers the questions of a conversation; the answer's ``question`` is the one that stands alone.

    Args:
        answering: answers single questions.
        rewriting: ``model`` (the generator makes a question stand alone; a result with a content word that nobody has
            said, or that is no question, is dropped), ``words`` (the words of the question before stand behind one that
            refers back), ``off``, or ``auto``: the model where it is one that follows instructions.

    Raises:
        ConfigError: there is no such way of rewriting.
    """

    def __init__(self, answering: AnswerChain | RoutedChain, *, rewriting: Rewriting = "auto") -> None:
        if rewriting not in REWRITINGS:
            raise ConfigError(f"unknown rewriting {rewriting!r}: choose {', '.join(REWRITINGS)}")
        self.answering = answering
        self.rewriting: Rewriting = rewriting

    def parts(self, given: Conversation | str, config: RunnableConfig) -> Iterator[Answer]:
        """Answer the question."""
        asked = Conversation(given) if isinstance(given, str) else given
        spent: dict[str, int] = {}
        routed = getattr(self.answering, "route", "passages") == "auto"
        if small_talk(asked.question) and routed:
            yield from self.answering.stream(asked.question, config)
            return
        if asked.turns and small_talk(asked.question):
            yield Answer(question=asked.question, text=REFUSAL, abstained=True, reason=_SMALL_TALK)
            return
        question = self.standalone(asked, config, spent)
        # A shallow copy: only its searcher is replaced, and other conversations share the chain.
        chain = copy.copy(self.answering)
        if asked.turns and self.rewriting != "off":
            turns = [(turn.question, turn.answer) for turn in asked.turns]
            # A rewriting by words repeats what the searches below have anyway, so only one by a model is added to them.
            by_words = question in (asked.question, with_topic(asked.question, turns[-1][0]))
            follow_up = last_words(turns, "" if by_words else question)
            chain.searcher = Following(self.answering.searcher, follow_up, asked.question)  # pyright: ignore[reportAttributeAccessIssue] - stands for one
        yield from chain.stream(question, config)
        if spent:
            yield Answer(usage=spent)

    def standalone(
        self, asked: Conversation, config: RunnableConfig | None = None, spent: dict[str, int] | None = None
    ) -> str:
        """Return the question as one that can be understood alone.

        Args:
            asked: the question and the turns before it.
            config: of the run that a call of the generator belongs to.
            spent: the tokens it takes are added here, as ``usage`` of an answer has them.
        """
        if not asked.turns or self.rewriting == "off" or not asked.question.strip():
            return asked.question
        # The generator is asked only for a question that refers back: a complete one stays as it is.
        question = with_topic(asked.question, asked.turns[-1].question)
        if self._by_model and refers_back(asked.question):
            question = self._rewritten(asked, config or {}, spent) or question
        if question != asked.question:
            steps.tell([steps.rewritten(asked.question, question)], config or {})
        return question

    def condensed(
        self, asked: Conversation, config: RunnableConfig | None = None, spent: dict[str, int] | None = None
    ) -> Conversation:
        """Return the conversation with its older turns summarised, where it is longer than its budget.

        Without a generator that follows instructions the older questions stand for them.

        Args:
            asked: the question and the turns before it.
            config: of the run that a call of the generator belongs to.
            spent: the tokens it takes are added here.
        """
        if len(asked.turns) <= RECENT or self._size(asked) <= HISTORY_TOKENS:
            return asked
        recent = list(asked.turns)
        while len(recent) > RECENT and self._size(Conversation("", recent)) > HISTORY_TOKENS - SUMMARY_TOKENS:
            recent.pop(0)
        older = asked.turns[: len(asked.turns) - len(recent)]
        # The summary so far is part of the text, so that turns before the older ones are not lost.
        text = conversation_text([(turn.question, turn.answer) for turn in older], asked.summary)
        if self._by_model:
            messages = summary_messages(text, "two short sentences", kind="conversation")
            summary, _ = self._reply(messages, config or {}, spent)
        else:
            summary = " ".join(filter(None, [asked.summary, *(turn.question for turn in older)]))[-600:]
        return Conversation(asked.question, recent, summary)

    @property
    def _by_model(self) -> bool:
        if self.rewriting == "auto":
            return not self.answering.weak and self.answering.mode != "quote"
        return self.rewriting == "model"

    def _size(self, asked: Conversation) -> int:
        """Return about how many tokens a conversation has."""
        text = conversation_text([(turn.question, turn.answer) for turn in asked.turns], asked.summary)
        # At four characters a token; the budget needs no exact count, and so no loaded model.
        return len(text) // 4

    def _rewritten(self, asked: Conversation, config: RunnableConfig, spent: dict[str, int] | None) -> str:
        """Return the question as the generator rewrites it; empty where it adds words that nobody has said.

        Nor is a reply taken that is cut off, or answers where a question was asked.
        """
        short = self.condensed(asked, config, spent)
        turns = [(turn.question, _shortened(turn.answer)) for turn in short.turns]
        reply, cut = self._reply(standalone_messages(asked.question, turns, short.summary), config, spent)
        # Small models go on after the question, or begin with a label ("Question:").
        line = next((line.strip() for line in reply.splitlines() if line.strip()), "")
        line = ENGLISH.replies.labels.sub("", line)
        known = set(terms(conversation_text(turns, short.summary))) | set(terms(asked.question))
        line = line.strip('"“”')
        words = set(terms(line))
        stated = asked.question.rstrip().endswith(ASKING) and not line.endswith(ASKING)
        return "" if cut or stated or not words or words - known else line

    def _reply(
        self, messages: list[BaseMessage], config: RunnableConfig, spent: dict[str, int] | None
    ) -> tuple[str, str]:
        """Return a reply, and why it was cut off, if it was."""
        reply, usage, cut = self.answering.generator.full_reply(messages, config, max_tokens=SUMMARY_TOKENS)
        if spent is not None:
            spent.update({key: spent.get(key, 0) + value for key, value in usage.items()})
        return reply, cut


def _shortened(answer: str) -> str:
    words = answer.split()
    return answer if len(words) <= 60 else f"{' '.join(words[:60])} ..."
