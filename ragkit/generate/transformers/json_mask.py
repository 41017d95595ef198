"""Tokens that would leave a JSON schema are struck out while a transformers model generates, with llguidance.

This module imports torch and transformers at its top; import it where they are needed anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import LogitsProcessor

from ragkit.core.errors import GenerationError, ModelError
from ragkit.generate.structured import check_installed

if TYPE_CHECKING:
    from collections.abc import Iterable

# Blanks between tokens are fixed: where they are free, a small model can go on writing them for ever.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


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
    """Leave each row of a batch only the tokens that its JSON can go on with.

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
        bias = torch.frombuffer(bytearray(matcher.compute_logit_bias()), dtype=torch.uint8)
        return bias[:width] > 0
