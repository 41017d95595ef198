"""Messages to tokens: local models (llama.cpp, transformers) and hosted ones behind one spec string."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from ragkit.core.settings import Settings
    from ragkit.generate.failures import generation_error as generation_error
    from ragkit.generate.failures import provider_errors as provider_errors
    from ragkit.generate.llamacpp.chat import ChatLlamaCpp as ChatLlamaCpp
    from ragkit.generate.transformers.chat import ChatTransformers as ChatTransformers
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.generate.failures": "generation_error provider_errors",
            "ragkit.generate.llamacpp.chat": "ChatLlamaCpp",
            "ragkit.generate.transformers.chat": "ChatTransformers",
        },
        own="load_generator",
    )


def load_generator(spec: str, settings: Settings | None = None) -> BaseChatModel:
    """Make the chat model that a spec names.

    ``llamacpp:`` and ``transformers:`` run in this process, ``openai:`` speaks to OpenAI or to any server with its
    interface (``base_url=``). Entry points of the group ``ragkit.generators`` come next; every other provider goes to
    LangChain's ``init_chat_model``.

    Args:
        spec: ``provider:model?option=value``, for example ``llamacpp:SmolLM2-135M-Instruct-Q4_1?max_tokens=256``; of a
            model of the catalogue the name alone is enough.
        settings: where model files are and how many threads run; None reads environment and ``ragkit.toml``.

    Raises:
        ConfigError: the spec or an option is wrong, or a key is missing.
        MissingExtra: the provider's package is not installed.
        ModelError: the model cannot be used.
    """
    from ragkit import models
    from ragkit.core.registry import parse_spec, resolve

    parsed = parse_spec(models.in_full(spec), settings=settings)
    factory = resolve("generators", parsed.provider)
    if factory is None:
        from ragkit.generate.hosted.chat import other_chat_model as factory
    return factory(parsed)
