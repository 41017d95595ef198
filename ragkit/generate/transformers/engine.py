"""One loaded transformers model at work: prompts to tokens, streamed or in batches that form under load."""

from __future__ import annotations

import copy
import weakref
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ContextOverflow, GenerationError
from ragkit.generate.background import BackgroundRuns
from ragkit.generate.transformers.loader import LoadedModel, LoadSettings, load_model
from ragkit.generate.transformers.microbatch import MicroBatcher

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

# Prompts in a batch: a processor gains little from more, and every prompt is padded to the longest.
_BATCH = 16
# Tokens of an answer when neither the caller nor the model sets an end.
_UNBOUNDED = 4096


@dataclass(frozen=True, slots=True)
class Decoding:
    """How tokens are chosen; equal ones can share a batch. None leaves a choice to the model's own configuration."""

    max_tokens: int | None = 512
    temperature: float = 0.0
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    num_beams: int = 1
    seed: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: str | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    prompt: tuple[int, ...]
    decoding: Decoding


class TransformersEngine:
    """A model in memory; safe to use from several threads.

    Raises:
        ModelError: the model cannot be loaded.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self.loaded = loaded
        self._batcher: MicroBatcher[_Job, list[int]] = MicroBatcher(self._run_batch, _kind, _BATCH)
        self._runs: BackgroundRuns[int] = BackgroundRuns("ragkit-transformers")
        # Also called at exit: a thread inside torch would crash the interpreter as it ends.
        weakref.finalize(self, self._runs.stop)
        # Taken off the model, which would restore every value that a call leaves out on purpose.
        self._defaults: Any = loaded.model.generation_config
        loaded.model.generation_config = type(self._defaults)()
        self._grammar_tokenizer: Any = None
        eos: Any = self._defaults.eos_token_id
        self.ends = frozenset(eos if isinstance(eos, list) else [] if eos is None else [eos])

    def complete(self, prompt: Sequence[int], decoding: Decoding) -> list[int]:
        """Return the tokens of an answer, its end token included if it came to one.

        Raises:
            ContextOverflow: the prompt and the answer do not fit.
            GenerationError: the model failed.
        """
        return self._batcher.submit(_Job(tuple(prompt), self._fitted(prompt, decoding)))

    def stream(self, prompt: Sequence[int], decoding: Decoding) -> Generator[int, None, None]:
        """Yield the tokens of an answer as they are made; closing the generator ends the work.

        Raises:
            ContextOverflow: the prompt and the answer do not fit.
            GenerationError: the model failed.
        """
        job = _Job(tuple(prompt), self._fitted(prompt, decoding))

        def work(emit: Callable[[int], bool]) -> None:
            with self._batcher.turn:
                self._run([job], emit)

        return self._runs.stream(work)

    def log_probabilities(self, prompt: Sequence[int], reply: Sequence[int]) -> list[float]:
        """Return the log probability of each token of a reply, in nats.

        Raises:
            ContextOverflow: prompt and reply do not fit.
            GenerationError: the model failed.
        """
        import torch

        self._fitted(prompt, Decoding(max_tokens=len(reply)))
        with self._batcher.turn, torch.inference_mode(), _run_errors():
            scores = torch.log_softmax(self._reply_logits(prompt, reply), dim=-1)
            chosen = torch.tensor(list(reply), device=scores.device)
            return scores.gather(1, chosen[:, None])[:, 0].tolist()

    def likeliest(self, prompt: Sequence[int], count: int) -> list[dict[str, Any]]:
        """Return the likeliest first tokens of a reply as ``{"token", "logprob"}``, log probabilities in nats.

        Raises:
            ContextOverflow: the prompt does not fit.
            GenerationError: the model failed.
        """
        import torch

        self._fitted(prompt, Decoding(max_tokens=1))
        with self._batcher.turn, torch.inference_mode(), _run_errors():
            # The padding token stands where the reply's first token would: what is scored there is the choice of it.
            scores = torch.log_softmax(self._reply_logits(prompt, [self._pad_token()])[0], dim=-1)
            best = torch.topk(scores, min(count, scores.shape[0]))
            return [
                {"token": self.loaded.tokenizer.decode([token]), "logprob": value}
                for token, value in zip(best.indices.tolist(), best.values.tolist(), strict=True)
            ]

    def _reply_logits(self, prompt: Sequence[int], reply: Sequence[int]) -> Any:
        """Return the scores with which the model chose among its tokens at each place of a reply.

        Returns:
            A float32 tensor of shape (tokens of the reply, vocabulary), before softmax.
        """
        import torch

        model: Any = self.loaded.model
        if self.loaded.encoder_decoder:
            ids = torch.tensor([list(prompt)], device=model.device)
            labels = torch.tensor([list(reply)], device=model.device)
            return model(input_ids=ids, labels=labels).logits[0].float()
        ids = torch.tensor([[*prompt, *reply]], device=model.device)
        # Each place's scores are for the token behind it, so the reply's begin at the prompt's last place.
        return model(input_ids=ids).logits[0, len(prompt) - 1 : -1].float()

    def _fitted(self, prompt: Sequence[int], decoding: Decoding) -> Decoding:
        """Check that the prompt and its answer fit, and bound an answer that has no bound of its own."""
        limit = self.loaded.limit
        if limit is None:
            room = _UNBOUNDED
        elif self.loaded.encoder_decoder:  # the answer has a context of its own, which starts with one marker
            if len(prompt) > limit:
                raise ContextOverflow(len(prompt), limit)
            room = limit - 1
        else:
            needed = len(prompt) + (decoding.max_tokens or 1)
            if needed > limit:
                raise ContextOverflow(needed, limit)
            room = limit - len(prompt)
        return replace(decoding, max_tokens=min(decoding.max_tokens or room, room))

    def _run_batch(self, jobs: list[_Job]) -> list[list[int]]:
        return [self._until_end(row) for row in self._run(jobs, None)]

    def _until_end(self, row: list[int]) -> list[int]:
        for position, token in enumerate(row):
            if token in self.ends:
                return row[: position + 1]
        return row

    def _run(self, jobs: list[_Job], emit: Callable[[int], bool] | None) -> list[list[int]]:
        import torch

        from ragkit.generate.transformers.hooks import StopStrings, TokenTap, padded

        model, decoding = self.loaded.model, jobs[0].decoding
        pad = self._pad_token()
        # A decoder continues from its prompt's last token, so padding stands on the left; an encoder reads it whole.
        ids, mask = padded([job.prompt for job in jobs], pad, left=not self.loaded.encoder_decoder, device=model.device)
        start = 1 if self.loaded.encoder_decoder else ids.shape[1]
        criteria: list[Any] = []
        if decoding.stop:
            criteria.append(StopStrings(self.loaded.tokenizer, decoding.stop, start))
        tap = TokenTap(emit) if emit else None
        if tap:
            criteria.append(tap)
        # Made for each call: a mask has the state of its rows.
        masks = [self._json_mask(decoding.json_schema)] if decoding.json_schema else []
        with torch.inference_mode(), _seeded(decoding.seed, model.device), _run_errors():
            made: Any = model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=self._generation_config(decoding, pad),
                logits_processor=masks,
                stopping_criteria=criteria,
                streamer=tap,
            )
        return made[:, start:].tolist()

    def _json_mask(self, schema: str) -> Any:
        from ragkit.generate.transformers.hooks import JsonMask, grammar_tokenizer

        # The width is that of the scores, which models pad beyond their vocabulary.
        if self._grammar_tokenizer is None:
            width = self.loaded.model.config.get_text_config().vocab_size
            self._grammar_tokenizer = grammar_tokenizer(self.loaded.tokenizer, self.ends, width)
        return JsonMask(self._grammar_tokenizer, schema)

    def _pad_token(self) -> int:
        """Padding is masked out, so any token serves where the model has none for it."""
        pad = self.loaded.tokenizer.pad_token_id
        return pad if pad is not None else next(iter(self.ends), 0)

    def _generation_config(self, decoding: Decoding, pad: int) -> Any:
        config = copy.deepcopy(self._defaults)
        config.max_new_tokens, config.max_length, config.min_length = decoding.max_tokens, None, 0
        config.pad_token_id = pad
        # BART's would make an answer that was cut off look like one that came to its end.
        config.forced_eos_token_id = None
        config.num_beams = decoding.num_beams
        if decoding.num_beams == 1:  # transformers warns of settings for beams where there are none
            config.early_stopping, config.length_penalty = False, 1.0
        config.do_sample = decoding.temperature > 0
        if not config.do_sample:  # transformers warns of sampling options that have no effect
            config.temperature = config.top_p = config.top_k = config.min_p = config.typical_p = None
        else:
            config.temperature = decoding.temperature
            for name in ("top_p", "top_k", "min_p"):
                if getattr(decoding, name) is not None:
                    setattr(config, name, getattr(decoding, name))
        if decoding.repeat_penalty is not None:
            config.repetition_penalty = decoding.repeat_penalty
        return config


_engines: weakref.WeakValueDictionary[LoadSettings, TransformersEngine] = weakref.WeakValueDictionary()
_loading = Lock()


def shared_engine(settings: LoadSettings) -> TransformersEngine:
    """Return the engine with these settings, loading the model if no chat model holds it already.

    Raises:
        ModelError: the model cannot be loaded.
    """
    with _loading:
        engine = _engines.get(settings)
        if engine is None:
            engine = _engines[settings] = TransformersEngine(load_model(settings))
        return engine


def _kind(job: _Job) -> Decoding | None:
    # What is drawn for one prompt would depend on its neighbours in the batch, seed or no seed.
    return None if job.decoding.temperature > 0 else job.decoding


@contextmanager
def _seeded(seed: int | None, device: Any) -> Generator[None, None, None]:
    """Seed torch for the block and restore its state."""
    import torch

    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield


@contextmanager
def _run_errors() -> Generator[None, None, None]:
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise GenerationError("memory ran out while generating: shorten the prompt or max_tokens") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise GenerationError(f"the model failed while generating: {error}") from error
