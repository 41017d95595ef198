"""GGUF files without a runtime: finding one, the few facts of its header that are needed before, and its tokens.

llama.cpp's server counts a text's tokens but does not return their ids, so they are made here from the vocabulary.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"GGUF"
# Types of values by their numbers in the format, as `struct` names them; 8 is a string, 9 an array.
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """Facts of a GGUF file's header.

    Attributes:
        architecture: the model's family as llama.cpp names it, for example ``llama``; empty where it is absent.
        context_length: tokens the model was trained to hold; 0 where it is absent.
    """

    architecture: str
    context_length: int


def read_header(path: Path) -> GGUFHeader:
    """Read the header of a GGUF file.

    Raises:
        ModelError: the file is missing, no GGUF file, or ends within its header.
    """
    facts: dict[str, Any] = {}
    for key, value in _facts(path):
        facts[key] = value
        architecture = str(facts.get("general.architecture", ""))
        context_length = facts.get(f"{architecture}.context_length")
        # What follows are vocabularies of many thousand strings, which would take longer to read than is worthwhile.
        if architecture and context_length is not None:
            return GGUFHeader(architecture, int(context_length))
    return GGUFHeader(str(facts.get("general.architecture", "")), 0)


def read_vocabulary(path: Path) -> tuple[list[str], list[str]]:
    """Read the tokens of a model and the merges that make them, both empty where the file holds none of the kind.

    Returns:
        Tokens by their ids, written as byte-level BPE writes them, and pairs to merge, the first to be merged first.

    Raises:
        ModelError: the file cannot be read.
    """
    facts = dict(_facts(path))
    return facts.get("tokenizer.ggml.tokens", []), facts.get("tokenizer.ggml.merges", [])


def find_gguf(model: str, models_dir: str | None = None) -> Path:
    """Find the file that a catalogue name or a path stands for.

    Raises:
        ModelError: there is none.
    """
    from pathlib import Path

    from ragkit import models

    folder = Path(models_dir) if models_dir else None
    found = models.locate(model, folder)
    if found is None:
        if model.endswith(".gguf") or any(mark in model for mark in ("/", "\\")):
            raise ModelError(
                f"there is no file {model}: give the path of a .gguf file or a name of 'ragkit models list'"
            )
        found = models.path(model, folder)
    if not found.is_dir():
        return found
    # A folder of several quantisations names no model: which one is meant is the user's to say.
    files = sorted(found.glob("*.gguf"))
    if len(files) != 1:
        raise ModelError(f"{found} holds {len(files) or 'no'} .gguf files: give the path of one")
    return files[0]


def _facts(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a file's header as they are read.

    The layout (GGUF 2 and 3, all little-endian): the magic ``GGUF``; uint32 version; uint64 numbers of tensors and of
    facts; then for each fact its key (a uint64 length and UTF-8), a uint32 type, and a value of that type.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                raise ModelError(f"{path} is no GGUF file: give the path of a .gguf model file")
            size = path.stat().st_size
            _version, _tensors, count = struct.unpack("<IQQ", file.read(20))
            for _ in range(count):
                key = _read_string(file, size).decode("utf-8")
                (kind,) = struct.unpack("<I", file.read(4))
                yield key, _read_value(file, kind, size)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): check the path and its permissions") from error
    except (struct.error, UnicodeDecodeError, KeyError, ValueError) as error:
        raise ModelError(f"{path} is a damaged GGUF file (its header does not parse): get the file again") from error


def _read_string(file: BinaryIO, size: int) -> bytes:
    (length,) = struct.unpack("<Q", file.read(8))
    # A damaged length may be any number: refused before memory is reserved for it.
    if length > size:
        raise ValueError(f"a string of {length} bytes in a file of {size}")
    data = file.read(length)
    if len(data) < length:
        raise ValueError("the file ends within a string")
    return data


def _read_value(file: BinaryIO, kind: int, size: int) -> Any:
    if kind == _STRING:
        return _read_string(file, size).decode("utf-8", "replace")
    if kind == _ARRAY:
        inner, length = struct.unpack("<IQ", file.read(12))
        if length > size:
            raise ValueError(f"an array of {length} items in a file of {size} bytes")
        return [_read_value(file, inner, size) for _ in range(length)]
    form = _SCALARS[kind]
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


class GGUFTokens:
    """Cuts texts into a model's tokens, where its file holds a byte-level BPE as those of GPT-2's kind do.

    Families differ in how they cut before they merge, mostly at digits, and the file names that only by a word. So
    several ways are tried, and the one counts that has as many tokens as the model counts.

    Args:
        path: the GGUF file.
    """

    def __init__(self, path: Path) -> None:
        tokens, merges = read_vocabulary(path)
        self._cutters = _tokenizers(tokens, merges) if merges else ()

    def ids(self, text: str, count: int) -> list[int]:
        """Return the ids of a text's tokens.

        Args:
            text: the text.
            count: tokens that the model counts in it.

        Returns:
            As many ids as ``count``; none where no way of cutting leads to that, or where a token is part of a
            character, which llama.cpp's grammars do not take.
        """
        for cutter in self._cutters:
            ids: list[int] = cutter.encode(text, add_special_tokens=False).ids
            # The first way whose number of tokens agrees with the model's own count is taken for the model's.
            if len(ids) == count:
                return ids if all("\ufffd" not in cutter.decode([token]) for token in ids) else []
        return []


@lru_cache(maxsize=4)
def shared_tokens(path: Path) -> GGUFTokens:
    """Return the tokens of a file, read once a process."""
    return GGUFTokens(path)


def _tokenizers(tokens: list[str], merges: list[str]) -> tuple[Any, ...]:
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE

    # GPT-2's expression alone, and (as in SmolLM and Qwen) with each digit a word of its own before it.
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), words])
    model = BPE(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=[(left, right) for left, _, right in (merge.partition(" ") for merge in merges)],
    )
    out: list[Any] = []
    for cut in (digits, words):
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer, tokenizer.decoder = cut, decoders.ByteLevel()
        out.append(tokenizer)
    return tuple(out)
