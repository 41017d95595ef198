"""Bringing an index to what files hold: new, changed, gone, unreadable; nothing embedded twice."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_work import Pipeline, Work, pipeline_of, rows_file

from ragkit.core.errors import ModelError
from ragkit.core.types import LoadedFile
from ragkit.ingest.run import Synchroniser
from ragkit.load.readers import READERS
from ragkit.store.care.verify import verify_store

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.documents import Document


def test_new_files_are_indexed_and_found(work: Work):
    work.write("a.txt", "Parental leave is ninety days.")
    report = work.sync()
    assert work.outcomes(report) == {"a.txt": "indexed"}
    assert (report.chunks, report.characters, report.embedded) == (1, 30, 1)
    assert work.found("parental leave") == ["Parental leave is ninety days."]


def test_a_second_run_changes_and_embeds_nothing(work: Work):
    work.write("a.txt", "Parental leave is ninety days.")
    work.sync()
    before, version = work.content(), work.store.version()
    report = work.sync()
    assert work.outcomes(report) == {"a.txt": "unchanged"}
    assert (report.embedded, report.chunks, report.characters) == (0, 1, 30)
    assert (work.content(), work.store.version()) == (before, version)


def test_changed_content_replaces_the_old(work: Work):
    work.write("a.txt", "Leave is ninety days.")
    work.sync()
    work.write("a.txt", "Leave is twelve weeks.")
    assert work.outcomes(work.sync()) == {"a.txt": "updated"}
    assert work.found("leave") == ["Leave is twelve weeks."]
    assert work.nearest("leave") == ["Leave is twelve weeks."]
    assert work.found("ninety") == []


def test_content_that_changed_under_the_same_size_and_time_is_seen_with_rehash(work: Work):
    path = work.write("a.txt", "cat")
    work.sync()
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    work.write("a.txt", "dog")
    os.utime(path, ns=times)
    assert work.outcomes(work.sync()) == {"a.txt": "unchanged"}
    assert work.outcomes(work.sync(rehash=True)) == {"a.txt": "updated"}
    assert work.found("dog") == ["dog"]


def test_a_moved_modification_time_alone_embeds_nothing(work: Work):
    path = work.write("a.txt", "Leave is ninety days.")
    work.sync()
    os.utime(path, ns=(1, 1))
    report = work.sync()
    assert work.outcomes(report) == {"a.txt": "unchanged"}
    assert report.embedded == 0
    assert work.store.source(str(path)).modified_ns == 1


def test_removed_files_stay_until_pruned(work: Work):
    work.write("a.txt", "The cat sleeps.")
    gone = work.write("b.txt", "The dog barks.")
    work.sync()
    gone.unlink()
    assert work.outcomes(work.sync()) == {"a.txt": "unchanged"}
    assert work.found("dog") == ["The dog barks."]
    assert work.outcomes(work.sync(prune=True)) == {"a.txt": "unchanged", "b.txt": "removed"}
    assert work.found("dog") == []
    assert work.nearest("dog") == ["The cat sleeps."]


def test_an_empty_file_is_skipped_with_its_reason_and_remembered(work: Work):
    work.write("a.txt", "")
    first, second = work.sync(), work.sync()
    assert work.outcomes(first) == work.outcomes(second) == {"a.txt": "skipped"}
    assert first.files[0] == second.files[0]
    assert (first.files[0].reason, first.files[0].detail) == ("empty", "has no bytes")


def test_a_file_that_becomes_empty_leaves_the_index(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    work.write("a.txt", "")
    assert work.outcomes(work.sync()) == {"a.txt": "skipped"}
    assert work.found("cat") == []


def test_a_damaged_file_fails_alone_and_says_so_at_every_run(work: Work):
    work.write("a.pdf", b"%PDF-1.7 nothing more")
    work.write("b.txt", "The cat sleeps.")
    first, second = work.sync(), work.sync()
    assert work.outcomes(first) == {"a.pdf": "failed", "b.txt": "indexed"}
    assert work.outcomes(second) == {"a.pdf": "failed", "b.txt": "unchanged"}
    assert first.files[0] == second.files[0]
    assert first.files[0].reason == "corrupt"
    assert ":" in first.files[0].detail


@pytest.mark.parametrize("option", ["retry", "rehash"])
def test_what_gave_no_text_is_read_again_only_when_asked(work: Work, monkeypatch, option):
    work.write("a.txt", "The cat sleeps.")
    work.write("b.txt", "The dog barks.")
    monkeypatch.setitem(READERS, "text/plain", "nowhere_to_be_found:read")
    assert set(work.outcomes(work.sync()).values()) == {"failed"}
    monkeypatch.undo()
    assert set(work.outcomes(work.sync()).values()) == {"failed"}
    assert set(work.outcomes(work.sync(**{option: True})).values()) == {"indexed"}
    assert work.found("cat") == ["The cat sleeps."]


def test_a_path_that_is_left_out_has_a_row_until_it_is_left_out_no_more(work: Work):
    path = work.write("a.txt", "The cat sleeps.")
    row = LoadedFile(str(path), "skipped", reason="ignored", detail="is left out by a rule: change that")
    synchroniser = Synchroniser(work.store, pipeline_of(work.embedder))
    report = synchroniser.run([row])
    assert [(file.outcome, file.reason, file.detail) for file in report.files] == [("skipped", "ignored", row.detail)]
    assert work.store.source(str(path)).outcome == "skipped"
    assert work.outcomes(work.sync()) == {"a.txt": "indexed"}


def test_what_was_left_out_leaves_the_ledger_with_its_path(work: Work):
    rows = [LoadedFile(f"/files/{name}", "skipped", reason="ignored", detail="is hidden: rename it") for name in "ab"]
    Synchroniser(work.store, pipeline_of(work.embedder)).run(rows)
    again = Synchroniser(work.store, pipeline_of(work.embedder))
    assert [row.source for row in again.run(rows[:1], within=lambda source: True).files] == ["/files/a"]
    assert [row.source for row in work.store.sources()] == ["/files/a"]


def test_a_file_that_is_left_out_later_keeps_what_the_index_held(work: Work):
    path = work.write("a.txt", "The cat sleeps.")
    work.sync()
    row = LoadedFile(str(path), "skipped", reason="ignored", detail="is left out by a rule: change that")
    (report,) = Synchroniser(work.store, pipeline_of(work.embedder)).run([row]).files
    assert (report.outcome, report.chunks) == ("skipped", 1)
    assert "the index keeps what it held" in report.detail
    assert work.found("cat") == ["The cat sleeps."]


def test_an_index_with_paths_left_out_is_sound(work: Work):
    row = LoadedFile("/files/a", "skipped", reason="ignored", detail="is hidden: rename it")
    Synchroniser(work.store, pipeline_of(work.embedder)).run([row])
    assert verify_store(work.store).problems == ()


def test_a_file_that_cannot_be_read_now_keeps_what_the_index_held(work: Work):
    path = work.write("a.txt", "The cat sleeps.")
    work.sync()
    path.unlink()
    path.symlink_to(work.files / "nowhere")
    report = work.sync(prune=False)
    assert work.outcomes(report) == {"a.txt": "failed"}
    assert "keeps what it held" in report.files[0].detail
    assert work.found("cat") == ["The cat sleeps."]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_read_permission_fails_and_is_read_when_it_gets_it(work: Work):
    path = work.write("a.txt", "The cat sleeps.")
    path.chmod(0)
    assert work.outcomes(work.sync()) == {"a.txt": "failed"}
    path.chmod(0o600)
    assert work.outcomes(work.sync()) == {"a.txt": "indexed"}


def test_a_changed_row_of_many_embeds_only_that_row(work: Work):
    rows = {str(number): f"Row {number} speaks of subject{number}." for number in range(40)}
    work.write("rows.jsonl", rows_file(rows))
    assert work.sync().embedded == 40
    work.write("rows.jsonl", rows_file({**rows, "7": "Row 7 is new."}))
    report = work.sync()
    assert (work.outcomes(report), report.embedded, report.chunks) == ({"rows.jsonl": "updated"}, 1, 40)
    assert work.found("subject7") == []
    assert work.found("new") == ["Row 7 is new."]


def test_a_row_that_is_gone_leaves_the_index(work: Work):
    work.write("rows.jsonl", rows_file({"1": "The cat sleeps.", "2": "The dog barks."}))
    work.sync()
    work.write("rows.jsonl", rows_file({"1": "The cat sleeps."}))
    assert work.sync().embedded == 0
    assert work.found("dog") == []


def test_rows_that_share_an_id_are_all_kept(work: Work):
    work.write("rows.jsonl", rows_file({"1": "The cat sleeps."}) + rows_file({"1": "The dog barks."}))
    assert work.sync().chunks == 2
    assert work.found("cat dog") != work.found("cat") != []
    assert work.found("dog") == ["The dog barks."]


def test_identical_texts_are_embedded_once(work: Work):
    for number in range(5):
        work.write(f"{number}.txt", "The same words.")
    report = work.sync()
    assert (report.chunks, report.embedded) == (5, 1)
    assert len(work.nearest("the same words")) == 5
    work.write("later.txt", "The same words.")
    assert work.sync().embedded == 0


def test_a_passage_longer_than_the_embedder_reads_is_counted(work: Work):
    work.write("a.txt", "word " * 100)
    splitter_that_does_not_split = work.embedder.tokenizer.max_tokens
    assert splitter_that_does_not_split < 100

    from ragkit.core.types import Chunk
    from ragkit.load import load_file
    from ragkit.split import embedding_text

    def whole(document: Document) -> list[Chunk]:
        text = document.page_content
        return [Chunk("one", "one", text, 0, len(text), metadata=dict(document.metadata))]

    run = Synchroniser(work.store, Pipeline(load_file, whole, embedding_text, work.embedder))
    assert run.run(sorted(work.files.iterdir())).truncated == 1


def test_an_embedder_that_gives_no_numbers_is_refused_and_nothing_is_written(work: Work, monkeypatch):
    work.write("a.txt", "The cat sleeps.")
    monkeypatch.setattr(work.embedder, "encode", lambda texts: np.full((len(texts), 16), np.nan, np.float32))
    with pytest.raises(ModelError, match="use another embedder"):
        work.sync()
    assert work.store.rows("SELECT count(*) FROM documents") == [(0,)]


def test_names_that_are_no_utf8_stay_apart(work: Work):
    names = [os.fsdecode(b"caf\xe9.txt"), os.fsdecode(b"caf\xe8.txt")]
    try:
        for name in names:
            work.write(name, f"Named {name.encode('unicode_escape')!r}.")
    except (OSError, UnicodeError):
        pytest.skip("the file system takes names in UTF-8 only")
    assert set(work.outcomes(work.sync()).values()) == {"indexed"}
    assert set(work.outcomes(work.sync(prune=True)).values()) == {"unchanged"}


def test_a_file_that_vanishes_between_hashing_and_loading_fails_alone(work: Work):
    from ragkit.core.errors import LoadError
    from ragkit.load import load_file

    def load(path: Path) -> LoadedFile:
        path.unlink()
        return load_file(path)

    path = work.write("a.txt", "The cat sleeps.")
    run = Synchroniser(work.store, Pipeline(load, lambda _: [], lambda chunk: chunk.text, work.embedder))
    report = run.run([path])
    assert work.outcomes(report) == {"a.txt": "failed"}
    with pytest.raises(LoadError):
        load_file(path)


def test_every_passage_is_verbatim_at_its_offsets(work: Work):
    work.write("a.md", "# Leave\n\nNinety days.\n\n" + "Sentence follows sentence. " * 60 + "\n\n# Canteen\n\nAt noon.")
    work.sync()
    rows = work.store.rows(
        'SELECT chunks.text, start, "end", documents.text FROM chunks JOIN documents ON documents.id = document_id'
    )
    assert len(rows) > 3
    assert all(text == document[start:end] for text, start, end, document in rows)
