"""The embedding model's own tokenizer: counts and offsets that are never truncated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Encoding


class ModelTokenizer:
    """A ``tokenizer.json`` with its truncation and padding switched off (ragkit does both itself and counts).

    Args:
        folder: the model's folder.
        limit: tokens the model reads, special tokens included.
        prefix: text put before every passage; its tokens count against the limit.

    Attributes:
        max_tokens: content tokens a text may have.
    """

    def __init__(self, folder: Path, limit: int, prefix: str = "") -> None:
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.exists():
            raise ModelError(f"{folder} has no tokenizer.json: use runtime=torch for this model")
        self._tokenizer: Any = Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.specials: int = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        self.limit = limit
        self.max_tokens: int = limit - self.specials - (self.count(prefix) if prefix else 0)

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Encode with special tokens, at full length; without offsets, which cost time."""
        return self._tokenizer.encode_batch_fast([_encodable(text) for text in texts])

    def encode_with_offsets(self, text: str) -> Encoding:
        """Encode one text with special tokens, at full length, and say where its tokens stand."""
        return self._tokenizer.encode(_encodable(text))

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Character span of every content token of ``text``."""
        return self._tokenizer.encode(_encodable(text), add_special_tokens=False).offsets

    def count(self, text: str) -> int:
        """Content tokens of ``text``."""
        return len(self._tokenizer.encode_batch_fast([_encodable(text)], add_special_tokens=False)[0].ids)

    def tokens(self, text: str) -> list[str]:
        """The content tokens themselves, for explanations."""
        return self._tokenizer.encode(_encodable(text), add_special_tokens=False).tokens


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold; the length stays the same."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)
