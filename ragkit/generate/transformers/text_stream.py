"""Tokens to text as they arrive: whole characters only, and nothing from a stop string on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


class Detokenizer:
    """Turn token ids into text, holding back tokens that end within a character.

    The pieces add up to the text of all tokens, whatever way they arrive.

    Args:
        tokenizer: a transformers tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._ids: list[int] = []
        self._from = 0  # where the tokens start that are decoded again, since spaces depend on what came before
        self._shown = 0  # tokens whose text was given out

    def feed(self, token: int) -> str:
        """Take a token; return the text that is now certain."""
        self._ids.append(token)
        before, after = self._window()
        if len(after) <= len(before) or after.endswith(_INCOMPLETE):
            return ""
        self._from, self._shown = self._shown, len(self._ids)
        return after[len(before) :]

    def close(self) -> str:
        """Return what is left, characters that stayed incomplete as replacement characters."""
        before, after = self._window()
        self._from = self._shown = len(self._ids)
        return after[len(before) :]

    def _window(self) -> tuple[str, str]:
        return self._decode(self._ids[self._from : self._shown]), self._decode(self._ids[self._from :])

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
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0
