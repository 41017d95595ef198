"""Answer quality on questions with gold answers, answerable and not: right, refused, cited, verbatim, how fast."""

from __future__ import annotations

import random
from statistics import median
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import BudgetExceeded
from ragkit.evaluate.calibrate import curve
from ragkit.evaluate.metrics import area_under_curve, contains, exact_match, f1
from ragkit.ground.abstain import bound

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Answer, Citation, Example
    from ragkit.generate.generator import Mode
    from ragkit.index import Index


def draw(examples: Sequence[Example], count: int | None, seed: int) -> list[Example]:
    """Draw ``count`` answerable and ``count`` unanswerable questions; all of them for None."""
    if count is None:
        return list(examples)
    # Both kinds in equal number: the rates of right and wrong refusals are then measured on as many questions each.
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample, no secret
    out: list[Example] = []
    for wanted in (True, False):
        pool = [example for example in examples if example.answerable is wanted]
        out += chance.sample(pool, min(count, len(pool)))
    return out


def verbatim(index: Index, citation: Citation) -> bool:
    """Whether a quote is exactly the indexed document's text at its offsets."""
    found = index.store.document(citation.document_id, citation.document)
    return found is not None and found[0][citation.start : citation.end] == citation.quote


def _phrase(answer: Answer) -> str:
    """Return the words of an answer that stand for the gold phrase, without markers and quotation marks."""
    if answer.abstained:
        return ""
    spans = list(dict.fromkeys((each.answer_start, each.answer_end) for each in answer.citations))
    return " ".join(answer.text[start:end] for start, end in spans).strip("“”") if spans else answer.text


def cites_gold(answer: Answer, documents: Sequence[str]) -> bool:
    """Whether the first citation is of a gold document, named by id or by the end of its path."""
    if not answer.citations:
        return False
    first = answer.citations[0]
    # Question sets name documents by file name, an index by the full path.
    path = first.document.replace("\\", "/")
    return any(name in (first.document_id, path) or path.endswith(f"/{name}") for name in documents)


def score(index: Index, example: Example, answer: Answer) -> dict[str, Any]:
    """Score one answer."""
    phrase = _phrase(answer)
    text = answer.text if not answer.citations else f"{answer.text}\n{answer.citations[0].quote}"
    return {
        "id": example.id,
        "question": example.question,
        "answerable": example.answerable,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": answer.confidence or 0.0,
        "answer": answer.text,
        "golds": list(example.answers),
        "em": exact_match(phrase, example.answers),
        "f1": f1(phrase, example.answers),
        "contains_gold": 0.0 if answer.abstained else contains(text, example.answers),
        "cites_gold": cites_gold(answer, example.relevant_ids),
        "quotes": len(answer.citations),
        "quotes_verbatim": sum(verbatim(index, citation) for citation in answer.citations),
        "seconds": answer.timings.get("total", 0.0),
        "usage": dict(answer.usage),
        "raw": answer.raw_text,
    }


def _mean(rows: Sequence[dict[str, Any]], key: str) -> float:
    return sum(float(row[key]) for row in rows) / len(rows) if rows else 0.0


def evaluate_answers(
    index: Index,
    examples: Sequence[Example],
    *,
    mode: Mode = "auto",
    k: int | None = None,
    max_wrong: float | None = None,
    record: Callable[[dict[str, Any]], None] | None = None,
    callbacks: Sequence[Any] = (),
) -> dict[str, float]:
    """Ask every question and measure the answers.

    Args:
        index: holds the corpus; its model answers.
        examples: questions with gold answers; those without are unanswerable.
        mode: answer mode.
        k: passages to retrieve.
        max_wrong: share of answered questions, from 0 to 1, that may be unanswerable; adds the threshold that keeps it.
        record: called with one row a question.
        callbacks: LangChain callback handlers. One that raises ``BudgetExceeded`` ends the run: measured is what was
            answered until then, and ``unasked`` counts the questions that were not.

    Returns:
        ``em``, ``f1``, ``contains_gold`` and ``refused_answerable`` over the answerable questions,
        ``refused_unanswerable`` over the others, ``auc`` of the confidence between the two, ``cited_document`` (first
        citation from a gold document, over the answered answerable ones), ``quotes_verbatim`` over all quotes, and
        ``seconds_p50``; with ``max_wrong`` also ``bound_threshold``, ``bound_wrong`` and ``bound_coverage``.

    Raises:
        ConfigError: no threshold keeps ``max_wrong``, or questions of one kind are missing.
    """
    # What is measured is how answers are looked up, with a confidence each: other routes have none.
    chain = index.chain(mode=mode, k=k, route="passages")
    rows: list[dict[str, Any]] = []
    unasked = 0
    for number, example in enumerate(examples):
        try:
            answer = chain.invoke(example.question, {"callbacks": list(callbacks)})
        except BudgetExceeded:
            unasked = len(examples) - number
            break
        row = score(index, example, answer)
        rows.append(row)
        if record is not None:
            record(row)
    right = [row for row in rows if row["answerable"]]
    wrong = [row for row in rows if not row["answerable"]]
    quotes = sum(row["quotes"] for row in rows)
    limits: dict[str, float] = {}
    if max_wrong is not None:
        chosen = bound(curve([row["confidence"] for row in right], [row["confidence"] for row in wrong]), max_wrong)
        limits = {
            "bound_threshold": chosen.threshold,
            "bound_wrong": chosen.wrong,
            "bound_coverage": chosen.coverage,
        }
    return {
        "em": _mean(right, "em"),
        "f1": _mean(right, "f1"),
        "contains_gold": _mean(right, "contains_gold"),
        "refused_answerable": _mean(right, "abstained"),
        "refused_unanswerable": _mean(wrong, "abstained"),
        "auc": area_under_curve([row["confidence"] for row in right], [row["confidence"] for row in wrong]),
        "cited_document": _mean([row for row in right if not row["abstained"]], "cites_gold"),
        "quotes_verbatim": sum(row["quotes_verbatim"] for row in rows) / quotes if quotes else 1.0,
        "seconds_p50": median(row["seconds"] for row in rows) if rows else 0.0,
        **limits,
        **({"unasked": unasked} if unasked else {}),
    }
