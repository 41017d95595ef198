"""Re-rankers: a real, tiny cross-encoder, and LangChain's own compressors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from langchain_core.documents import BaseDocumentCompressor, Document

from ragkit import Index
from ragkit.core.errors import ConfigError, ModelError
from ragkit.retrieve import CrossEncoderReranker, Retriever
from ragkit.testing import RerankerConformance

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = [f"Room {n} of the ship holds {what}." for n, what in enumerate("ropes tools maps sails coal salt".split())]


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    """A cross-encoder of two small layers with random weights, saved as sentence-transformers does."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        num_labels=1,
        initializer_range=0.5,
    )
    plain = tmp_path_factory.mktemp("plain")
    BertForSequenceClassification(config).save_pretrained(plain)
    AutoTokenizer.from_pretrained(models_dir / "all-MiniLM-L6-v2").save_pretrained(plain)
    folder = tmp_path_factory.mktemp("cross-encoder")
    CrossEncoder(str(plain), local_files_only=True).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder):
    base = tmp_path_factory.mktemp("rerank")
    for number, text in enumerate(TEXTS):
        (base / f"{number}.txt").write_text(text, "utf-8")
    made = Index(base / "index", embedder=embedder)
    made.sync(base)
    yield made
    made.close()


class TestCrossEncoder(RerankerConformance):
    @pytest.fixture
    def reranker(self, cross_encoder: Path):
        return CrossEncoderReranker(model=cross_encoder)


def test_hits_come_in_the_order_of_the_cross_encoders_scores(index: Index, cross_encoder: Path):
    reranker = CrossEncoderReranker(model=cross_encoder)
    question = "Where are the ropes?"
    hits = index.search(question, 6, rerank=reranker)
    assert {hit.via for hit in hits} == {"reranked"}
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5, 6]
    expected = reranker.score(question, [f"{hit.chunk.heading}\n{hit.chunk.text}" for hit in hits])
    assert [hit.score for hit in hits] == pytest.approx(expected.tolist(), abs=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len({hit.score for hit in hits}) > 1
    assert all(hit.dense is not None for hit in hits)


def test_a_passage_far_down_comes_up_when_it_is_fetched(index: Index, cross_encoder: Path):
    reranker = CrossEncoderReranker(model=cross_encoder)
    best = index.search("Where are the ropes?", 1, rerank=reranker)[0]
    place = [hit.chunk.id for hit in index.search("Where are the ropes?", 6)].index(best.chunk.id) + 1
    assert index.search("Where are the ropes?", 1, rerank=reranker, fetch_k=place)[0].chunk.id == best.chunk.id


def test_compress_documents_orders_and_cuts_and_leaves_the_metadata_alone(cross_encoder: Path):
    documents = [Document(text, metadata={"n": n}) for n, text in enumerate(TEXTS)]
    reranker = CrossEncoderReranker(model=cross_encoder, top_n=2, batch_size=4)
    kept = reranker.compress_documents(documents, "ropes")
    scores = reranker.score("ropes", TEXTS)
    assert [document.metadata["n"] for document in kept] == sorted(range(6), key=lambda n: -scores[n])[:2]
    assert all(document.metadata.keys() == {"n"} for document in kept)
    assert reranker.compress_documents([], "ropes") == []


def test_top_n_limits_the_hits(index: Index, cross_encoder: Path):
    assert len(index.search("ropes", 5, rerank=CrossEncoderReranker(model=cross_encoder, top_n=2))) == 2


def test_a_folder_without_a_model_is_told(index: Index, tmp_path: Path):
    with pytest.raises(ModelError, match=r"there is no model in .*cross-encoder on this machine"):
        index.search("ropes", rerank=tmp_path)
    with pytest.raises(ModelError, match="there is no model"):
        index.search("ropes", rerank="cross-encoder/ms-marco-MiniLM-L6-v2")


def test_a_model_that_is_no_cross_encoder_is_told(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', "utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        CrossEncoderReranker(model=tmp_path).score("a", ["b"])


class Reverse(BaseDocumentCompressor):
    """Turns the order round in new documents without ids, as some compressors do; puts in scores where told."""

    scored: bool = False

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: object = None
    ) -> Sequence[Document]:
        out = [Document(each.page_content[:5], metadata=dict(each.metadata)) for each in reversed(documents)]
        if self.scored:
            for number, each in enumerate(out):
                each.metadata["relevance_score"] = 10.0 - number
        return out


@pytest.mark.parametrize("scored", [True, False])
def test_any_compressor_reorders_hits_and_texts_stay_verbatim(index: Index, scored: bool):
    plain = index.search("ropes", 6)
    hits = index.search("ropes", 6, rerank=Reverse(scored=scored))
    assert [hit.chunk for hit in hits] == [hit.chunk for hit in reversed(plain)]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].score == (10.0 if scored else 1.0)


def test_langchains_own_compressors_work(index: Index, embedder):
    from langchain_core.documents.compressor import BaseDocumentCompressor as Base

    class Filter(Base):
        """Keeps what holds a word, the very same objects."""

        def compress_documents(self, documents, query, callbacks=None):
            return [each for each in documents if "maps" in each.page_content]

    [hit] = index.search("ropes", 6, rerank=Filter())
    assert "maps" in hit.chunk.text
    assert Retriever(searcher=index.searcher).invoke("ropes", compressor=Filter())[0].id == hit.chunk.id


def test_a_compressor_that_makes_up_a_document_is_told(index: Index):
    class Liar(BaseDocumentCompressor):
        def compress_documents(self, documents, query, callbacks=None):
            return [Document("made up")]

    with pytest.raises(ConfigError, match="a document that it did not receive"):
        index.search("ropes", rerank=Liar())


def test_reranking_and_diversity_go_together(index: Index):
    hits = index.search("ropes", 3, rerank=Reverse(), diversity=0.3)
    assert hits[0].chunk.id == index.search("ropes", 6)[-1].chunk.id
    assert {hit.via for hit in hits} == {"reranked"}
