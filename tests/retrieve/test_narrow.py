"""Searches among some passages only, and re-ranked ones, as everything built on a searcher sees them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import BaseDocumentCompressor, Document

from ragkit import Index
from ragkit.chains import Conversation, Turn
from ragkit.core.errors import ConfigError
from ragkit.retrieve.narrow import NarrowSearcher, narrowed, narrowed_filter
from ragkit.store.search.filters import matches

if TYPE_CHECKING:
    from collections.abc import Sequence
NOTES = {
    "old/policy.md": "---\ndate: 2024-02-01\n---\nThe canteen opens at noon on weekdays.\n",
    "new/policy.md": "---\ndate: 2026-10-05\n---\nThe canteen opens at one on weekdays.\n",
    "new/rope.md": "Ropes are kept near the canteen, in the bow.\n",
}
QUESTION = "When does the canteen open on weekdays?"


class Last(BaseDocumentCompressor):
    """Turns the order of passages round."""

    def compress_documents(self, documents: Sequence[Document], query: str, callbacks: object = None) -> list[Document]:
        return [*reversed(documents)]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Index:
    base = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (base / name).parent.mkdir(exist_ok=True)
        (base / name).write_text(text, "utf-8")
    made = Index(base / "index")
    made.sync(base / "old", base / "new")
    return made


def sources(index: Index, **options: Any) -> set[str]:
    return {Path(hit.chunk.source).parent.name for hit in index.search(QUESTION, **options)}


@pytest.mark.parametrize(
    ("within", "folders"),
    [
        ("old", {"old"}),
        ("old/", {"old"}),
        ("old/policy.md", {"old"}),
        ("policy.*", {"old", "new"}),
        (["rope.md", "old"], {"old", "new"}),
        ("nowhere", set()),
    ],
)
def test_passages_are_from_the_files_that_are_named(index: Index, within: str | list[str], folders: set[str]):
    assert sources(index, within=within) == folders


@pytest.mark.parametrize(
    ("since", "folders"), [("2026", {"new"}), (date(2024, 2, 1), {"old", "new"}), ("2026-10-06", set())]
)
def test_passages_are_no_older_than_a_date(index: Index, since: str | date, folders: set[str]):
    assert sources(index, since=since) == folders


def test_all_must_fit_together(index: Index):
    assert sources(index, within="new", since="2024", filter={"source": {"$contains": "policy"}}) == {"new"}
    assert sources(index, within="old", since="2025") == set()


def test_what_is_no_date_is_told():
    with pytest.raises(ConfigError, match="write it like 2026-10-05"):
        narrowed_filter(None, None, "last week")


@pytest.mark.parametrize("glob", ["*.md", "ne?/p[ao]licy.md", "*[!r]ope.md"])
def test_a_glob_matches_in_the_index_as_in_python(index: Index, glob: str):
    narrow = {"source": {"$glob": f"*{glob}"}}
    found = {hit.chunk.source for hit in index.search("canteen", 9, filter=narrow)}
    every = {hit.chunk.source for hit in index.search("canteen", 9)}
    assert found == {source for source in every if matches(narrow, {"source": source})}


def test_an_answer_and_a_conversation_know_only_what_is_left(index: Index):
    assert "one" in index.ask(QUESTION, mode="quote", threshold=0.0, within="new").text
    turn = Turn("Where are ropes kept?", "In the bow.")
    for within, said in (("old", "noon"), ("new", "one")):
        chain = index.chat(mode="quote", threshold=0.0, within=within)
        assert said in chain.invoke(Conversation("And when does the canteen open?", [turn])).text


def test_a_filter_of_a_caller_is_joined_with_the_searchers_own(index: Index):
    searcher = narrowed(index.searcher, {"source": {"$contains": "new"}}, None)
    hits = searcher.search(QUESTION, 9, filter={"source": {"$contains": "policy"}})
    assert [hit.chunk.source.endswith("new/policy.md") for hit in hits] == [True]
    assert searcher.embedder is index.searcher.embedder
    assert narrowed(index.searcher, None, None) is index.searcher


def test_reranked_hits_keep_the_range_of_the_searchs_scores(index: Index):
    plain = index.searcher.search(QUESTION, 3)
    hits = NarrowSearcher(index.searcher, None, Last()).search(QUESTION, 2)
    assert [hit.chunk.id for hit in hits] == [hit.chunk.id for hit in reversed(plain)][:2]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in plain), reverse=True)[:2]
    assert [hit.rank for hit in hits] == [1, 2]


def test_answers_and_conversations_read_in_the_order_of_the_re_ranker(index: Index):
    plain = index.searcher.search(QUESTION, 3)
    answer = index.ask(QUESTION, mode="quote", threshold=0.0, rerank=Last(), k=3)
    assert [hit.chunk.id for hit in answer.hits] == [hit.chunk.id for hit in reversed(plain)]
    chain = index.chat(mode="quote", threshold=0.0, rerank=Last(), k=1)
    follow_up = chain.invoke(Conversation("And where is the canteen?", [Turn(QUESTION, "At noon.")]))
    assert follow_up.hits[0].via == "reranked"
