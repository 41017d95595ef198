"""Text to vector: sentence-transformers models as LangChain ``Embeddings``, fast without torch where they convert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.core.registry import Spec
    from ragkit.core.settings import Settings
    from ragkit.embed.encoder import SentenceTransformerEmbeddings as SentenceTransformerEmbeddings

__all__ = ["SentenceTransformerEmbeddings", "load_embedder", "load_encoder"]


def load_embedder(spec: str | Spec, settings: Settings | None = None) -> Any:
    """Make the embedder a spec names, for example ``sentence-transformers:all-MiniLM-L6-v2?runtime=torch``.

    Packages add other providers with the entry-point group ``ragkit.embedders``; a LangChain ``Embeddings`` object goes
    straight into ``ragkit.store.VectorStore``.

    Args:
        spec: ``provider:model?option=value``; of a model of the catalogue the name alone is enough.
        settings: where model files are and how many threads run; None reads environment and ``ragkit.toml``.

    Raises:
        ConfigError: the provider or an option is unknown.
        ModelError: the model's files are not on this machine.
    """
    return _load(spec, settings, langchain=True)


def load_encoder(spec: str | Spec, settings: Settings | None = None) -> Any:
    """Make the embedder a spec names, without LangChain's interface where it is ragkit's own: quicker to import."""
    return _load(spec, settings, langchain=False)


def _load(spec: str | Spec, settings: Settings | None, *, langchain: bool) -> Any:
    from ragkit import models
    from ragkit.core.registry import create, parse_spec

    parsed = parse_spec(models.in_full(spec), "embedders", settings) if isinstance(spec, str) else spec
    if parsed.provider != "sentence-transformers":
        return create("embedders", str(parsed), parsed.settings)
    if langchain:
        _register()
    from ragkit.embed.encoder import SentenceTransformerEmbeddings

    return SentenceTransformerEmbeddings.from_spec(parsed)


def _register() -> Any:
    """Make the embedder pass ``isinstance(..., Embeddings)``, at the price of importing LangChain; return its class."""
    from langchain_core.embeddings import Embeddings

    from ragkit.embed.encoder import SentenceTransformerEmbeddings

    return Embeddings.register(SentenceTransformerEmbeddings)


def __getattr__(name: str) -> Any:
    if name == "SentenceTransformerEmbeddings":
        return _register()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
