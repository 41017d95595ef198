"""LlamaIndex: SentenceSplitter, HuggingFaceEmbedding and FaissVectorStore, as its examples have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import CHARACTERS, CHARACTERS_PER_TOKEN, MAX_TOKENS, OVERLAP, K, main

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class LlamaIndex:
    packages = (
        "llama-index-core",
        "llama-index-embeddings-huggingface",
        "llama-index-vector-stores-faiss",
        "sentence-transformers",
    )

    def load(self, model: str) -> None:
        from llama_index.core import Settings
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        Settings.embed_model = HuggingFaceEmbedding(model_name=model)
        Settings.llm = None
        # Its unit is tokens. The default of 1024 would let the model cut off most of each passage.
        Settings.chunk_size = CHARACTERS // CHARACTERS_PER_TOKEN
        Settings.chunk_overlap = OVERLAP // CHARACTERS_PER_TOKEN

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        import faiss
        from llama_index.core import Document, StorageContext, VectorStoreIndex
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(384))
        built = VectorStoreIndex.from_documents(
            [Document(text=text, id_=name) for name, text in documents],
            storage_context=StorageContext.from_defaults(vector_store=store),
        )
        built.storage_context.persist(persist_dir=str(folder))
        return [node.get_content() for node in built.docstore.docs.values()]

    def search(self, question: str, folder: Path) -> list[str]:
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore.from_persist_dir(str(folder))
        opened = load_index_from_storage(StorageContext.from_defaults(vector_store=store, persist_dir=str(folder)))
        return [found.node.ref_doc_id for found in opened.as_retriever(similarity_top_k=K).retrieve(question)]

    def open_chain(self, folder: Path, server: str) -> Callable[[str], str]:
        """Answer with the stock query engine: two passages, answered in one call."""
        from llama_index.core import StorageContext, load_index_from_storage
        from llama_index.llms.openai_like import OpenAILike
        from llama_index.vector_stores.faiss import FaissVectorStore

        store = FaissVectorStore.from_persist_dir(str(folder))
        opened = load_index_from_storage(StorageContext.from_defaults(vector_store=store, persist_dir=str(folder)))
        chat = OpenAILike(
            model="local",
            api_base=server,
            api_key="none",
            is_chat_model=True,
            temperature=0,
            max_tokens=MAX_TOKENS,
            context_window=8192,
            timeout=600,
        )
        engine = opened.as_query_engine(llm=chat)
        return lambda question: str(engine.query(question))


if __name__ == "__main__":
    main(LlamaIndex())
