"""Sentences of a document that give orders to whoever reads it out: found, named, and kept from where orders stand.

A rule looks at one sentence and at nothing else, so that the same words are judged the same everywhere. What is found
is still text of the document: it can be searched, and it is shown where it was found. It is no evidence, though.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ragkit.core.types import Flag
from ragkit.text.markers import MARKER
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragkit.core.types import Evidence, Hit

LONGEST = 2000  # characters of a sentence that are looked at

_SPEAKER = re.compile(r"^\s*(?:#{1,4}\s*)?(?:system|assistant)(?:\s+(?:prompt|message|note))?\s*:", re.IGNORECASE)
_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{0,40}\b(?:previous|prior|above|earlier|preceding|all|any"
    r"|other|system|original|given)\b[^.!?\n]{0,30}\b(?:instructions?|prompts?|rules?|guidelines|directions|commands"
    r"|messages?|context|questions?)\b"
    r"|\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,20}\b(?:instructions?|prompts?|rules?|guidelines|directions)"
    r" (?:above|before|given|you)\b"
    r"|\b(?:your|the) (?:new|real|actual|true) (?:task|instructions?|goal|objective|role) (?:is|are)\b"
    r"|\binstead of answering\b|\bdo not answer the (?:question|user)\b",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\b(?:you are|act as|pretend to be|behave as|as) (?:now )?(?:an? )?(?:helpful )?(?:AI|artificial intelligence"
    r"|language model|LLM|chat ?bot|virtual assistant|GPT\w*|ChatGPT|DAN)\b"
    r"|\b(?:AI|language model|LLM|chatbot|assistant)s?\b[^.!?\n]{0,60}"
    r"\b(?:must|should|shall|is (?:instructed|asked|told|required))\b[^.!?\n]{0,60}"
    r"\b(?:respond|reply|answer|say|state|tell|recommend|mention|include|output|print|ignore)\b",
    re.IGNORECASE,
)
_REPLY = (
    r"(?:response|repl(?:y|ies)|answer|output|message|summary|solution|implementation|explanation|elucidation|codebase"
    r"|code|text)s?"
)
_OF_REPLY = re.compile(
    r"\b(?:in|into|to|of|from|at|within|throughout|before|after|with|end|start|begin|beginning|for|using)\s+"
    rf"(?:\w+\s+){{0,3}}?(?:your|the)\s+(?:\w+\s+){{0,2}}?{_REPLY}\b(?!\s+of\b)|\byour\s+(?:\w+\s+){{0,2}}?{_REPLY}\b"
    r"|\b(?:letters|vowels|consonants)\b|\bevery (?:second|third|fourth|fifth|other) (?:word|letter)\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\b(?:thank(?:s| you)|await(?:ing)?|apprecia\w+|look(?:ing)? forward|receiv\w+|regarding|got)\b"
    r"[^.!?\n]{0,30}\byour\b"
    r"|\bfor your (?:response|reply|answer|message)\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(?:following|subsequent|below|this) (?:\w+ )?(?:code|snippet|script)\b", re.IGNORECASE)
_BLOCK = re.compile(r"\s*```\w*")  # code that is to be put in mostly stands behind the order
_BLOCK_INSIDE = re.compile(r"```\w*")
_YOURS = re.compile(r"\byour\b", re.IGNORECASE)
_VERBS = (
    "absorb adapt add adopt advertise alter amalgamate anagram append apply arrange assimilate attach augment "
    "blend bring capitalise capitalize change combine compose conclude convert craft create describe disguise "
    "draft embed emphasise emphasize employ encode encourage encrypt end enhance enlist ensure exclude execute "
    "explain express finish format generate give group highlight implement implant include incorporate infuse "
    "inject insert integrate interweave introduce invite jumble leverage list make merge mention misspell mix "
    "modify output persuade place print produce promote provide put rearrange recite recommend remove render "
    "repeat replace reply report respond reverse rewrite rework run say scramble secretly share shuffle spell "
    "start state streamline substitute subtly suggest summarise summarize swap swiftly tease tell transform "
    "translate type use utilise utilize weave work write"
).split()
_OPENING = (
    r"(?:please|also|then|now|next|finally|additionally|remember|be sure|make sure|try|consider|seamlessly|optimally"
    r"|(?:don['’]t|do not) (?:hesitate|forget)|you (?:must|should|need|have|may|are)|to proceed"
    r"|when (?:answering|responding|replying)"
    rf"|(?:in|within|at the (?:end|start|beginning) of|throughout) (?:your|the) (?:\w+ )?{_REPLY})"
)
_ORDER = re.compile(
    r"^\W*(?:(?:when(?:ever)?|if|once|after|before|while)\b[^,.!?\n]{0,120},\s*)?"
    rf"(?:{_OPENING}\W+(?:to |that |that you |you )?)*"
    rf"(?:{'|'.join(_VERBS)}|ensuring|incorporating|including|adding|using|making)\b",
    re.IGNORECASE,
)
_WORKS = (
    r"(?:poem|essay|story|stories|joke|song|letter|email|e-mail|tweet|post|headline|advert\w*|slogan|recipe|paragraph"
    r"|introduction|speech|script|function|program|code|translation|sentence|equivalent|example of how)"
)
_REQUEST = re.compile(
    r"^\W*(?:please\W+)?(?:(?:draft|compose|write|create|generate|provide|craft|develop)\s+(?:me\s+)?(?:an?|the|some|\w+)"
    rf"\s+(?:\w+\s+){{0,3}}?{_WORKS}\b|translate\s+(?:the|this|these|['\"“])|(?:tell|show|give|teach)\s+me\b"
    r"|(?:can|could|would)\s+you\s+(?:please\s+)?(?:show|tell|give|explain|write|help|translate|provide|list)\b"
    r"|(?:explain|describe)\s+(?:the|how|why|what)\b[^.!?\n]{3,80}[.!?]?\s*$)",
    re.IGNORECASE,
)


class Finding(NamedTuple):
    """A stretch of text that gives orders.

    Attributes:
        start: offset where it begins.
        end: offset behind it.
        kind: ``template`` (marks of a chat model's speakers), ``override`` (earlier orders are to be forgotten),
            ``machine`` (a model is spoken to), ``reply`` (how the answer is to be), ``code`` (code that is to be
            put in), ``request`` (something else to be written).
    """

    start: int
    end: int
    kind: str


def findings(text: str) -> list[Finding]:
    """Find the sentences of a text that give orders to whoever reads it out, in their order."""
    return list(_found(text))


def flags(hits: Sequence[Hit]) -> tuple[Flag, ...]:
    """Return what of passages gives orders, each stretch of a document once."""
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
    """Whether a sentence says nothing that an answer could rest on: it gives orders, or asks."""
    return sentence.rstrip().endswith("?") or bool(gives_orders(sentence))


def guard(hits: Sequence[Hit]) -> Callable[[Evidence], bool]:
    """Return what says of a sentence of passages that it is no evidence: it gives orders, is part of one, or asks."""
    found = flags(hits)

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


def gives_orders(sentence: str) -> str:
    """Return the kind of order that a sentence gives; empty where it gives none."""
    looked = sentence[:LONGEST]
    if MARKER.search(looked) or _SPEAKER.match(looked):
        return "template"
    if _OVERRIDE.search(looked):
        return "override"
    if _MACHINE.search(looked):
        return "machine"
    order = bool(_ORDER.match(looked))
    if _CODE.search(looked) and (order or _YOURS.search(looked)):
        return "code"
    if order and _OF_REPLY.search(looked) and not _COURTESY.search(looked):
        return "reply"
    return "request" if _REQUEST.match(looked) else ""


def _found(text: str) -> Iterator[Finding]:
    done = 0
    for start, end in sentences(text):
        kind = gives_orders(text[start:end]) if end > done else ""
        if kind:
            block = _BLOCK.match(text, end) or _BLOCK_INSIDE.search(text, start, end) if kind == "code" else None
            done = _fence_end(text, block.end()) if block else end
            yield Finding(start, max(done, end), kind)


def _fence_end(text: str, opened: int) -> int:
    """Return where a fenced block of code ends whose first line begins at an offset."""
    closing = text.find("```", opened)
    return len(text) if closing < 0 else closing + 3
