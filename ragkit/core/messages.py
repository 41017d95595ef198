"""What a chat model returned: its text without reasoning, why it ended, the tokens it took.

Everything that reads replies reads them through :class:`ReplyReader`: the generator of chains, and grounding as the
last step of somebody else's chain. LangChain is not imported for it.
"""

from __future__ import annotations

import re
from typing import Any, Literal

End = Literal["", "stop", "length", "filter", "error"]

CUT = "cut"  # key of a message's metadata: why the reply ended before it was whole, in words

# Reasons of an end that is none of the model's own, in the words of OpenAI, Anthropic, Google, Cohere, Mistral,
# Bedrock, DeepSeek, Ollama and OpenRouter.
_REASONS: dict[End, str] = {
    "length": (
        "length max_tokens max_output_tokens max_length model_length incomplete token_limit error_limit "
        "model_context_window_exceeded"
    ),
    "filter": (
        "content_filter content_filtered safety image_safety recitation blocklist prohibited_content spii refusal "
        "sensitive guardrail_intervened error_toxic language"
    ),
    "error": (
        "error network_error insufficient_system_resource abort aborted cancelled canceled failed timeout load "
        "malformed_function_call"
    ),
}
_ENDS: dict[str, End] = {name: end for end, names in _REASONS.items() for name in names.split()}
_ENDINGS = ("finish_reason", "stop_reason", "stopReason", "done_reason", "status")  # where providers say why
_WORDS: dict[str, str] = {
    "length": "the reply reached its longest length",
    "filter": "a content filter ended the reply",
    "error": "an error of the server ended the reply",
}

# How models mark their reasoning where the server leaves it in the text: DeepSeek and Qwen, Claude's prompts, Gemma,
# Granite, ByteDance, Mistral, Kimi, Sky-T1, gpt-oss.
_BLOCKS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|channel|>analysis": "<|channel|>final<|message|>",
}
_OPENING = re.compile(rf"(?:\A|\n)\s*({'|'.join(map(re.escape, _BLOCKS))})", re.IGNORECASE)
_CLOSE = "|".join(map(re.escape, _BLOCKS.values()))
# A closing tag without its opening one begins or ends a line; in the middle of one, a sentence speaks of it. Nobody
# speaks of gpt-oss's special tokens.
_CLOSING = re.compile(
    rf"(?:\A|\n)[ \t]*(?:{_CLOSE})|(?:{_CLOSE})[ \t]*(?=\n)|<\|channel\|>final<\|message\|>", re.IGNORECASE
)
_LONGEST = 40  # characters of a closing tag with the blanks before it


def text_of(message: Any) -> str:
    """Return the text of a message or of a part of one."""
    return message if isinstance(message, str) else str(message.text)


def usage_of(message: Any) -> dict[str, int]:
    """Return ``input_tokens`` and ``output_tokens`` of a message, where known; ``cached_replies`` of a cached one."""
    if getattr(message, "response_metadata", {}).get("cached_reply"):
        return {"cached_replies": 1}
    usage = getattr(message, "usage_metadata", None) or {}
    return {key: int(usage[key]) for key in ("input_tokens", "output_tokens") if usage.get(key) is not None}


def cut_of(message: Any) -> str:
    """Return why a generator's reply ended before it was whole, in words; its last message says so, others do not."""
    return str(getattr(message, "response_metadata", {}).get(CUT) or "")


class Tally:
    """Tokens of one reply, from the counts on its messages: parts that add up, or each the total so far.

    A prompt is read once. So where a second message counts its tokens again, each count is a total (vLLM's
    ``continuous_usage_stats``, OpenRouter, xAI), and the largest is right; otherwise they are parts.
    """

    def __init__(self) -> None:
        self.tokens: dict[str, int] = {}
        self._totals = False

    def add(self, usage: dict[str, int]) -> dict[str, int]:
        """Count the tokens of the next message; return by how much they raise the sums."""
        before = dict(self.tokens)
        self._totals = self._totals or bool(usage.get("input_tokens") and before.get("input_tokens"))
        for key, value in usage.items():
            was = before.get(key, 0)
            self.tokens[key] = max(was, value) if self._totals else was + value
        return {key: self.tokens[key] - before.get(key, 0) for key in usage}


class ReplyReader:
    """Reads the messages of one reply as they stream in; a state machine that sync and async drivers share.

    Args:
        hold: whether text is held back until it is certain that none of it was reasoning: to the end, or to the first
            tag. Some servers send the closing tag alone, behind reasoning that looks like text.
    """

    def __init__(self, *, hold: bool = False) -> None:
        self.text = ""
        self.end: End = ""
        self.reasoned = False
        self._hold = hold
        self._held = ""
        self._tally = Tally()
        self._thoughts = _Thoughts()

    @property
    def usage(self) -> dict[str, int]:
        """Tokens read and written, where known."""
        return self._tally.tokens

    @property
    def cut(self) -> str:
        """Why the reply ended before it was whole, in words; empty where it is whole."""
        words = _WORDS.get(self.end, "")
        return f"{words} before it said anything" if words and not self.text.strip() else words

    def feed(self, message: Any) -> str:
        """Take the next message, or a text; return what of the reply is certain now."""
        if not isinstance(message, str):
            self._tally.add(usage_of(message))
            self.end = _end_of(message) or self.end
            if getattr(message, "additional_kwargs", {}).get("reasoning_content"):
                # A server that parts reasoning from text leaves none in the text.
                self.reasoned, self._hold = True, False
        return self._give(self._thoughts.feed(text_of(message)))

    def close(self) -> str:
        """Return what was held back when the reply ended."""
        return self._give(self._thoughts.close(), last=True)

    def _give(self, text: str, *, last: bool = False) -> str:
        self.reasoned = self.reasoned or self._thoughts.found
        if self._hold:
            searched = max(len(self._held) - _LONGEST, 0)
            self._held += text
            # The line end behind the last word of a reply is seldom there.
            ends = list(_CLOSING.finditer(f"{self._held}\n" if last else self._held, searched))
            if ends:
                self._held, self.reasoned = self._held[ends[-1].end() :], True
            if not ends and not self._thoughts.closed and not last:
                return ""
            self._hold = False
            text, self._held = self._held, ""
        # Blank lines between the reasoning and the answer belong to neither.
        given = text if self.text or not self.reasoned else text.lstrip()
        self.text += given
        return given


def without_reasoning(reply: str) -> str:
    """Return a whole reply without its reasoning."""
    reader = ReplyReader(hold=True)
    return reader.feed(reply) + reader.close()


class _Thoughts:
    """Takes blocks of reasoning out of a text that streams in; one that is never closed is reasoning to the end."""

    def __init__(self) -> None:
        self.found = False  # a block has begun
        self.closed = False  # a block has ended
        self._closing: re.Pattern[str] | None = None
        self._pending = ""
        self._line = True  # what is pending begins a line

    def feed(self, text: str) -> str:
        """Take more text; return what is certain to be none of a block."""
        self._pending += text
        out = ""
        while self._closing is not None or self._pending:
            if self._closing is not None:
                end = self._closing.search(self._pending)
                if end is None:
                    break
                self._pending, self._closing = self._pending[end.end() :], None
                self.closed = self._line = True
                continue
            begin = next((each for each in _OPENING.finditer(self._pending) if self._line or "\n" in each[0]), None)
            if begin is None:
                return out + self._certain()
            out += self._pending[: begin.start()]
            self._closing = re.compile(re.escape(_BLOCKS[begin[1].lower()]), re.IGNORECASE)
            self._pending, self.found = self._pending[begin.end() :], True
        return out

    def close(self) -> str:
        """Return what is left when the text ends: nothing of a block that is still open."""
        rest = "" if self._closing is not None else self._pending
        self._pending = ""
        return rest

    def _certain(self) -> str:
        """Take off what is pending all that no opening tag can begin in."""
        last = self._pending.rfind("\n")
        start = last if last >= 0 else 0 if self._line else len(self._pending)
        # From the last line's beginning, and the blank lines before it.
        start = len(self._pending[:start].rstrip()) if last >= 0 else start
        line = self._pending[start:].strip().lower()
        if line and not any(each.startswith(line) for each in _BLOCKS):
            start = len(self._pending)
        given, self._pending = self._pending[:start], self._pending[start:]
        if given:
            self._line = False
        return given


def _end_of(message: Any) -> End:
    facts: dict[str, Any] = getattr(message, "response_metadata", None) or {}
    named = next((str(facts[name]) for name in _ENDINGS if facts.get(name)), "")
    return _ENDS.get(named.lower(), "stop") if named else ""
