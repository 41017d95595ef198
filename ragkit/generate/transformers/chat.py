"""Any causal or sequence-to-sequence model of the transformers library as a LangChain chat model."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from ragkit.core.errors import ConfigError
from ragkit.generate.local import LocalChat
from ragkit.generate.messages import as_chat, counts, last_chunk
from ragkit.generate.scoring import ALTERNATIVES, shares
from ragkit.generate.structured import check_installed, closed
from ragkit.generate.transformers.engine import Decoding
from ragkit.generate.transformers.text import Detokenizer, StopFilter, prompt_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage

    from ragkit.generate.transformers.engine import TransformersEngine

_CALL_ONLY = "json_schema"  # an option of calls, not of the model
_CHOICES = frozenset(field.name for field in fields(Decoding)) - {_CALL_ONLY}


class ChatTransformers(LocalChat):
    """A transformers model as a chat model: hub names that are on this machine, folders, GGUF files.

    The model is loaded on first use (or by `load`) and shared with every other instance that has the same model,
    device, dtype and ``load_in``. Calls that wait at the same time (``batch``, ``abatch``) are answered together in
    padded batches. Messages go through the model's chat template; a model without one gets their plain text. Nothing
    is downloaded unless ``download`` is set, and only safetensors and GGUF weights are read, never pickles.

    Beside the options of every local model (`LocalChat`):

    Attributes:
        model: a hub name, a folder, a GGUF file or a name of ragkit's catalogue.
        top_p: share of probability to sample from, from 0 to 1.
        top_k: number of tokens to sample from.
        num_beams: beams of a beam search; more than 1 cannot be streamed and arrives at once.
        device: ``cpu``, ``cuda``, ...; None takes cuda where there is one.
        dtype: ``float32``, ``bfloat16``, ``float16`` or ``auto``; None is float32 on a processor, else ``auto``.
        load_in: ``4bit`` or ``8bit``: weights made smaller as they are loaded, on a CUDA card (extra ``quantized``).
        download: fetch the model from the Hugging Face hub if it is not on this machine.
        chat_template: Jinja template instead of the model's own.
    """

    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=1)
    num_beams: int = Field(default=1, ge=1)
    device: str | None = None
    dtype: str | None = None
    load_in: Literal["4bit", "8bit"] | None = None
    download: bool = False
    chat_template: str | None = None

    def load(self) -> TransformersEngine:
        """Load the model now rather than with the first request.

        Raises:
            ModelError: it is not on this machine, was never published, is damaged, or does not generate text.
            MissingExtra: GGUF files need the extra ``gguf``, ``load_in`` the extra ``quantized``.
        """
        if self._engine is None:
            from ragkit.generate.transformers.engine import shared_engine
            from ragkit.generate.transformers.loader import LoadSettings

            self._engine = shared_engine(
                LoadSettings(
                    self.model, self.device or "", self.dtype or "", self.download, self.load_in or "", self.models_dir
                )
            )
        return self._engine

    @property
    def context_limit(self) -> int | None:
        """Tokens that a prompt and its answer (with an encoder: the prompt) may have; None when the model says none."""
        return self.load().loaded.limit

    def get_token_ids(self, text: str) -> list[int]:
        """Return the token ids of a text, without the markers that a prompt would add."""
        return self.load().loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    def _prompt_size(self, messages: list[BaseMessage]) -> int:
        return len(self._prompt(messages))

    def log_probabilities(self, messages: Sequence[BaseMessage], reply: str) -> list[float]:
        """Return how likely the model finds a reply: the log probability of each of its tokens, in nats.

        Raises:
            ContextOverflow: messages and reply do not fit the context.
            GenerationError: the model failed.
        """
        ids = self.get_token_ids(reply)
        return self.load().log_probabilities(self._prompt(list(messages)), ids) if ids else []

    def choice_probabilities(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """Return how likely each of a few words begins the reply, from 0 to 1; what is left are other words."""
        return shares(self.load().likeliest(self._prompt(list(messages)), ALTERNATIVES), choices)

    def _require_structured(self) -> None:
        check_installed()

    @property
    def _llm_type(self) -> str:
        return "transformers"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "dtype": self.dtype,
            "load_in": self.load_in,
            **{name: getattr(self, name) for name in sorted(_CHOICES)},
        }

    def _prompt(self, messages: list[BaseMessage]) -> list[int]:
        loaded = self.load().loaded
        return prompt_ids(loaded.tokenizer, as_chat(messages), self.chat_template)

    def _decoding(self, stop: list[str] | None, options: dict[str, Any]) -> Decoding:
        schema = options.pop(_CALL_ONLY, None)
        unknown = sorted(set(options) - _CHOICES)
        if unknown:
            raise ConfigError(f"ChatTransformers does not know {unknown[0]!r}: it takes {', '.join(sorted(_CHOICES))}")
        values: dict[str, Any] = {name: getattr(self, name) for name in _CHOICES} | options
        values["stop"] = tuple(text for text in (values["stop"] if stop is None else stop) or () if text)
        if schema is not None and values["num_beams"] > 1:
            raise ConfigError("a beam search cannot be held to a schema: leave num_beams at 1")
        return Decoding(**values, json_schema=None if schema is None else json.dumps(closed(schema)))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt, decoding = self._prompt(messages), self._decoding(stop, kwargs)
        engine = self.load()
        # Not through `_stream`: calls that return whole answers can share a batch.
        reader = _ReplyText(engine, decoding)
        text = "".join(reader.read(engine.complete(prompt, decoding)))
        message = AIMessage(
            content=text,
            usage_metadata=counts(len(prompt), reader.tokens),
            response_metadata={"model_name": self.model, "finish_reason": reader.finish_reason},
        )
        generation = ChatGeneration(message=message, generation_info={"finish_reason": reader.finish_reason})
        return ChatResult(generations=[generation])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        prompt, decoding = self._prompt(messages), self._decoding(stop, kwargs)
        engine = self.load()
        reader = _ReplyText(engine, decoding)
        searching = decoding.num_beams > 1
        tokens = engine.complete(prompt, decoding) if searching else engine.stream(prompt, decoding)
        for text in reader.read(tokens):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk
        yield last_chunk(self.model, reader.finish_reason, counts(len(prompt), reader.tokens))


class _ReplyText:
    """The text of an answer, made from its tokens as they come, with their number and the reason of its end."""

    def __init__(self, engine: TransformersEngine, decoding: Decoding) -> None:
        self._ends = engine.ends
        self._text = Detokenizer(engine.loaded.tokenizer)
        self._filter = StopFilter(decoding.stop)
        self.tokens = 0
        self.finish_reason = "length"

    def read(self, tokens: Iterable[int]) -> Iterator[str]:
        try:
            for token in tokens:
                self.tokens += 1
                if token in self._ends:
                    self.finish_reason = "stop"
                    break
                if piece := self._filter.feed(self._text.feed(token)):
                    yield piece
                if self._filter.stopped:
                    break
        finally:
            if isinstance(tokens, Generator):
                tokens.close()  # ends the work of the thread behind it
        # What was held back as half a character, or as the beginning of a stop string, is certain now.
        rest = self._filter.feed(self._text.close())
        if self._filter.stopped:
            self.finish_reason = "stop"
        else:
            rest += self._filter.close()
        if rest:
            yield rest
