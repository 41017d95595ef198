"""Sentences of a document that speak to a model: found, named, and, where they are certain, left out of the evidence.

Two kinds remove evidence, because no text for people holds them: marks of a chat model's speakers, and the order to
drop earlier instructions. Everything softer is a flag. The defence against orders in other wordings is not a list of
words: sources stand apart from the instructions in the prompt, their marks are broken up (``ragkit.text.markers``), and
a sentence counts only where a source says it (``ragkit.ground.verify.support``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ragkit.core.types import Flag
from ragkit.text.markers import MARKER
from ragkit.text.rules import all_rules
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragkit.core.types import Evidence, Hit

LONGEST = 2000  # characters of a sentence that are looked at
REMOVED = frozenset(("template", "override"))  # kinds that are no evidence; the others are flags alone

_SPEAKER = re.compile(r"^\s*(?:#{1,4}\s*)?(?:system|assistant)(?:\s+(?:prompt|message|note))?\s*:", re.IGNORECASE)


class FlaggedSentence(NamedTuple):
    """A sentence that speaks to a model.

    Attributes:
        start: offset where it begins.
        end: offset behind it.
        kind: ``template`` (marks of a chat model's speakers), ``override`` (earlier instructions are to be dropped),
            ``machine`` (a model is spoken to).
    """

    start: int
    end: int
    kind: str


def findings(text: str) -> list[FlaggedSentence]:
    """Find the sentences of a text that speak to a model, in their order."""
    return list(_found(text))


def flags(hits: Sequence[Hit]) -> tuple[Flag, ...]:
    """Return what of passages speaks to a model, each stretch of a document once."""
    out: dict[tuple[str, str, int], Flag] = {}
    for hit in hits:
        chunk = hit.chunk
        for found in findings(chunk.text):
            start, end = chunk.start + found.start, chunk.start + found.end
            text = chunk.text[found.start : found.end]
            flag = Flag(found.kind, chunk.source, start, end, text, chunk.document_id, chunk.place(start, end))
            out.setdefault((chunk.source, chunk.document_id, start), flag)
    return tuple(out.values())


def is_no_evidence(sentence: str) -> bool:
    """Whether an answer cannot rest on a sentence: it asks, or it certainly speaks to a model."""
    return sentence.rstrip().endswith("?") or kind_of(sentence) in REMOVED


def guard(hits: Sequence[Hit]) -> Callable[[Evidence], bool]:
    """Return what says of a sentence of passages that it is no evidence; it may be part of a longer one."""
    found = [flag for flag in flags(hits) if flag.kind in REMOVED]

    def refused(evidence: Evidence) -> bool:
        chunk = evidence.hit.chunk
        inside = any(
            (flag.document, flag.document_id) == (chunk.source, chunk.document_id)
            and flag.start < evidence.end
            and evidence.start < flag.end
            for flag in found
        )
        return inside or is_no_evidence(evidence.text)

    return refused


def kind_of(sentence: str) -> str:
    """Return how a sentence speaks to a model; empty where it does not."""
    # A bound on the time that a crafted line takes: every pattern of every language reads it.
    looked = sentence[:LONGEST]
    if MARKER.search(looked) or _SPEAKER.match(looked):
        return "template"
    folded = looked.casefold()
    kinds = {each.orders.kind(looked, folded) for each in all_rules()}  # an attack may be in any language
    return "override" if "override" in kinds else "machine" if "machine" in kinds else ""


def _found(text: str) -> Iterator[FlaggedSentence]:
    for start, end in sentences(text):
        if kind := kind_of(text[start:end]):
            yield FlaggedSentence(start, end, kind)
