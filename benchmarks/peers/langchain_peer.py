"""LangChain: RecursiveCharacterTextSplitter, HuggingFaceEmbeddings and FAISS, as its retrieval tutorial joins them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common import CHARACTERS, OVERLAP, K, main

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LangChain:
    packages = ("langchain", "langchain-core", "langchain-community", "langchain-huggingface", "sentence-transformers")

    def load(self, model: str) -> None:
        from langchain_community.vectorstores import FAISS
        from langchain_huggingface import HuggingFaceEmbeddings

        self.store = FAISS
        self.embeddings = HuggingFaceEmbeddings(model_name=model)

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS, chunk_overlap=OVERLAP, add_start_index=True)
        passages = splitter.split_documents(
            [Document(page_content=text, metadata={"source": name}) for name, text in documents]
        )
        self.store.from_documents(passages, self.embeddings).save_local(str(folder))
        return [passage.page_content for passage in passages]

    def search(self, question: str, folder: Path) -> list[str]:
        # The store is pickled: this is how LangChain's documentation opens it.
        store = self.store.load_local(str(folder), self.embeddings, allow_dangerous_deserialization=True)
        return [document.metadata["source"] for document in store.similarity_search(question, k=K)]


if __name__ == "__main__":
    main(LangChain())
