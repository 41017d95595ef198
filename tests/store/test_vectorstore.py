"""The index as a LangChain vector store with any embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index

from ragkit.core.errors import ConfigError, IndexMismatch
from ragkit.store import VectorStore, vectorstore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMBEDDING = DeterministicFakeEmbedding(size=32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    made = VectorStore(EMBEDDING, tmp_path / "store")
    yield made
    made.close()


def test_a_text_is_its_own_nearest_with_cosine_one(store: VectorStore):
    store.add_texts(["red", "green", "blue"], [{"n": 1}, {"n": 2}, {"n": 3}], ids=["r", "g", "b"])
    [(document, score)] = store.similarity_search_with_score("green", k=1)
    assert document == Document(id="g", page_content="green", metadata={"n": 2})
    assert score == pytest.approx(1, abs=1e-5)


def test_what_was_added_is_there_after_opening_again(store: VectorStore, tmp_path: Path):
    ids = store.add_texts(["red", "green"])
    store.close()
    again = VectorStore(EMBEDDING, tmp_path / "store")
    assert [document.page_content for document in again.get_by_ids(ids)] == ["red", "green"]
    assert len(again.similarity_search("red", k=5)) == 2
    again.close()


def test_the_same_id_replaces(store: VectorStore):
    store.add_texts(["red"], ids=["1"])
    store.add_texts(["blue", "green"], ids=["1", "1"])
    assert [document.page_content for document in store.similarity_search("red", k=5)] == ["green"]


def test_deleted_is_gone_from_every_search(store: VectorStore):
    store.add_texts(["red", "green"], ids=["r", "g"])
    assert store.delete(["r", "unknown"])
    assert store.get_by_ids(["r"]) == []
    assert [document.id for document in store.similarity_search("red", k=5)] == ["g"]
    assert [document.id for document in store.max_marginal_relevance_search("red", k=5)] == ["g"]
    assert store.delete() is True
    assert len(store.similarity_search("red", k=5)) == 1


def test_filters_give_k_results_when_k_exist(store: VectorStore):
    store.add_texts([f"text {n}" for n in range(200)], [{"even": n % 2 == 0, "n": n} for n in range(200)])
    found = store.similarity_search("text", k=50, filter={"even": True})
    assert len(found) == 50
    assert all(document.metadata["even"] for document in found)
    found = store.similarity_search("text", k=5, filter=lambda document: document.metadata["n"] in (7, 150))
    assert {document.metadata["n"] for document in found} == {7, 150}
    assert len(store.max_marginal_relevance_search("text", k=3, filter={"n": 7})) == 1


def test_an_unknown_option_is_refused(store: VectorStore):
    store.add_texts(["red"])
    with pytest.raises(ConfigError, match="where"):
        store.similarity_search("red", k=1, where={"n": 1})


def test_lists_of_different_length_are_refused(store: VectorStore):
    with pytest.raises(ConfigError, match="2 texts but 1 metadatas"):
        store.add_texts(["a", "b"], [{}])
    with pytest.raises(ConfigError, match="2 texts but 1 ids"):
        store.add_texts(["a", "b"], ids=["1"])


def test_metadata_that_is_no_json_is_refused_and_nothing_is_written(store: VectorStore):
    with pytest.raises(ConfigError, match="JSON"):
        store.add_texts(["a", "b"], [{}, {"x": object()}])
    assert store.similarity_search("a", k=5) == []


def test_texts_with_known_vectors_are_added_as_they_come(store: VectorStore, monkeypatch):
    monkeypatch.setattr(vectorstore, "BATCH", 7)
    words = [f"text {n}" for n in range(50)]
    vectors = EMBEDDING.embed_documents(words)
    doubled = (([2 * x for x in vector], word) for vector, word in zip(vectors, words, strict=True))
    ids = store.add_embeddings(((word, vector) for vector, word in doubled), ({"n": n} for n in range(50)))
    assert len(set(ids)) == 50
    [(document, score)] = store.similarity_search_with_score("text 31", k=1)
    assert document == Document(id=ids[31], page_content="text 31", metadata={"n": 31})
    assert score == pytest.approx(1, abs=1e-5)
    store.add_embeddings([("other", vectors[0])], ids=[ids[31]])
    assert store.get_by_ids([ids[31]])[0].page_content == "other"
    assert store.add_embeddings([]) == []


@pytest.mark.parametrize("given", [{"ids": ["a"]}, {"metadatas": [{}]}, {"ids": ["a", "b", "c"]}])
def test_known_vectors_need_an_id_and_metadata_each(store: VectorStore, given):
    with pytest.raises(ConfigError, match="for each text"):
        store.add_embeddings([("a", [1.0] * 32), ("b", [1.0] * 32)], **given)
    assert store.similarity_search("a", k=5) == []


@pytest.mark.parametrize("vector", [[1.0], [float("nan")] * 32, ["x"] * 32, 3.0, []])
def test_what_is_no_vector_of_the_same_dimension_is_refused(store: VectorStore, vector):
    store.add_texts(["red"])
    with pytest.raises((ConfigError, IndexMismatch), match=r"vectors"):
        store.add_embeddings([("a", [1.0] * 32), ("b", vector)])
    with pytest.raises((ConfigError, IndexMismatch), match=r"vectors"):
        store.add_embeddings([("b", vector)])
    assert len(store.similarity_search("a", k=5)) == 1


def test_metadata_comes_back_as_it_was(store: VectorStore):
    metadata = {"source": "x", "page": 3, "places": [{"start": 0}], "heading": "h", "deep": {"a": [1, None, 2.5]}}
    store.add_texts(["a"], [metadata], ids=["1"])
    [document] = store.similarity_search("a", k=1)
    assert document.metadata == metadata


def test_other_embeddings_are_a_mismatch_that_names_both(store: VectorStore, tmp_path: Path):
    store.add_texts(["red"])
    other = VectorStore(DeterministicFakeEmbedding(size=8), tmp_path / "store")
    with pytest.raises(IndexMismatch, match=r"'dimension': 32.*'dimension': 8"):
        other.similarity_search("red")
    with pytest.raises(IndexMismatch):
        other.add_texts(["green"])
    other.close()


def test_mmr_prefers_what_is_unlike(store: VectorStore):
    store.add_texts(["red", "red", "red", "green"])
    found = store.max_marginal_relevance_search("red", k=2, fetch_k=4, lambda_mult=0.1)
    assert [document.page_content for document in found] == ["red", "green"]


def test_langchains_indexing_adds_skips_and_deletes(store: VectorStore):
    records = InMemoryRecordManager("test")
    records.create_schema()

    def run(*texts: str) -> dict[str, int]:
        documents = [Document(page_content=text, metadata={"source": text[0]}) for text in texts]
        return dict(index(documents, records, store, cleanup="full", source_id_key="source", key_encoder="sha256"))

    assert run("a one", "b two") == {"num_added": 2, "num_updated": 0, "num_skipped": 0, "num_deleted": 0}
    assert run("a one", "b two")["num_skipped"] == 2
    assert run("a one", "c three") == {"num_added": 1, "num_updated": 0, "num_skipped": 1, "num_deleted": 1}
    assert {document.page_content for document in store.similarity_search("x", k=9)} == {"a one", "c three"}


def test_nothing_in_the_folder_is_pickled(store: VectorStore, tmp_path: Path):
    store.add_texts([f"text {n}" for n in range(50)])
    for path in (tmp_path / "store").rglob("*"):
        assert not (path.is_file() and path.read_bytes()[:2] == b"\x80\x04"), path
