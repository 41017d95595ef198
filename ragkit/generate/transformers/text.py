"""Messages to the token ids of a prompt, and the tokens of a reply to text as they arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.core.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPEAKERS = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}
_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


def prompt_ids(tokenizer: Any, chat: list[dict[str, Any]], template: str | None = None) -> list[int]:
    """Turn messages into a prompt that ends where the answer begins.

    Args:
        tokenizer: a transformers tokenizer.
        chat: ``{"role", "content"}`` objects.
        template: Jinja template instead of the tokenizer's own.

    Raises:
        GenerationError: the model's template does not take this sequence of messages.
    """
    if not (template or tokenizer.chat_template):
        return tokenizer(plain_prompt(chat), verbose=False)["input_ids"]
    from jinja2 import TemplateError

    try:
        return _templated(tokenizer, chat, template)
    except TemplateError as error:
        # Some templates have no place for a system message; its words then begin the first question.
        if chat and chat[0]["role"] == "system":
            try:
                return _templated(tokenizer, _without_system(chat), template)
            except TemplateError:
                pass
        raise GenerationError(f"the model's chat template refuses these messages: {error}") from error


def plain_prompt(chat: list[dict[str, Any]]) -> str:
    """Write messages for a model that was not trained on conversations.

    Instructions and a question are left as they are, one paragraph each; as soon as there are turns of both sides, each
    gets its speaker's name, and the assistant's stands open at the end.
    """
    if all(message["role"] in ("system", "user") for message in chat):
        return "\n\n".join(message["content"] for message in chat)
    turns = [f"{_SPEAKERS.get(message['role'], 'User')}: {message['content']}" for message in chat]
    return "\n\n".join([*turns, f"{_SPEAKERS['assistant']}:"])


def _templated(tokenizer: Any, chat: list[dict[str, Any]], template: str | None) -> list[int]:
    encoded = tokenizer.apply_chat_template(
        chat, chat_template=template, add_generation_prompt=True, tokenize=True, return_dict=True
    )
    return encoded["input_ids"]


def _without_system(chat: list[dict[str, Any]]) -> list[dict[str, Any]]:
    system, first, *rest = [*chat, {"role": "user", "content": ""}][: max(len(chat), 2)]
    return [{**first, "content": f"{system['content']}\n\n{first['content']}".strip()}, *rest]


class Detokenizer:
    """Turn token ids into text, holding back tokens that end within a character.

    The pieces add up to the text of all tokens, whatever way they arrive.

    Args:
        tokenizer: a transformers tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        # Tokens [_from, _returned) are those of the piece before, decoded again since spaces depend on them.
        self._from = 0
        self._returned = 0

    def feed(self, token: int) -> str:
        """Take a token; return the text that is now certain."""
        self._ids.append(token)
        # A token alone may decode without its leading space, and a character may be spread over several tokens: so the
        # tokens of the piece before are decoded again, once with and once without the new ones.
        before, after = self._window()
        if len(after) <= len(before) or after.endswith(_INCOMPLETE):
            return ""
        self._from, self._returned = self._returned, len(self._ids)
        return after[len(before) :]

    def close(self) -> str:
        """Return what is left, characters that stayed incomplete as replacement characters."""
        before, after = self._window()
        self._from = self._returned = len(self._ids)
        return after[len(before) :]

    def _window(self) -> tuple[str, str]:
        return self._decode(self._ids[self._from : self._returned]), self._decode(self._ids[self._from :])

    def _decode(self, ids: list[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


class StopFilter:
    """Pass text on up to the first stop string; hold back what may turn out to be the beginning of one.

    Attributes:
        stopped: whether a stop string has been seen.

    Args:
        stops: strings that end the text; empty ones are ignored.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Take text; return what surely stands before any stop string."""
        if self.stopped:
            return ""
        self._held += text
        # The one that is complete first counts, for then the outcome does not hang on how the text was cut up.
        found = [(start + len(stop), start) for stop in self._stops if (start := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            safe, self._held = self._held[: min(found)[1]], ""
            return safe
        keep = self._possible_start()
        safe, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return safe

    def close(self) -> str:
        """Return what was held back and never became a stop string."""
        rest, self._held = self._held, ""
        return rest

    def _possible_start(self) -> int:
        """Length of the longest end of the held text that begins a stop string."""
        # At most the longest stop string less one character can be the beginning of one.
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0
