"""Any sequence of changes gives what a naive model in memory gives, for both searches."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from index_work import Work, rows_file

from ragkit.analysis import terms
from ragkit.index import lexical, vectors

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

    def texts(self) -> list[str]:
        return [text for rows in self.model.values() for text in rows.values()]

    @invariant()
    def dense_search_is_exact(self) -> None:
        texts = self.texts()
        question = self.work.embedder.encode_query("question")
        made = self.work.embedder.encode(texts) if texts else np.empty((0, 16))
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

    def teardown(self) -> None:
        lexical.TAIL_LIMIT, vectors.CACHE_FROM = self.kept
        self.work.store.close()
        self.folder.cleanup()


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
