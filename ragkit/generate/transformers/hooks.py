"""What takes part in transformers' generation loop: padding, stop strings, and a tap for its tokens.

This module imports torch and transformers at its top; import it where they are needed anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from transformers import StoppingCriteria
from transformers.generation.streamers import BaseStreamer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


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
        # A string that has just been completed lies within as many tokens as it has bytes.
        self._reach = max(len(stop.encode()) for stop in stops) + 1

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Say for each row whether it has ended: a bool tensor of shape (rows,)."""
        rows: list[list[int]] = input_ids[:, self._start :][:, -self._reach :].tolist()
        texts = [self._tokenizer.decode(row, skip_special_tokens=True) for row in rows]
        ended = [any(stop in text for stop in self._stops) for text in texts]
        return torch.tensor(ended, dtype=torch.bool, device=input_ids.device)


class TokenTap(StoppingCriteria, BaseStreamer):
    """Hand over each token as it is made, and end the loop when the taker wants no more.

    Args:
        emit: takes a token and says whether to stop.
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
        """Do nothing: the end of the thread's work is what tells the reader."""

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        """Say for each row whether it has ended: a bool tensor of shape (rows,)."""
        return torch.full((input_ids.shape[0],), self._unwanted, dtype=torch.bool, device=input_ids.device)
