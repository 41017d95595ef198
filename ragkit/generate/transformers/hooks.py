"""What takes part in transformers' generation loop: padding, stop strings, a tap for its tokens, JSON schemas.

This module imports torch and transformers at its top; import it where they are needed anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor, StoppingCriteria
from transformers.generation.streamers import BaseStreamer

from ragkit.core.errors import GenerationError, ModelError
from ragkit.generate.structured import check_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# Blanks between tokens are fixed: where they are free, a small model can go on writing them for ever.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def padded(prompts: Sequence[Sequence[int]], pad: int, *, left: bool, device: Any) -> tuple[Any, Any]:
    """Stack prompts of different lengths.

    Returns:
        Token ids and attention mask, int64 tensors of shape (prompts, longest).
    """
    width = max(map(len, prompts))
    ids, mask = torch.full((len(prompts), width), pad), torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        columns = slice(width - len(prompt), width) if left else slice(0, len(prompt))
        ids[row, columns] = torch.tensor(prompt, dtype=torch.long)
        mask[row, columns] = 1
    return ids.to(device), mask.to(device)


class StopStrings(StoppingCriteria):
    """End a row once one of the strings is in its answer.

    Args:
        tokenizer: the model's.
        stops: the strings.
        start: column where answers begin, so that a prompt may hold them.
    """

    def __init__(self, tokenizer: Any, stops: Sequence[str], start: int) -> None:
        self._tokenizer, self._stops, self._start = tokenizer, stops, start
        # Only the end is decoded, or each step would cost as much as the whole answer so far.
        # A string that has just been completed lies within as many tokens as it has bytes.
        self._reach = max(len(stop.encode()) for stop in stops) + 1

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Return for each row whether it has ended: a bool tensor of shape (rows,)."""
        rows: list[list[int]] = input_ids[:, self._start :][:, -self._reach :].tolist()
        texts = [self._tokenizer.decode(row, skip_special_tokens=True) for row in rows]
        ended = [any(stop in text for stop in self._stops) for text in texts]
        return torch.tensor(ended, dtype=torch.bool, device=input_ids.device)


class TokenTap(StoppingCriteria, BaseStreamer):
    """Hand over each token as it is made, and end the loop when the receiver wants no more.

    Args:
        emit: takes a token and returns whether to stop.
    """

    def __init__(self, emit: Callable[[int], bool]) -> None:
        self._emit = emit
        self._prompt_seen = False
        self._unwanted = False

    def put(self, value: Any) -> None:
        """Take the tokens of a step; the first call brings the prompt."""
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        for token in value.flatten().tolist():
            self._unwanted = self._emit(token)

    def end(self) -> None:
        """Do nothing: the reader learns of the end from the end of the thread's work."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Return for each row whether it has ended: a bool tensor of shape (rows,)."""
        return torch.full((input_ids.shape[0],), self._unwanted, dtype=torch.bool, device=input_ids.device)


def grammar_tokenizer(tokenizer: Any, ends: Iterable[int], width: int) -> Any:
    """Make llguidance's own form of a tokenizer; it takes up to a second and serves for all schemas.

    Args:
        tokenizer: transformers' tokenizer.
        ends: tokens that end an answer.
        width: scores that the model gives for each step, padding of its vocabulary included.

    Raises:
        MissingExtra: llguidance is not installed.
        ModelError: the tokenizer is of a kind that llguidance cannot read, or has no end token.
    """
    check_installed()
    from llguidance.hf import from_tokenizer

    stops = sorted(ends) or [tokenizer.eos_token_id]
    try:
        return from_tokenizer(tokenizer, n_vocab=width, eos_token=stops)
    except (ValueError, TypeError) as error:
        raise ModelError(f"answers of this model cannot be held to a schema ({error}): use another model") from error


class JsonMask(LogitsProcessor):
    """Leave each row of a batch only the tokens with which its JSON can continue.

    Args:
        tokenizer: what `grammar_tokenizer` made.
        schema: the JSON schema, as text.

    Raises:
        GenerationError: the schema cannot be enforced.
    """

    def __init__(self, tokenizer: Any, schema: str) -> None:
        from llguidance import LLMatcher

        try:
            grammar = LLMatcher.grammar_from_json_schema(schema, overrides=_LAYOUT)  # pyright: ignore[reportArgumentType]
        except ValueError as error:
            raise GenerationError(f"this is no JSON schema: {error}") from error
        self._first = LLMatcher(tokenizer, grammar, log_level=0)
        if self._first.is_error():
            reason = self._first.get_error().strip().splitlines()[0]
            raise GenerationError(f"the JSON schema cannot be enforced ({reason}): write a simpler one")
        self._ends = tokenizer.eos_tokens
        self._rows: list[Any] = []

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return scores of shape (rows, vocabulary) with those of tokens that are not allowed at minus infinity."""
        if not self._rows:
            self._rows = [self._first.deep_copy() for _ in range(input_ids.shape[0])]
        else:
            for matcher, token in zip(self._rows, input_ids[:, -1].tolist(), strict=True):
                if not matcher.is_stopped():  # what follows the end of a row is padding
                    matcher.consume_token(token)
        allowed = torch.stack([self._allowed(matcher, scores.shape[1]) for matcher in self._rows])
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))

    def _allowed(self, matcher: Any, width: int) -> Any:
        if matcher.is_error():
            raise GenerationError(f"the answer could not be held to the schema: {matcher.get_error()}")
        if matcher.is_stopped():
            allowed = torch.zeros(width, dtype=torch.bool)
            allowed[self._ends] = True
            return allowed
        # One byte a token, above 0 where it is allowed; a vocabulary may be padded beyond the scores' width.
        bias = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)
        return bias[:width] > 0
