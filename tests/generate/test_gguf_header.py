"""What is read of a GGUF file before a runtime loads it."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.errors import ModelError
from ragkit.generate.llamacpp.gguf import GGUFHeader, read_header

if TYPE_CHECKING:
    from pathlib import Path


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def header(*facts: tuple[str, bytes]) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(facts)) + b"".join(text(key) + value for key, value in facts)


def string(value: str) -> bytes:
    return struct.pack("<I", 8) + text(value)


def uint32(value: int) -> bytes:
    return struct.pack("<II", 4, value)


def strings(*values: str) -> bytes:
    return struct.pack("<IIQ", 9, 8, len(values)) + b"".join(map(text, values))


LLAMA = header(
    ("general.architecture", string("llama")),
    ("general.tags", strings("chat", "日本語")),
    ("general.score", struct.pack("<Id", 12, 0.5)),
    ("llama.context_length", uint32(8192)),
    ("tokenizer.ggml.tokens", strings("a", "b")),
)


def test_architecture_and_context_length_are_read(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(LLAMA)
    assert read_header(file) == GGUFHeader("llama", 8192)


def test_a_file_that_does_not_say_its_context_length_has_none(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(header(("general.architecture", string("llama"))))
    assert read_header(file) == GGUFHeader("llama", 0)


@given(data=st.data())
def test_a_damaged_header_is_read_or_refused_but_never_crashes(tmp_path_factory: Any, data: st.DataObject) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.gguf"
    content = bytearray(LLAMA[: data.draw(st.integers(0, len(LLAMA)))])
    for position in data.draw(st.lists(st.integers(4, max(4, len(content) - 1)), max_size=4)):
        content[position : position + 1] = bytes([data.draw(st.integers(0, 255))])
    file.write_bytes(content)
    with suppress(ModelError):
        read_header(file)


@pytest.mark.parametrize("content", [b"", b"GG", b"PK\x03\x04 something else"])
def test_another_kind_of_file_is_called_no_gguf_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="is no GGUF file"):
        read_header(file)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_header(tmp_path / "none.gguf")
