"""The encoder as LangChain ``Embeddings``."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from ragkit.embed.encoder import Encoder


class SentenceTransformerEmbeddings(Encoder, Embeddings):
    """An embedding model as LangChain ``Embeddings``, with the arguments of :class:`ragkit.embed.encoder.Encoder`."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages, as LangChain wants them."""
        return self.encode(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """Embed a question, as LangChain wants it."""
        return self.encode_query(text).tolist()
