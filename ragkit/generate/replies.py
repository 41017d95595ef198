"""Where replies of chat models arrive: how long they may be, and what is known of a model and learned from them.

The reading itself (reasoning, ends, tokens) is ``ragkit.core.messages``, which grounding shares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.core.messages import CUT, ReplyReader

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

# Tokens that a model which reasons may take before it says anything. OpenAI advises to leave 25 000 at first; in
# practice short questions take some hundreds, and a cap costs nothing where it is not reached.
REASONING_TOKENS = 8192
CACHED = "cached_reply"  # in the metadata of a reply that is from the cache

# By the names that models are served under. Reasoning that the provider keeps to itself or in a field of its own:
_HIDDEN = re.compile(r"(?:^|[/:])(?:o\d|gpt-5(?!-chat)|gpt-oss|grok-(?:3-mini|4)|gemini-(?:2\.5|3))")
# ... and reasoning that servers without a parser for it leave in the text, with or without the opening tag:
_INLINE = re.compile(
    r"deepseek-(?:r\d|reasoner)|\br1\b|\bq[wv]q\b|thinking|reason|magistral|glm-(?:z1|4\.[5-9])|nemotron|exaone-deep"
    r"|marco-o1|skywork-o1|minimax-m\d|smollm3|seed-oss|ernie-x|hunyuan-(?:t1|a13b)|qwen3(?!.*(?:instruct|coder))"
)
# Those known to do neither.
_PLAIN = re.compile(r"instruct|[-_]it\b|chat|coder|gpt-[34]|claude|gemini|command|mi[sx]tral|gpt2")


@dataclass(slots=True)
class Traits:
    """What is known of a model: first from its name, then from its replies; shared by the copies of a generator.

    Attributes:
        reasons: whether it reasons before it answers, so that it needs room for that.
        inline: whether reasoning may stand in the text of its replies; None where nothing is known yet.
    """

    reasons: bool = False
    inline: bool | None = None

    @classmethod
    def of(cls, name: str) -> Traits:
        """Return what a model's name tells; nothing of a model without one."""
        name = name.lower()
        if _INLINE.search(name):
            return cls(reasons=True)
        if _HIDDEN.search(name):
            return cls(reasons=True, inline=False)
        # A file that runs in this process through llama.cpp: it parts reasoning from text itself.
        plain = not name or name.startswith("llamacpp:") or _PLAIN.search(name)
        return cls(inline=False if plain else None)

    def learn(self, reader: ReplyReader) -> None:
        """Take in what a reply shows."""
        self.reasons = self.reasons or reader.reasoned
        # One reply without a tag is enough: servers that leave reasoning in the text do so every time.
        if self.inline is None and (reader.text or reader.reasoned):
            self.inline = reader.reasoned


@dataclass(slots=True)
class Arrival:
    """One call of a model, and the one that follows where the first was all reasoning.

    Attributes:
        traits: of the model.
        whole: whether the reply is wanted as a whole only, so that it need not stream.
        reader: of the call that runs.
    """

    traits: Traits
    whole: bool = False
    reader: ReplyReader = field(init=False)
    _spent: dict[str, int] = field(default_factory=dict[str, int], init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Prepare for a call."""
        self.reader = ReplyReader(hold=self.whole or self.traits.inline is not False)

    def took_nothing(self) -> bool:
        """Count a call that ended; return whether its length or a stop ended it before it had said anything."""
        self.traits.learn(self.reader)
        for key, value in self.reader.usage.items():
            self._spent[key] = self._spent.get(key, 0) + value
        ended = self.reader.end == "length" or self.reader.reasoned
        return ended and not self.reader.text.strip()

    def piece(self, message: Any) -> AIMessageChunk | None:
        """Return what of the reply is certain with the next message; None where that is nothing."""
        text = self.reader.feed(message)
        return _chunk(text) if text else None

    def last(self, rest: str) -> AIMessageChunk:
        """Return the message that ends the reply: its last text, its tokens, and why it ended."""
        from langchain_core.messages.ai import UsageMetadata

        usage = None
        if self._spent:
            read, written = self._spent.get("input_tokens", 0), self._spent.get("output_tokens", 0)
            usage = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        return _chunk(rest, _ending(self.reader.end, self.reader.cut), usage)


def stored_reply(text: str, cut: str) -> AIMessageChunk:
    """Return a reply that is from the cache."""
    return _chunk(text, {**_ending("stop", cut), CACHED: True})


def _ending(end: str, cut: str) -> dict[str, Any]:
    return {"finish_reason": end, **({CUT: cut} if cut else {})}


def _chunk(text: str, facts: dict[str, Any] | None = None, usage: Any = None) -> AIMessageChunk:
    from langchain_core.messages import AIMessageChunk

    return AIMessageChunk(content=text, response_metadata=facts or {}, usage_metadata=usage)


def estimated(text: str) -> int:
    """Return about how many tokens a text has, never far below what a tokenizer counts.

    A third of a token for each letter of English, a whole one for each digit and other mark, and half a token for each
    byte of UTF-8 beyond ASCII: tokenizers fall back to bytes in scripts they have seen little of. Qwen2.5 counts, of
    this: English .52, German .76, JSON .77, Chinese .35, Korean .53, Arabic .40, Hindi .71, Greek .95, Amharic .96,
    digits 1.04, emoji .70 (tests/generate/test_replies.py). One that was made for English alone counts up to twice as
    many in Korean and Amharic (SmolLM2 1.73 and 1.91).
    """
    letters = sum(map(len, _LETTERS.findall(text)))
    wide = [each for each in text if each > "\x7f"]
    return letters // 3 + len(text) - letters - len(wide) + len("".join(wide).encode("utf-8", "replace")) // 2 + 1


_LETTERS = re.compile(r"[A-Za-z\s]+")
