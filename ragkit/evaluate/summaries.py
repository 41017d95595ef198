"""Summaries measured on documents with reference summaries, beside the documents' first sentences."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from ragkit.core.errors import ConfigError
from ragkit.evaluate.data import rows
from ragkit.evaluate.metrics import NAMES, rouge
from ragkit.ground.rendering import said
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from langchain_core.callbacks import BaseCallbackHandler

    from ragkit.chains.summarize.chain import SummaryChain


@dataclass(frozen=True, slots=True)
class Summarised:
    """A document with its reference summaries.

    Attributes:
        id: its id in the file.
        document: the document.
        references: the summaries that people wrote.
    """

    id: str
    document: Document
    references: tuple[str, ...]


def load_summaries(path: Path) -> list[Summarised]:
    """Read rows of ``{"id", "title", "document", "summaries"}``; ``.gz`` is read too.

    Raises:
        ConfigError: there is no such file, or a row has no document or no summaries.
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {path}: give a JSONL file with id, title, document and summaries")
    found: list[Summarised] = []
    for number, row in enumerate(rows(path), 1):
        text, references = row.get("document"), row.get("summaries")
        if not text or not references:
            raise ConfigError(f"{path}, row {number}: a row needs `document`, a text, and `summaries`, a list of texts")
        name = str(row.get("id", number))
        about = {"source": f"{path}#{name}", "title": str(row.get("title") or "")}
        listed = [references] if isinstance(references, str) else references
        found.append(Summarised(name, Document(text, metadata=about), tuple(map(str, listed))))
    if not found:
        raise ConfigError(f"{path} has no rows: nothing can be measured")
    return found


def drawn(documents: Sequence[Summarised], sample: int | None, seed: int) -> list[Summarised]:
    """Draw so many, in their order; all where ``sample`` is None or there are no more."""
    if sample is None or sample >= len(documents):
        return list(documents)
    places = random.Random(seed).sample(range(len(documents)), sample)  # noqa: S311 - a draw that can be repeated
    return [documents[place] for place in sorted(places)]


def evaluate_summaries(
    chain: SummaryChain,
    documents: Sequence[Summarised],
    *,
    record: Callable[[dict[str, Any]], None] | None = None,
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> dict[str, float]:
    """Summarise documents and compare with the references.

    Args:
        chain: the chain.
        documents: with their references.
        record: called with a row for each.
        callbacks: LangChain callbacks of every run.

    Returns:
        ``rouge1``, ``rouge2``, ``rougeL`` (F, stemmed, best reference), the same of the document's first sentences, as
        many as the chain gives, as ``lead_rouge1``..., the share of quotes that stand in the document as quoted, and
        the median seconds.
    """
    totals: Counter[str] = Counter()
    took: list[float] = []
    quotes = verbatim = 0
    for each in documents:
        began = time.perf_counter()
        answer = chain.invoke(each.document, {"callbacks": list(callbacks)})
        took.append(time.perf_counter() - began)
        text = each.document.page_content
        quotes += len(answer.citations)
        verbatim += sum(text[cited.start : cited.end] == cited.quote for cited in answer.citations)
        scores = rouge(said(answer), each.references)
        # The first sentences are the baseline that a summary has to beat: in news they are hard to beat.
        lead = " ".join(text[start:end] for start, end in sentences(text)[: chain.sentences])
        scores |= {f"lead_{name}": value for name, value in rouge(lead, each.references).items()}
        totals.update(scores)
        if record:
            record({"id": each.id, "summary": answer.text, "reason": answer.reason, **scores, "seconds": took[-1]})
    out = {name: totals[name] / len(documents) for name in (*NAMES, *(f"lead_{name}" for name in NAMES))}
    return {**out, "quotes_verbatim": verbatim / quotes if quotes else 1.0, "seconds_p50": median(took)}
