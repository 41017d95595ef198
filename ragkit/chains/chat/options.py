"""Options of conversations over an index, and the form of a conversation in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ragkit.chains.options import NO_MODEL, Blueprint, Resources, RoutedOptions
from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from ragkit.chains.chat.chain import Conversation


class ChatOptions(RoutedOptions):
    """Options of the chain `chat`."""

    rewriting: Literal["auto", "model", "words", "off"] = Field(
        "auto", description="How follow-up questions are made to stand alone."
    )

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return a conversation's question to Answer."""
        index = self.open(resources)
        model = self.generator_of(index)

        def chain() -> Runnable[Any, Any]:
            from langchain_core.runnables import RunnableLambda

            from ragkit.chains.chat.chain import ChatChain

            return RunnableLambda(conversation) | ChatChain(index.chain(**self.answering), rewriting=self.rewriting)

        steps = (
            ("rewrite", f"to a question that stands alone: {self.rewriting}"),
            ("search", f"{self.over(index)}, with what was said"),
            ("answer", f"as the pipeline answer, {model or NO_MODEL}"),
        )
        return Blueprint(chain, steps, model, takes="a question and the turns before it")


def conversation(given: Any) -> Conversation:
    """Return the conversation of a row: a question, or ``{"question", "turns": [{"question", "answer"}], "summary"}``.

    Raises:
        ConfigError: it is neither.
    """
    from ragkit.chains.chat.chain import Conversation, Turn

    if isinstance(given, str):
        return Conversation(given)
    try:
        turns = [Turn(str(turn["question"]), str(turn["answer"])) for turn in given.get("turns", ())]
        return Conversation(str(given["question"]), turns, str(given.get("summary") or ""))
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigError(
            'a conversation is a question, or an object with "question" and "turns", each with "question" and "answer"'
        ) from error
