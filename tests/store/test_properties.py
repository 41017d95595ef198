"""Any sequence of changes gives what a naive model in memory gives, for every search."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from index_work import SmallEmbedder, Work, embed_anew, rows_file

from ragkit.retrieve.search import MODES, Searcher
from ragkit.store.care.backup import backup
from ragkit.store.care.compact import compact
from ragkit.store.care.repair import repair
from ragkit.store.care.verify import verify_store
from ragkit.store.search import lexical, vectors
from ragkit.text.terms import terms

NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.sampled_from("cat dog herd naïve C++ 12,500 猫科動物 ภาษาไทย книга كتاب Häuser".split())
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
ROWS = st.dictionaries(st.sampled_from("123456"), TEXTS, min_size=1)


class Changes(RuleBasedStateMachine):
    """The model is a dict of rows by file; the caches are made to be written after every few rows."""

    @initialize()
    def start(self) -> None:
        self.kept = lexical.TAIL_LIMIT, vectors.CACHE_FROM
        lexical.TAIL_LIMIT, vectors.CACHE_FROM = 3, 4
        self.folder = tempfile.TemporaryDirectory()
        self.work = Work(Path(self.folder.name))
        self.model: dict[str, dict[str, str]] = {}
        self.files: dict[str, str] = {}

    @rule(name=NAMES, rows=ROWS)
    def write(self, name: str, rows: dict[str, str]) -> None:
        if self.files.get(name) != rows_file(rows):  # the same content again brings back no deleted passage
            self.model[name] = rows
        self.files[name] = rows_file(rows)
        self.work.write(f"{name}.jsonl", rows_file(rows))
        self.work.sync()

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        (self.work.files / f"{name}.jsonl").unlink(missing_ok=True)
        self.model.pop(name, None)
        self.files.pop(name, None)
        self.work.sync(prune=True)

    @rule(name=NAMES, key=st.sampled_from("123456"))
    def delete_passage(self, name: str, key: str) -> None:
        rows = self.model.get(name, {})
        if key not in rows:
            return
        found = self.work.store.rows("SELECT uid, text FROM chunks")
        doomed = [uid for uid, text in found if text == rows[key]]
        self.work.store.delete_chunks(doomed)
        gone = rows[key]
        self.model = {
            file: {row: text for row, text in texts.items() if text != gone} for file, texts in self.model.items()
        }

    @rule()
    def reopen(self) -> None:
        self.work.reopen()

    @rule()
    def lose_caches(self) -> None:
        shutil.rmtree(self.work.folder / "cache", ignore_errors=True)

    @rule(place=st.integers(0, 30))
    def damage_a_cache_file(self, place: int) -> None:
        files = sorted(path for path in (self.work.folder / "cache").rglob("*") if path.is_file())
        if files:
            path = files[place % len(files)]
            self.work.reopen()  # a file that is in use is mapped
            path.write_bytes(path.read_bytes()[:-1] + b"x")

    @rule()
    def compact(self) -> None:
        compact(self.work.store)

    @rule()
    def repair(self) -> None:
        self.work.store.close()
        report = repair(self.work.folder)
        assert report.ok, report.left
        self.work.reopen()

    @rule(name=st.sampled_from(["small", "other"]), dimension=st.sampled_from([16, 24]))
    def change_embedder(self, name: str, dimension: int) -> None:
        self.work.embedder = SmallEmbedder(name, dimension)
        embed_anew(self.work.store, self.work.embedder)

    @rule()
    def restore_backup(self) -> None:
        """Write a backup, change something, and put the backup in place: the caches then are of another history."""
        kept = self.work.folder.with_name("backup")
        backup(self.work.store, kept)
        for row in self.work.store.sources():
            self.work.store.delete_source(row.id)
        self.work.write("later.jsonl", rows_file({"1": "cat of another history"}))
        self.work.sync()
        self.work.store.close()
        (self.work.files / "later.jsonl").unlink()
        shutil.copyfile(kept, self.work.folder / "ragkit.sqlite3")
        self.work.reopen()

    def texts(self) -> list[str]:
        return [text for rows in self.model.values() for text in rows.values()]

    @invariant()
    def dense_search_is_exact(self) -> None:
        texts = self.texts()
        question = self.work.embedder.encode_query("question")
        made = self.work.embedder.encode(texts) if texts else np.empty((0, len(question)))
        cosines = sorted(made @ question / np.linalg.norm(made, axis=1) / np.linalg.norm(question), reverse=True)
        _, scores = self.work.reader.dense(question / np.linalg.norm(question), 5)
        np.testing.assert_allclose(scores, cosines[:5], atol=1e-5)
        assert sorted(self.work.nearest("question", 100)) == sorted(texts)

    @invariant()
    def lexical_search_finds_what_holds_a_term(self) -> None:
        for question in ("cat", "c++ books", "猫", "книга", "häuser dog"):
            wanted = set(terms(question))
            expected = sorted(text for text in self.texts() if wanted & set(terms(text)))
            assert sorted(self.work.found(question, 100)) == expected
            assert len(self.work.found(question, 2)) == min(2, len(expected))

    @invariant()
    def hybrid_search_ranks_all_passages(self) -> None:
        texts = self.texts()
        searcher = Searcher(self.work.reader, self.work.embedder)
        hits = searcher.search("cat herd", 100)
        assert sorted(hit.chunk.text for hit in hits) == sorted(texts)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        for mode in MODES:
            exist = len(self.work.found("cat herd", 100)) if mode == "lexical" else len(texts)
            assert len(searcher.search("cat herd", 3, mode)) == min(3, exist)

    @invariant()
    def filters_leave_the_passages_of_a_file(self) -> None:
        searcher = Searcher(self.work.reader, self.work.embedder)
        for name, rows in self.model.items():
            only = {"source": str(self.work.files / f"{name}.jsonl")}
            hits = searcher.search("cat herd", 100, filter=only)
            assert sorted(hit.chunk.text for hit in hits) == sorted(rows.values())
            assert len(searcher.search("cat herd", 2, "dense", filter=only)) == min(2, len(rows))

    @invariant()
    def nothing_is_damaged(self) -> None:
        assert [problem for problem in verify_store(self.work.store).problems if problem.code != "cache"] == []

    def teardown(self) -> None:
        lexical.TAIL_LIMIT, vectors.CACHE_FROM = self.kept
        self.work.store.close()
        self.folder.cleanup()


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
