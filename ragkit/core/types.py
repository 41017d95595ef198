"""The types that the stages exchange; frozen, slotted, validated when made, standard library only.

``Document`` is LangChain's own class and is not repeated here: ``page_content``, ``metadata``, ``id``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from ragkit.core.errors import ConfigError
from ragkit.core.places import pages_inside as pages_inside  # noqa: PLC0414 - this is where users find them
from ragkit.core.places import place_at as place_at  # noqa: PLC0414
from ragkit.core.places import within
from ragkit.core.protocols import Embedder as Embedder  # noqa: PLC0414
from ragkit.core.protocols import Encoded as Encoded  # noqa: PLC0414
from ragkit.core.protocols import EncodedQuery as EncodedQuery  # noqa: PLC0414
from ragkit.core.protocols import TokenEmbedder as TokenEmbedder  # noqa: PLC0414
from ragkit.core.protocols import Tokenizer as Tokenizer  # noqa: PLC0414

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from langchain_core.documents import Document
    from numpy.typing import NDArray

    from ragkit.core.verdicts import Verdict

    Vectors = NDArray[np.float32]

# How a passage was found; what became of a file in the index; what became of it when it was loaded; and why.
Via = Literal["dense", "lexical", "fused", "reranked"]
Outcome = Literal["indexed", "unchanged", "updated", "removed", "skipped", "failed"]
LoadOutcome = Literal["text", "empty", "error", "skipped"]
Reason = Literal[
    "encrypted",  # a password is needed
    "corrupt",  # its content is damaged
    "too-large",  # reading it takes more than a limit allows
    "timeout",  # reading it took too long
    "crashed",  # it ended the process that read it
    "unsupported",  # of a kind that ragkit does not read
    "unreadable",  # the system does not give its bytes: rights, a link that leads nowhere, a network that fails
    "ignored",  # left out on purpose: ignore files, patterns, hidden names, links out of the folder
    "duplicate",  # the same file under another name
    "empty",  # only of the outcome `empty`: read, and there is no text in it
    "missing",  # only of the error that is raised for a path that was asked for and does not exist
]
REASONS: frozenset[str] = frozenset(get_args(Reason))


def content_id(*parts: object) -> str:
    """Return 32 hexadecimal digits of a hash over ``parts``; the same parts always give the same id."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        # The length before each part tells ("ab", "c") from ("a", "bc"); names of files may hold bytes outside UTF-8.
        data = str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document: ``document.page_content[start:end] == text``, always.

    Attributes:
        id: a hash of what the chunk holds and where, or the id its owner gave it.
        document_id: id of the document it was cut from.
        text: the passage, verbatim.
        start: offset of its first character in the document.
        end: offset behind its last character.
        ordinal: its place among the document's chunks, from 0.
        heading: title and headings above it; embedded with the text but no part of it.
        metadata: the document's metadata (``source`` always), the place of ``start`` (``page`` and the like), and
            ``pages_inside``: where later pages begin when the passage runs over a page's end (``places_inside`` for
            places without pages).
    """

    id: str
    document_id: str
    text: str
    start: int
    end: int
    ordinal: int = 0
    heading: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        # Offsets count characters, not bytes or tokens, so a length that differs means that one of them is wrong.
        if self.start < 0 or self.end - self.start != len(self.text):
            raise ValueError(f"chunk [{self.start}, {self.end}) does not fit its text of {len(self.text)} characters")

    @property
    def source(self) -> str:
        """Path or URL of the document."""
        return str(self.metadata.get("source", ""))

    @property
    def page(self) -> int | None:
        """Page of the first character, from 1, where the format has pages."""
        return self.metadata.get("page")

    def place(self, start: int | None = None, end: int | None = None) -> dict[str, Any]:
        """Say where the passage stands, or a span of the document in it; see :func:`ragkit.core.types.place_at`.

        Args:
            start: offset in the document; the passage's own when None.
            end: offset behind the span; the passage's own when None.
        """
        first, last = self.start if start is None else start, self.end if end is None else end
        return within(self.metadata, self.text, self.start, first, last)


def page_of(chunk: Chunk, offset: int) -> int | None:
    """Page on which a character of a passage stands; passages may run over the end of a page."""
    # The list is sorted by start: the last page that begins at or before the character is its page.
    page = chunk.page
    for place in chunk.metadata.get("pages_inside", ()):
        if place["start"] <= offset:
            page = place["page"]
    return page


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. Higher scores are better; they compare within one search only.

    Attributes:
        chunk: the passage.
        score: its score in this search.
        rank: its place in the result, from 1.
        via: which search found it.
        dense: cosine of question and passage in [-1, 1], where the dense search looked at it.
        lexical: BM25 score, where the lexical search looked at it.
    """

    chunk: Chunk
    score: float
    rank: int
    via: Via
    dense: float | None = None
    lexical: float | None = None

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"ranks count from 1, not {self.rank}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a retrieved passage that bears on the question.

    Attributes:
        hit: the passage it stands in.
        start: offset of the sentence in the document's text.
        end: offset behind it.
        text: the sentence, verbatim.
        score: how well it fits the question; compares within one question only.
        cosine: similarity of sentence and question in [-1, 1].
        coverage: share of the question's content words it holds, weighted by how rare they are, from 0 to 1.
        context: what it takes to read it alone: titles and headings above it, the header of its table.
        relevance: log odds, in nats, that it answers the question, as a cross-encoder judges; None without one.
    """

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    cosine: float = 0.0
    coverage: float = 0.0
    context: str = ""
    relevance: float | None = None

    def __post_init__(self) -> None:
        # Quotes are cut from evidence, so a sentence that is not verbatim would become a false citation.
        first = self.start - self.hit.chunk.start
        if self.hit.chunk.text[first : first + self.end - self.start] != self.text or first < 0:
            raise ValueError(f"evidence [{self.start}, {self.end}) is not verbatim in its passage")

    @property
    def page(self) -> int | None:
        """Page of its first character where the format has pages and the passage knows them."""
        return page_of(self.hit.chunk, self.start)


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote that supports a stretch of an answer.

    Attributes:
        marker: its number in the answer, from 1.
        answer_start: offset in ``Answer.text`` where the supported words begin.
        answer_end: offset behind them.
        document: source (path or URL) of the document.
        page: page of the quote's first character, from 1, where the format has pages.
        start: offset of the quote in the document's text.
        end: offset behind it.
        quote: exactly the document's text at [start, end).
        support: how well the quote supports the words, from 0 to 1.
        document_id: id of the document in the index.
        place: all that is known of where the quote stands, as :func:`ragkit.core.types.place_at` returns it.
    """

    marker: int
    answer_start: int
    answer_end: int
    document: str
    page: int | None
    start: int
    end: int
    quote: str
    support: float
    document_id: str = ""
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if self.end - self.start != len(self.quote):
            raise ValueError(f"quote of {len(self.quote)} characters does not fit [{self.start}, {self.end})")
        if not 0 <= self.answer_start <= self.answer_end:
            raise ValueError(f"answer span [{self.answer_start}, {self.answer_end}) is no span")


@dataclass(frozen=True, slots=True)
class Flag:
    """A sentence of a passage that speaks to a model.

    Attributes:
        kind: ``template``, ``override`` or ``machine``, as :class:`ragkit.ground.safety.FlaggedSentence` explains them.
        document: source (path or URL) of the document.
        start: offset in the document's text.
        end: offset behind it.
        text: exactly the document's text at [start, end).
        document_id: id of the document in the index.
        place: all that is known of where it stands, as :func:`ragkit.core.types.place_at` returns it.
    """

    kind: str
    document: str
    start: int
    end: int
    text: str
    document_id: str = ""
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer, and what supports it.

    Parts that stream out of a chain are Answers too; adding them up in order gives the whole (``a + b``).

    Attributes:
        question: the question, verbatim.
        text: the answer, with markers such as ``[1]``.
        citations: one for each marker, in order.
        hits: the retrieved passages, best first.
        abstained: True when the sources do not support an answer.
        reason: why it abstained, or what was left out of the model's reply; empty when there is nothing to say.
        usage: ``input_tokens`` and ``output_tokens`` of the generator.
        timings: seconds by step.
        raw_text: the generator's own words before grounding.
        confidence: how sure ragkit is that the sources answer the question, from 0 to 1.
        model: the generator's spec.
        evidence: the sentences that the answer was made from; in the order of the prompt where there was one.
        unsupported: spans of ``text`` that could not be confirmed, with ``[?]`` behind each where they are marked.
        verdicts: on each sentence of the generator's reply, those that were left out too.
        flags: what of the passages found gives orders; it was no evidence.
        route: which kind of chain answered: ``passages``, ``table``, ``steps``, ``overview``, ``list``, ``code`` or
            ``talk``; empty for a chain that was called by itself.
        explain: how :meth:`why` finds out; set by the chain that answered.
    """

    question: str = ""
    text: str = ""
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    abstained: bool = False
    reason: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    raw_text: str = ""
    confidence: float | None = None
    model: str = ""
    evidence: tuple[Evidence, ...] = ()
    unsupported: tuple[tuple[int, int], ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    flags: tuple[Flag, ...] = ()
    route: str = ""
    explain: Callable[[Answer], Explanation] | None = field(default=None, repr=False, compare=False)

    def why(self) -> Explanation:
        """Find out which sentences moved the answer, by leaving each out and scoring the answer again.

        Raises:
            ConfigError: it was made without a generator, or by one that does not score a text.
        """
        if self.explain is None:
            raise ConfigError(
                "this answer was made without a generator: its quotes are the reason, and each hit's scores say why "
                "it was found; ask in another mode with a local model"
            )
        return self.explain(self)

    def __add__(self, other: Answer) -> Answer:
        """Append a later part of the same answer; offsets of its citations count from the whole answer's start."""
        # Text, citations and counts add up; of what a part states once (hits, reason, confidence) the later value wins.
        if not isinstance(other, Answer):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return replace(
            self,
            question=other.question or self.question,
            text=self.text + other.text,
            citations=self.citations + other.citations,
            hits=other.hits or self.hits,
            abstained=self.abstained or other.abstained,
            reason=other.reason or self.reason,
            usage={key: self.usage.get(key, 0) + other.usage.get(key, 0) for key in {**self.usage, **other.usage}},
            timings={**self.timings, **other.timings},
            raw_text=self.raw_text + other.raw_text,
            confidence=self.confidence if other.confidence is None else other.confidence,
            model=other.model or self.model,
            evidence=other.evidence or self.evidence,
            unsupported=self.unsupported + other.unsupported,
            verdicts=self.verdicts + other.verdicts,
            flags=self.flags + other.flags,
            route=other.route or self.route,
            explain=other.explain or self.explain,
        )


@dataclass(frozen=True, slots=True)
class Influence:
    """What an answer owes to one sentence.

    Attributes:
        evidence: the sentence.
        marker: the number by which the answer cites it; None where it does not.
        moved: log probability, in nats, that the answer loses without it; below 0 where it stood in the way.
        share: of what all sentences moved it by, from 0 to 1.
    """

    evidence: Evidence
    marker: int | None
    moved: float
    share: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which sentences an answer rests on, and how much.

    Attributes:
        influences: one for each sentence the generator read, what moved the answer most first.
        together: log probability, in nats, that the answer loses without all of them; near 0, the model knew it anyway.
        disagreements: where citations and influence do not agree, in words.
        model: spec of the generator that scored the answer.
    """

    influences: tuple[Influence, ...]
    together: float
    disagreements: tuple[str, ...]
    model: str


class Titled(NamedTuple):
    """A document as it may be named.

    Attributes:
        source: its path or URL.
        title: its title; empty where it has none.
        opening: its first characters.
        date: when it was written, as text that sorts; empty where nobody knows.
    """

    source: str
    title: str
    opening: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its right answers: for few-shot prompts and for evaluation alike.

    Attributes:
        question: the question.
        answer: the answer to show in a prompt; the first gold answer in an evaluation.
        context: the passage that holds it, where it is known.
        relevant_ids: ids of the documents that answer the question; empty when none does.
        answers: every accepted answer; empty for an unanswerable question.
        id: the example's id in its file.
    """

    question: str
    answer: str = ""
    context: str = ""
    relevant_ids: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    id: str = ""

    @property
    def answerable(self) -> bool:
        """Whether any answer is right."""
        return bool(self.answers or self.answer)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What became of one path: exactly one outcome, with the documents or the reason.

    Attributes:
        source: the path or URL.
        outcome: ``text`` (documents hold it), ``empty`` (readable, but no text in it), ``error``, or ``skipped``
            (not read, for a good reason).
        documents: LangChain Documents; several for mailboxes, archives and files of rows.
        reason: one word of ``Reason``; empty for ``text``.
        detail: a sentence a person can act on; empty for ``text``.
        media_type: what the content is, for example ``application/pdf``.
        pages: page count, where the format has pages.
    """

    source: str
    outcome: LoadOutcome
    documents: tuple[Document, ...] = ()
    reason: str = ""
    detail: str = ""
    media_type: str = ""
    pages: int | None = None

    def __post_init__(self) -> None:
        # A file is never both: whoever reads a row of the ledger must be able to trust its one outcome.
        if (self.outcome == "text") != bool(self.documents):
            raise ValueError(f"{self.source}: outcome {self.outcome!r} with {len(self.documents)} documents")
        if self.outcome in ("error", "skipped") and not self.reason:
            raise ValueError(f"{self.source}: outcome {self.outcome!r} needs a reason")
        if self.reason and self.reason not in REASONS:
            raise ValueError(f"{self.source}: {self.reason!r} is no reason: {', '.join(sorted(REASONS))}")


@dataclass(frozen=True, slots=True)
class FileReport:
    """One row of an ``IngestReport``: what became of one file.

    Attributes:
        source: the path or URL.
        outcome: what happened to it in the index.
        reason: one word of ``Reason`` for skipped and failed files; empty otherwise.
        characters: characters of text now indexed for it.
        chunks: passages now indexed for it.
        truncated: passages longer than the embedder can read (0 unless splitting could not cut them).
        detail: a sentence a person can act on, where there is a reason.
    """

    source: str
    outcome: Outcome
    reason: str = ""
    characters: int = 0
    chunks: int = 0
    truncated: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an indexing run did, file by file.

    Attributes:
        files: one row a file, in the order they were read.
        seconds: wall time of the run.
        embedded: passages that went through the embedder in this run.
    """

    files: tuple[FileReport, ...] = ()
    seconds: float = 0.0
    embedded: int = 0

    def count(self, outcome: Outcome) -> int:
        """Count the files with this outcome."""
        return sum(row.outcome == outcome for row in self.files)

    @property
    def chunks(self) -> int:
        """Passages indexed for the files of this report."""
        return sum(row.chunks for row in self.files)

    @property
    def characters(self) -> int:
        """Characters of text indexed for the files of this report."""
        return sum(row.characters for row in self.files)

    @property
    def truncated(self) -> int:
        """Passages that are longer than the embedder reads."""
        return sum(row.truncated for row in self.files)
