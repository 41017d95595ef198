"""Verifiers in a local folder: NLI, MiniCheck, HHEM and LettuceDetect models, told apart by architecture and labels."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ragkit.core.errors import ConfigError, ModelError
from ragkit.generate.options import check_names
from ragkit.text.markers import defused
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ragkit.core.registry import Spec
    from ragkit.core.verdicts import Claim

logger = logging.getLogger(__name__)

Head = Literal["sequence", "tokens", "text"]

# Names that models give to the label of support, and to that of invented tokens, in lower case.
SUPPORTED = ("entailment", "entail", "entailed", "supported", "support", "supports", "consistent", "factual")
INVENTED = ("hallucinated", "hallucination", "hallucinate", "unsupported")
# Pieces that T5's vocabulary has for the replies 0 and 1 of MiniCheck-Flan-T5 (Tang et al., arXiv 2404.10774).
NO_PIECE, YES_PIECE = 3, 209
FALLBACK_TOKENS = 512  # of claim and evidence where no file says how many the model holds
LEAST_EVIDENCE = 16  # tokens of it; a claim that leaves less room is not judged
BATCH = 16
PREFIX_TOKENS = 6  # of "passage 12: " and the blank before a text
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OFFSET = ("roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer")
_UNBOUNDED = 1_000_000  # transformers writes an unknown limit as an astronomical number
OPTIONS = ("batch_size", "max_tokens", "device", "positive", "joined")
# The prompt that LettuceDetect models were trained on, RAGTruth's (Niu et al., arXiv 2401.00396).
_ASKED = (
    "Briefly answer the following question:\n{question}\nBear in mind that your response should be strictly based on "
    "following {count} passages:\n{passages}\nIn case the passages do not contain the necessary information to answer "
    'the question, please reply with: "Unable to answer based on given passages."\noutput:'
)
_SUMMARISED = "Summarize the following text:\n{passages}\noutput:"


@dataclass(frozen=True, slots=True)
class PairReading:
    """How a model is read.

    Attributes:
        head: what it classifies: the pair (``sequence``), each token of the claim (``tokens``), or a reply's first
            token (``text``).
        positive: index of the label of support; of tokens, that of invented ones.
        outputs: labels it has; 1 is a single logit, read by a sigmoid.
        joined: whether evidence and claim are one text with the end token between them, as MiniCheck has it.
    """

    head: Head
    positive: int
    outputs: int
    joined: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    """One run of the model: which claim, and what stands before and behind the separator."""

    place: int
    first: str
    second: str


class LocalVerifier:
    """A classification model of the transformers library on this machine that judges claims by their evidence.

    Evidence beyond what the model holds is read in windows of whole pieces, of which the best counts. The model is
    loaded at its first use: safetensors only, and never code of its maker's.

    Args:
        folder: of the model, as transformers saves them.
        batch_size: windows that go through the model at once.
        max_tokens: tokens of claim and evidence together; None takes the model's own limit.
        device: torch's name of it; empty takes the processor.
        positive: index of the label of support, of a token classifier that of invented tokens; None finds it by name.
        joined: whether evidence and claim are joined into one text, as MiniCheck does; None goes by the model's name.

    Attributes:
        truncated: claims so far of which the model could not read a sentence of evidence, or the claim, as a whole.

    Raises:
        ConfigError: there is no such folder, or its model is none that judges claims.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        batch_size: int = BATCH,
        max_tokens: int | None = None,
        device: str = "",
        positive: int | None = None,
        joined: bool | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.reading = reading_of(self.folder, positive, joined)
        self.batch_size, self.max_tokens, self.device = batch_size, max_tokens, device or "cpu"
        self.truncated = 0
        self._loaded: tuple[Any, Any] | None = None
        self._lock = threading.Lock()

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        """Return the probability, from 0 to 1, that its evidence supports each claim.

        Raises:
            ModelError: the model cannot be loaded.
        """
        found = [0.0] * len(claims)
        if not any(_askable(claim) for claim in claims):
            return found
        with self._lock:  # a tokenizer is not safe to use from several threads
            model, tokenizer = self._load()
            pairs = [
                pair for place, claim in enumerate(claims) if _askable(claim) for pair in self._pairs(place, claim)
            ]
            # By length, so that little of a batch is padding.
            pairs.sort(key=lambda pair: len(pair.first) + len(pair.second))
            for start in range(0, len(pairs), self.batch_size):
                batch = pairs[start : start + self.batch_size]
                for pair, probability in zip(batch, self._run(model, tokenizer, batch), strict=True):
                    found[pair.place] = max(found[pair.place], probability)
        return found

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            import transformers

            kinds: dict[Head, Any] = {
                "sequence": transformers.AutoModelForSequenceClassification,
                "tokens": transformers.AutoModelForTokenClassification,
                "text": transformers.AutoModelForSeq2SeqLM,
            }
            common: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
            try:
                tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(self.folder), **common)
                # Never pickles: a pytorch_model.bin can run code of its maker's when it is loaded.
                model = kinds[self.reading.head].from_pretrained(
                    str(self.folder), use_safetensors=True, dtype="float32", **common
                )
                model = model.to(self.device).eval()
            # Loading runs through many libraries, and each has its own way of saying what is wrong.
            except Exception as error:
                first = next(iter(str(error).strip().splitlines()), "")
                raise ModelError(
                    f"the verifier in {self.folder} cannot be loaded ({type(error).__name__}: {first}): get its files "
                    "again, in the safetensors format and with the tokenizer's"
                ) from error
            self._loaded = model, tokenizer
        return self._loaded

    def _room(self, tokenizer: Any, model: Any, fixed: str) -> int:
        """Return how many tokens evidence may have beside the text that stands in every window."""
        positions = getattr(model.config, "max_position_embeddings", None)
        if positions and model.config.model_type in _OFFSET:
            positions -= 2  # their tables of positions begin behind the padding's
        known = [positions, getattr(tokenizer, "model_max_length", None), self.max_tokens]
        limit = min((int(value) for value in known if value and 0 < value < _UNBOUNDED), default=FALLBACK_TOKENS)
        return limit - _length(tokenizer, fixed) - 2 - tokenizer.num_special_tokens_to_add(pair=True)

    def _pairs(self, place: int, claim: Claim) -> Iterator[_Pair]:
        """Yield the windows of a claim; none where it leaves no room for evidence."""
        model, tokenizer = self._load()
        claim = replace(claim, text=_plain(tokenizer, claim.text), question=_plain(tokenizer, claim.question))
        room = self._room(tokenizer, model, " ".join((self._first(claim, [""]), defused(claim.text))))
        if room < LEAST_EVIDENCE:
            self._count(claim)
            return
        evidence = [_plain(tokenizer, text) for text in claim.evidence]
        windows, whole = packed(evidence, room, lambda text: _length(tokenizer, text) + PREFIX_TOKENS)
        if not whole:
            self._count(claim)
        for window in windows:
            yield _Pair(place, self._first(claim, window), defused(claim.text))

    def _count(self, claim: Claim) -> None:
        self.truncated += 1
        logger.warning("a claim and its evidence do not fit the verifier %s: %.60s", self.folder.name, claim.text)

    def _first(self, claim: Claim, window: Sequence[str]) -> str:
        if self.reading.head != "tokens":
            return " ".join(window)
        passages = "\n".join(f"passage {number}: {text}" for number, text in enumerate(window, 1))
        if claim.question.strip():
            return _ASKED.format(question=defused(claim.question), count=len(window), passages=passages)
        return _SUMMARISED.format(passages="\n".join(window))

    def _run(self, model: Any, tokenizer: Any, batch: Sequence[_Pair]) -> list[float]:
        """Return the probability of support of each pair of a batch."""
        import torch

        firsts, seconds = [pair.first for pair in batch], [pair.second for pair in batch]
        options: dict[str, Any] = {"padding": True, "return_tensors": "pt"}
        if self.reading.head == "text" or self.reading.joined:
            between = tokenizer.eos_token or tokenizer.sep_token
            opening = "predict: " if self.reading.head == "text" else ""
            texts = [f"{opening}{first}{between}{second}" for first, second in zip(firsts, seconds, strict=True)]
            encoded = tokenizer(texts, **options)
        else:
            encoded = tokenizer(firsts, seconds, **options)
        inputs = {name: value.to(self.device) for name, value in encoded.items() if name in _INPUTS}
        with torch.inference_mode():
            if self.reading.head == "text":
                # One step of the decoder, which begins with the padding token: 0.
                begun = torch.zeros((len(batch), 1), dtype=torch.long, device=self.device)
                logits = model(**inputs, decoder_input_ids=begun).logits[:, 0, [NO_PIECE, YES_PIECE]]
                return logits.softmax(-1)[:, 1].tolist()
            logits = model(**inputs).logits.float()
        if self.reading.head == "sequence":
            return self._of_pairs(logits)
        return [
            self._of_tokens(logits[row], [part == 1 for part in encoded.sequence_ids(row)]) for row in range(len(batch))
        ]

    def _of_pairs(self, logits: Any) -> list[float]:
        if self.reading.outputs == 1:
            return logits[:, 0].sigmoid().tolist()
        return logits.softmax(-1)[:, self.reading.positive].tolist()

    def _of_tokens(self, logits: Any, claimed: list[bool]) -> float:
        """Return how likely none of the claim's tokens is invented, by the one that most likely is."""
        rows = [row for row, inside in enumerate(claimed) if inside]
        if not rows:
            return 0.0
        return 1.0 - float(logits[rows].softmax(-1)[:, self.reading.positive].max())


def _plain(tokenizer: Any, text: str) -> str:
    """Write a text so that the tokenizer takes nothing in it for a token that parts texts."""
    for token in tokenizer.all_special_tokens:
        text = text.replace(token, " ".join(token))
    return text


def _askable(claim: Claim) -> bool:
    return bool(claim.text.strip()) and any(map(str.strip, claim.evidence))


def _length(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def packed(pieces: Sequence[str], room: int, length: Callable[[str], int]) -> tuple[list[list[str]], bool]:
    """Pack texts into as few windows as their order allows, each whole where it has room.

    Args:
        pieces: the texts; one that is longer than a window is parted at its sentences.
        room: tokens of a window.
        length: returns the tokens of a text.

    Returns:
        The windows, and whether all of the text is in them: a sentence beyond a window is cut at a word.
    """
    windows: list[list[str]] = [[]]
    used, whole = 0, True
    for piece in (part for text in pieces if text.strip() for part in _parts(text, room, length)):
        text, tokens = piece, length(piece)
        while tokens > room:
            whole = False
            words = text.split()
            text = " ".join(words[: len(words) // 2]) if len(words) > 1 else text[: len(text) // 2]
            tokens = length(text)
        if used + tokens > room and windows[-1]:
            windows.append([])
            used = 0
        windows[-1].append(text)
        used += tokens
    return windows, whole


def _parts(text: str, room: int, length: Callable[[str], int]) -> list[str]:
    flat = defused(text)
    if length(flat) <= room:
        return [flat]
    return [defused(text[start:end]) for start, end in sentences(text)]


def reading_of(folder: Path, positive: int | None = None, joined: bool | None = None) -> PairReading:
    """Find out from a model's configuration how it is read.

    Args:
        folder: of the model.
        positive: index of the label of support, or of invented tokens, where the names of the labels do not tell it.
        joined: see :class:`PairReading`; None goes by the name.

    Raises:
        ConfigError: the folder holds no model, its code is not in transformers, or nothing says what its labels mean.
    """
    config = _config(folder)
    architecture = str(next(iter(config.get("architectures") or [""]), ""))
    labels = {int(index): str(name).lower() for index, name in (config.get("id2label") or {}).items()}
    outputs = len(labels) or int(config.get("num_labels") or 2)
    if architecture.endswith("ForSequenceClassification"):
        if outputs == 1:
            return PairReading("sequence", 0, 1)
        place = _label(folder, labels, outputs, SUPPORTED, positive)
        named = f"{folder.name} {config.get('_name_or_path', '')}".lower()
        return PairReading("sequence", place, outputs, "minicheck" in named if joined is None else joined)
    if architecture.endswith("ForTokenClassification"):
        return PairReading("tokens", _label(folder, labels, outputs, INVENTED, positive), outputs)
    if architecture == "T5ForConditionalGeneration":
        return PairReading("text", 1, 2, joined=True)
    raise ConfigError(
        f"{folder} holds a {architecture or 'model of an unnamed architecture'}, which does not judge claims: give a "
        "model for sequence classification (NLI, MiniCheck, HHEM), for token classification (LettuceDetect) or "
        "MiniCheck-Flan-T5"
    )


def _config(folder: Path) -> Mapping[str, Any]:
    path = folder / "config.json"
    if not path.is_file():
        raise ConfigError(
            f"there is no model in {folder}: give the folder that holds config.json and model.safetensors"
        )
    try:
        config: Any = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is no JSON: get the model's files again") from error
    if not isinstance(config, dict):
        raise ConfigError(f"{path} holds no configuration: get the model's files again")
    if config.get("auto_map"):
        raise ConfigError(
            f"the model in {folder} needs code of its maker's ({config.get('model_type', 'custom')}); ragkit does "
            "not run: give one whose architecture transformers knows"
        )
    return config


def _label(folder: Path, labels: Mapping[int, str], outputs: int, names: Sequence[str], positive: int | None) -> int:
    """Return the index of the label that names what is looked for."""
    if positive is not None:
        if not 0 <= positive < outputs:
            raise ConfigError(f"positive={positive} is no label of {folder}, which has {outputs}: 0 to {outputs - 1}")
        return positive
    for name in names:
        if place := [index for index, label in labels.items() if label == name]:
            return place[0]
    # Without names of their own two labels are 0 and 1: MiniCheck's and HHEM's support, LettuceDetect's invention.
    if outputs == 2 and all(label == f"label_{index}" for index, label in labels.items()):
        return 1
    raise ConfigError(
        f"nothing says which label of {folder} means {names[0]} ({', '.join(labels.values()) or outputs}): name it "
        "with ?positive=INDEX"
    )


def local_verifier(spec: Spec) -> LocalVerifier:
    """Return the model of a spec, ``local:FOLDER?option=value``, as what judges sentences.

    Raises:
        ConfigError: there is no such model, or an option is wrong.
    """
    check_names(spec, spec.options, set(OPTIONS), f"known: {', '.join(OPTIONS)}")
    if not spec.model:
        raise ConfigError("local: needs a folder: write local:FOLDER")
    kinds: dict[str, type] = {"device": str, "joined": bool}
    for name, value in spec.options.items():
        kind = kinds.get(name, int)
        if type(value) is not kind or (name in ("batch_size", "max_tokens") and value < 1):
            raise ConfigError(f"wrong option in {str(spec)!r}: {name} cannot be {value!r}")
    return LocalVerifier(spec.model, **spec.options)
