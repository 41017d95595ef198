"""Haystack: pipelines of its splitter, its SentenceTransformers embedders and the in-memory store, kept on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import CHARACTERS, OVERLAP, K, main

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STORE = "store.json"


class Haystack:
    packages = ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers")

    def load(self, model: str) -> None:
        from haystack_integrations.components.embedders import sentence_transformers as embedders

        # Each pipeline loads the model when it first runs, and only the one that the task needs is made.
        self.documents = embedders.SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self.questions = embedders.SentenceTransformersTextEmbedder(model=model, progress_bar=False)

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        from haystack import Document, Pipeline
        from haystack.components.preprocessors import RecursiveDocumentSplitter
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore()
        pipeline = Pipeline()
        pipeline.add_component(
            "splitter",
            RecursiveDocumentSplitter(
                split_length=CHARACTERS,
                split_overlap=OVERLAP,
                split_unit="char",
                separators=["\n\n", "\n", ". ", " "],  # the default finds sentences with NLTK, which has to be fetched
            ),
        )
        pipeline.add_component("embedder", self.documents)
        pipeline.add_component("writer", DocumentWriter(document_store=store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        pipeline.run(
            {"splitter": {"documents": [Document(content=text, meta={"source": name}) for name, text in documents]}}
        )
        store.save_to_disk(str(folder / STORE))
        return [document.content or "" for document in store.filter_documents()]

    def search(self, question: str, folder: Path) -> list[str]:
        from haystack import Pipeline
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store = InMemoryDocumentStore.load_from_disk(str(folder / STORE))
        pipeline = Pipeline()
        pipeline.add_component("embedder", self.questions)
        pipeline.add_component("retriever", InMemoryEmbeddingRetriever(document_store=store, top_k=K))
        pipeline.connect("embedder.embedding", "retriever.query_embedding")
        found = pipeline.run({"embedder": {"text": question}})["retriever"]["documents"]
        return [document.meta["source"] for document in found]


if __name__ == "__main__":
    main(Haystack())
