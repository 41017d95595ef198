"""The token ids of a text for a GGUF model, which llama.cpp's server counts but does not tell."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ragkit.generate.gguf import read_vocabulary

if TYPE_CHECKING:
    from pathlib import Path


class GGUFTokens:
    """Cuts texts into a model's tokens, where its file holds a byte-level BPE as those of GPT-2's kind do.

    Families differ in how they cut before they merge, mostly at digits, and the file names that only by a word. So
    several ways are tried, and the caller keeps the one that has as many tokens as the model counts.

    Args:
        path: the GGUF file.
    """

    def __init__(self, path: Path) -> None:
        tokens, merges = read_vocabulary(path)
        self._ways = _tokenizers(tokens, merges) if merges else ()

    def ids(self, text: str, count: int) -> list[int]:
        """Return the ids of a text's tokens.

        Args:
            text: the text.
            count: tokens that the model counts in it.

        Returns:
            As many ids as ``count``; none where no way of cutting leads to that, or where a token is part of a
            character, which llama.cpp's grammars do not take.
        """
        for way in self._ways:
            ids: list[int] = way.encode(text, add_special_tokens=False).ids
            if len(ids) == count:
                return ids if all("\ufffd" not in way.decode([token]) for token in ids) else []
        return []


@lru_cache(maxsize=4)
def shared_tokens(path: Path) -> GGUFTokens:
    """Return the tokens of a file, read once a process."""
    return GGUFTokens(path)


def _tokenizers(tokens: list[str], merges: list[str]) -> tuple[Any, ...]:
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE

    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), words])
    model = BPE(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=[(left, right) for left, _, right in (merge.partition(" ") for merge in merges)],
    )
    out: list[Any] = []
    for cutter in (digits, words):
        way = Tokenizer(model)
        way.pre_tokenizer, way.decoder = cutter, decoders.ByteLevel()
        out.append(way)
    return tuple(out)
