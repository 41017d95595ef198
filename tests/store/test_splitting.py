"""An index remembers how its passages were cut."""

from __future__ import annotations

import logging

import pytest

from ragkit import Index
from ragkit.core.registry import register, unregister
from ragkit.split import Splitter

TEXT = " ".join(f"Sentence number {number} has some words in it." for number in range(20))


@pytest.fixture
def folder(tmp_path, monkeypatch, models_dir):
    """A folder to index, whose environment can change between two runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "a.txt").write_text(TEXT)
    yield tmp_path
    monkeypatch.undo()


def synced(folder):
    return Index(folder / "i.index").sync(folder / "documents")


def cut_anew(folder):
    return Index(folder / "i.index").reembed()


def test_new_passages_are_cut_as_the_settings_say(folder, monkeypatch):
    monkeypatch.setenv("RAGKIT_CHUNK_TOKENS", "20")
    assert synced(folder).chunks > 5


def test_an_index_goes_on_as_it_began_and_says_what_would_change_that(folder, monkeypatch, caplog):
    once = synced(folder).chunks
    monkeypatch.setenv("RAGKIT_CHUNK_TOKENS", "20")
    (folder / "documents" / "b.txt").write_text(TEXT.replace("words", "letters"))
    with caplog.at_level(logging.WARNING, "ragkit.ingest.stages"):
        assert synced(folder).files[1].chunks == once
    assert "chunk_tokens None, now 20" in caplog.text
    assert "ragkit index --reembed" in caplog.text


def test_re_embedding_cuts_all_passages_anew(folder, monkeypatch, caplog):
    once = synced(folder).chunks
    monkeypatch.setenv("RAGKIT_CHUNK_TOKENS", "20")
    assert cut_anew(folder).chunks > 2 * once
    with caplog.at_level(logging.WARNING, "ragkit.ingest.stages"):
        synced(folder)
    assert not [record for record in caplog.records if record.name == "ragkit.ingest.stages"]


def test_an_index_cut_by_an_older_ragkit_says_so(folder, caplog):
    synced(folder)
    index = Index(folder / "i.index")
    index.store.set_setting("splitting", index.store.setting("splitting") | {"version": "1"})
    index.close()
    with caplog.at_level(logging.WARNING, "ragkit.ingest.stages"):
        synced(folder)
    assert "version 1, now" in caplog.text


def test_an_added_splitter_cuts_a_new_index_and_is_remembered(folder, monkeypatch, caplog):
    register("splitters", "tiny", lambda tokenizer, size=20: Splitter(tokenizer, chunk_tokens=size))
    monkeypatch.setenv("RAGKIT_SPLITTER", "tiny?size=15")
    try:
        few = synced(folder).chunks
        monkeypatch.delenv("RAGKIT_SPLITTER")
        (folder / "documents" / "b.txt").write_text(TEXT.replace("words", "letters"))
        with caplog.at_level(logging.WARNING, "ragkit.ingest.stages"):
            assert synced(folder).files[1].chunks == few > 8
        assert "splitter tiny?size=15, now structure" in caplog.text
    finally:
        unregister("splitters", "tiny")


def test_an_index_from_before_splitters_could_be_chosen_has_ragkits_own(folder, caplog):
    synced(folder)
    index = Index(folder / "i.index")
    kept = index.store.setting("splitting")
    index.store.set_setting("splitting", {key: kept[key] for key in kept if key != "splitter"})
    index.close()
    with caplog.at_level(logging.WARNING, "ragkit.ingest.stages"):
        synced(folder)
    assert not [record for record in caplog.records if record.name == "ragkit.ingest.stages"]
