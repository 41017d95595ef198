"""Compressed single files are read as what they hold, within limits."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from ragkit.load import Limits, load_file

ROWS = '{"_id": "a", "text": "Repairs take nine days."}\n{"_id": "b", "text": "Bread costs 4 euros."}\n'


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_a_compressed_corpus_gives_a_document_a_row(tmp_path: Path, suffix: str, pack):
    path = tmp_path / f"corpus.jsonl.{suffix}"
    path.write_bytes(pack(ROWS.encode()))
    loaded = load_file(path)
    assert [(document.id, document.page_content) for document in loaded.documents] == [
        ("a", "Repairs take nine days."),
        ("b", "Bread costs 4 euros."),
    ]
    assert loaded.documents[0].metadata["source"] == str(path)


def test_a_cut_off_file_is_corrupt(tmp_path: Path):
    path = tmp_path / "notes.txt.gz"
    path.write_bytes(gzip.compress(b"Repairs take nine days. " * 100)[:-20])
    loaded = load_file(path)
    assert (loaded.outcome, loaded.reason) == ("error", "corrupt")


def test_a_bomb_is_refused_by_size_and_by_ratio(tmp_path: Path):
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 20_000_000))
    assert load_file(path).reason == "too-large"
    assert load_file(path, limits=Limits(inflated_bytes=1_000_000)).reason == "too-large"
