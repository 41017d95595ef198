"""GGUF models in this process: a LangChain chat model over llama.cpp (xllamacpp)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import generate_from_stream
from pydantic import Field, PrivateAttr

from ragkit.core.errors import ConfigError, GenerationError
from ragkit.generate.llamacpp.gguf import GGUFHeader, find_gguf, read_header, shared_tokens
from ragkit.generate.local import LocalChat
from ragkit.generate.messages import as_chat, counts, delta_chunk, last_chunk
from ragkit.generate.scoring import ALTERNATIVES, exactly, shares, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult

    from ragkit.generate.llamacpp.engine import LlamaEngine

# Memory for a context is taken when a model is loaded: 4096 tokens hold a question's sources and an answer.
DEFAULT_CONTEXT = 4096
# Bytes of a file from which 256 tokens take a processor several seconds, too long to wait for a cancelled request.
_LARGE = 500_000_000
# Fields that go into a request under their own names; None means llama.cpp's default.
_SAMPLING = (
    *("temperature", "seed", "top_p", "top_k", "min_p", "repeat_penalty", "frequency_penalty", "presence_penalty"),
    *("cache_prompt", "grammar", "json_schema"),
)


class ChatLlamaCpp(LocalChat):
    """A GGUF model as a chat model: streamed, counted exactly, silent, and without any network.

    The model is loaded on first use (or by `load`) and shared with every other instance that has the same file, context
    and threads. With temperature 0 the likeliest token is always taken. Reusing the cache of an earlier
    prompt's beginning may change roundings and with them a near tie; ``cache_prompt=False`` rules that out at the cost
    of evaluating every prompt from its start.

    Beside the options of every local model (`LocalChat`):

    Attributes:
        model: a name of ragkit's catalogue or the path of a ``.gguf`` file.
        top_p: share of probability to sample from, from 0 to 1.
        top_k: number of tokens to sample from; 0 is all.
        frequency_penalty: above 0 makes tokens less likely with each use.
        presence_penalty: above 0 makes used tokens less likely.
        logprobs: number of alternatives to report for each token in ``response_metadata["logprobs"]``.
        grammar: GBNF grammar that the answer must follow.
        json_schema: JSON schema that the answer must follow.
        n_ctx: context in tokens for each request; None is the model's own, 4096 at most.
        threads: processor threads; None is ragkit's setting.
        parallel: requests that are worked on at the same time.
        batch_size: prompt tokens evaluated at a time, and so how soon a cancelled request ends; None is 256 for small
            models and 64 for large ones, which costs a processor next to nothing. Graphics cards want more.
        cache_prompt: whether to reuse the work done on the common beginning of successive prompts.
        gpu_layers: layers to keep on a graphics card; -1 lets llama.cpp choose.
        chat_template: Jinja template instead of the file's own.
        plain: whether the messages' texts are joined as they are, without any chat template, for the model to continue;
            small models continue a pattern more surely than they follow an instruction.

    Raises:
        ModelError: the model is unknown, its file missing, damaged or no GGUF file.
        ConfigError: ``n_ctx`` is more than the model was trained for.
    """

    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: int | None = Field(default=None, ge=1)
    grammar: str | None = None
    json_schema: dict[str, Any] | None = None
    n_ctx: int | None = Field(default=None, ge=1)
    threads: int | None = Field(default=None, ge=1)
    parallel: int = Field(default=1, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    cache_prompt: bool = True
    gpu_layers: int = Field(default=-1, ge=-1)
    chat_template: str = ""
    plain: bool = False

    _path: Path = PrivateAttr()
    _header: GGUFHeader = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Find the file and read its header, so that a wrong name fails at once and not at the first question."""
        super().model_post_init(context)
        self._path = find_gguf(self.model, self.models_dir)
        self._header = read_header(self._path)
        trained = self._header.context_length
        if self.n_ctx and trained and self.n_ctx > trained:
            raise ConfigError(f"n_ctx={self.n_ctx} is more than the {trained} tokens {self.model} was trained to hold")

    @property
    def context_limit(self) -> int:
        """Tokens that a prompt and its answer may have together."""
        return self.n_ctx or min(self._header.context_length or DEFAULT_CONTEXT, DEFAULT_CONTEXT)

    def load(self) -> LlamaEngine:
        """Load the model now rather than with the first request.

        Raises:
            ModelError: llama.cpp cannot load the file.
        """
        if self._engine is None:
            from ragkit.core.settings import load_settings
            from ragkit.generate.llamacpp.engine import EngineSettings, shared_engine

            facts = self._path.stat()
            self._engine = shared_engine(
                EngineSettings(
                    path=str(self._path.resolve()),
                    version=(facts.st_mtime_ns, facts.st_size),
                    n_ctx=self.context_limit,
                    threads=self.threads or load_settings().thread_count,
                    batch=self.batch_size or (256 if facts.st_size < _LARGE else 64),
                    parallel=self.parallel,
                    gpu_layers=self.gpu_layers,
                    chat_template=self.chat_template,
                )
            )
        return self._engine

    def get_num_tokens(self, text: str) -> int:
        """Count the tokens of a text exactly as the model counts them."""
        return self.load().count(text)

    def get_token_ids(self, text: str) -> list[int]:
        """Refuse: the runtime counts tokens (`get_num_tokens`), but does not return their ids.

        Raises:
            GenerationError: always.
        """
        raise GenerationError("llama.cpp's server gives no token ids: use get_num_tokens")

    def _prompt_size(self, messages: list[BaseMessage]) -> int:
        return self.load().count_prompt(self._request(messages, None, {}))

    def log_probabilities(self, messages: Sequence[BaseMessage], reply: str) -> list[float]:
        """Return how likely the model finds a reply: the log probability of each of its tokens, in nats.

        Raises:
            ContextOverflow: messages and reply do not fit the context.
        """
        if not reply:
            return []
        count = self.get_num_tokens(reply)
        ids = shared_tokens(self._path).ids(reply, count)
        # Where the ids are not known, a grammar of letters lets parts of tokens through, and the likeliest of them need
        # not be the text's own: what comes out is then a lower bound.
        grammar = tokens(ids) if ids else exactly(reply)
        options = {"grammar": grammar, "logprobs": 1, "temperature": 0.0, "max_tokens": count if ids else 2 * count + 8}
        text, scored = self._scored(messages, options)
        if text != reply:
            raise GenerationError("llama.cpp did not score the text: it may hold characters that no token writes")
        return [token["logprob"] for token in scored]

    def choice_probabilities(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """Return how likely each of a few words begins the reply, from 0 to 1; what is left are other words."""
        options = {"logprobs": ALTERNATIVES, "max_tokens": 1, "temperature": 0.0, "grammar": None}
        _, scored = self._scored(messages, options)
        return shares(scored[0]["top_logprobs"] if scored else (), choices)

    def _scored(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        """Return a reply and llama.cpp's log probabilities of its tokens; a grammar does not change them."""
        text, scored = "", list[dict[str, Any]]()
        for chunk in self._stream(list(messages), **options, json_schema=None, stop=[]):
            text += chunk.text
            scored += (chunk.message.response_metadata.get("logprobs") or {}).get("content", ())
        return text, scored

    @property
    def _llm_type(self) -> str:
        return "llamacpp"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "n_ctx": self.context_limit, **{name: getattr(self, name) for name in _SAMPLING}}

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in (*_SAMPLING, "max_tokens", "stop", "logprobs", "plain")}
        unknown = sorted(set(options) - set(values))
        if unknown:
            raise ConfigError(f"ChatLlamaCpp does not know {unknown[0]!r}: it takes {', '.join(sorted(values))}")
        values |= options
        if stop is not None:
            values["stop"] = stop
        alternatives = values.pop("logprobs")
        # llama.cpp follows OpenAI's interface here: a switch, and beside it the number.
        if alternatives:
            values |= {"logprobs": True, "top_logprobs": alternatives}
        chat = as_chat(messages)
        body = {"prompt": "".join(each["content"] for each in chat)} if values.pop("plain") else {"messages": chat}
        return {**body, **{name: value for name, value in values.items() if value is not None}}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # Streamed inside even so: a call that waits for the whole answer could not be interrupted.
        return generate_from_stream(self._stream(messages, stop, None, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        request = self._request(messages, stop, kwargs)
        # An answer without a bound may take what is left, which must be one token at least.
        events = self.load().chat(request, room=request.get("max_tokens", 1))
        finish_reason, usage = None, None
        try:
            for event in events:
                for choice in event.get("choices", ()):
                    finish_reason = choice["finish_reason"] or finish_reason
                    chunk = delta_chunk(choice)
                    if chunk is None:
                        continue
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                usage = event.get("usage", usage)
        finally:
            events.close()
        if usage is None or finish_reason is None:
            raise GenerationError("llama.cpp ended the answer without saying why: ask again", retryable=True)
        cached = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
        yield last_chunk(self.model, finish_reason, counts(usage["prompt_tokens"], usage["completion_tokens"], cached))
