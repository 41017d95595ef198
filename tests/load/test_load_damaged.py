"""Damaged files that once got past the readers: they raised something unforeseen, or gave what is no text."""

from __future__ import annotations

import gzip

import pytest
from load_builders import make_docx, paragraph

from ragkit.load import RawFile
from ragkit.load.files import load_bytes
from ragkit.testing import damage, file_problems, untyped_errors

DOCX = make_docx(paragraph("Paid in May"))


def read(name, data):
    with untyped_errors() as untyped:
        file = load_bytes(RawFile("folder/" + name, name, data))
    assert untyped == []
    assert file_problems(file) == []
    return file


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", DOCX[300:]),  # members begin before the file does
        ("a.txt.gz", damage(gzip.compress(b"packed words" * 20, mtime=0), "flip", 0.6, 0.6, 3)),
    ],
)
def test_what_unpacking_raises_is_foreseen(name, data):
    assert read(name, data).reason == "corrupt"


def test_text_of_control_characters_only_is_no_text():
    assert read("a.jsonl", b'{"text": "\\u0001\\u0002"}').outcome == "empty"


def test_metadata_of_rows_can_be_stored_whatever_stands_in_them():
    row = b'{"_id": "\\ud800", "text": "x", "a": NaN, "b": [1e999, {"\\udc00": "\\ud800"}], "n": 1.5}'
    (document,) = read("a.jsonl", row).documents
    assert document.id == "\ufffd"
    assert {key: document.metadata[key] for key in "abn"} == {"a": "nan", "b": ["inf", {"\ufffd": "\ufffd"}], "n": 1.5}
