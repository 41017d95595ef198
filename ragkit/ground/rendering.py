"""An answer as text, Markdown, HTML or JSON: its sentences, and each quote with document, page and offsets."""

from __future__ import annotations

import os
import re
from html import escape
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.core.places import place_words
from ragkit.ground.safety import REMOVED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Answer, Citation, Flag
    from ragkit.core.verdicts import Verdict

FORMATS = ("text", "markdown", "html")
SHOWN = 90  # characters of a flag
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|!~])")  # signs that mean something wherever they stand in a line


def place(citation: Citation, base: str = "") -> str:
    """Say where a quote stands, for example ``leave.pdf, page 2, characters 1204-1279``."""
    document = located(citation.document, base)
    words = place_words(citation.place or ({} if citation.page is None else {"page": citation.page}))
    return f"{document}{', ' + words if words else ''}, characters {citation.start}-{citation.end}"


def located(document: str, base: str = "") -> str:
    """Return a document's path as it is seen from a folder it is in, other paths and URLs as they are."""
    if base and document.startswith(base.rstrip(os.sep) + os.sep):
        return os.path.relpath(document, base)
    return document


def flagged(flag: Flag, base: str = "") -> str:
    """Say where a document speaks to a model, and how that begins."""
    words = place_words(flag.place)
    text = " ".join(flag.text.split())
    excerpt = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"
    where = f"{located(flag.document, base)}{', ' + words if words else ''}, characters {flag.start}-{flag.end}"
    if flag.kind in REMOVED:
        return f"A passage gives orders ({flag.kind}), which nobody followed: {where}: “{excerpt}”"
    return f"A passage speaks to a model ({flag.kind}); it is read as text like any other: {where}: “{excerpt}”"


def unique(citations: tuple[Citation, ...]) -> list[Citation]:
    """Return each marker's citation once, in order of the markers."""
    # Built from behind, so that of several citations with one marker the first is returned.
    return list({citation.marker: citation for citation in reversed(citations)}.values())[::-1]


def sources(answer: Answer, base: str = "") -> list[str]:
    """Write the lines under an answer: each quote and its place, then what was left out or why it refused.

    Args:
        answer: the answer.
        base: folder that document paths are written relative to.
    """
    lines: list[str] = []
    for citation in sorted(unique(answer.citations), key=lambda each: each.marker):
        lines.append(f"[{citation.marker}] “{' '.join(citation.quote.split())}”")
        lines.append(f"    {place(citation, base)}")
    if answer.reason:
        lines.append(f"({answer.reason})")
    lines += [f"⚠ {flagged(each, base)}" for each in answer.flags]
    return ["", *lines] if lines else []


def render(answer: Answer, base: str = "") -> str:
    """Write an answer out as plain text.

    Args:
        answer: the answer.
        base: folder that document paths are written relative to.
    """
    return "\n".join([answer.text, *sources(answer, base)])


def said(answer: Answer) -> str:
    """Return what an answer says, without its markers and without the quotation marks of quotes."""
    spans = dict.fromkeys((each.answer_start, each.answer_end) for each in answer.citations)
    return " ".join(answer.text[start:end].strip("“”") for start, end in spans) or answer.text


def citations_json(citations: Sequence[Citation]) -> list[dict[str, Any]]:
    """Return citations in their stable JSON form."""
    return [
        {
            "marker": each.marker,
            "source": each.document,
            "page": each.page,
            "place": dict(each.place),
            "start": each.start,
            "end": each.end,
            "quote": each.quote,
            "support": each.support,
            "answer_start": each.answer_start,
            "answer_end": each.answer_end,
            "document_id": each.document_id,
        }
        for each in citations
    ]


def flags_json(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    """Return flags in their stable JSON form."""
    return [
        {
            "kind": each.kind,
            "source": each.document,
            "place": dict(each.place),
            "start": each.start,
            "end": each.end,
            "text": each.text,
            "document_id": each.document_id,
        }
        for each in flags
    ]


def verdicts_json(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return verdicts in their stable JSON form."""
    return [
        {"text": each.text, "verdict": each.label, "probability": round(each.probability, 4), "reason": each.reason}
        for each in verdicts
    ]


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer in its stable JSON form."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "route": answer.route,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "citations": citations_json(answer.citations),
        "flags": flags_json(answer.flags),
        "unsupported": [{"start": start, "end": end} for start, end in answer.unsupported],
        "verdicts": verdicts_json(answer.verdicts),
        "model": answer.model,
        "usage": {key: answer.usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in answer.timings.items()},
        "raw_answer": answer.raw_text,
    }


def as_markdown(answer: Answer, base: str = "") -> str:
    """Write an answer as Markdown with its quotes as footnotes; what it and its sources say is no markup.

    Args:
        answer: the answer.
        base: folder that document paths are written relative to.
    """
    lines = [_marked(answer, _plain_markdown, lambda marker: f"[^{marker}]")]
    if answer.reason:
        lines += ["", f"*{_plain_markdown(answer.reason)}*"]
    lines += [line for each in answer.flags for line in ("", f"⚠ {_plain_markdown(flagged(each, base))}")]
    for each in sorted(unique(answer.citations), key=lambda citation: citation.marker):
        quote = _plain_markdown(" ".join(each.quote.split()))
        lines += ["", f"[^{each.marker}]: “{quote}” — {_plain_markdown(place(each, base))}"]
    return "\n".join(lines)


def as_html(answer: Answer, base: str = "") -> str:
    """Write an answer as a piece of HTML: a paragraph, and a list of its quotes which its markers link to.

    Everything that the answer or a source says is escaped; there is no script and no style.

    Args:
        answer: the answer.
        base: folder that document paths are written relative to.
    """
    kind = "ragkit-answer ragkit-abstained" if answer.abstained else "ragkit-answer"
    body = _marked(
        answer,
        escape,
        lambda marker: f'<sup><a href="#quote-{marker}">[{marker}]</a></sup>',
        lambda text: f'<mark class="ragkit-unsupported">{text}</mark>',
    )
    parts = [f'<article class="{kind}">', f"<p>{body}</p>"]
    if answer.reason:
        parts.append(f'<p class="ragkit-reason">{escape(answer.reason)}</p>')
    parts += [f'<p class="ragkit-flag">⚠ {escape(flagged(each, base))}</p>' for each in answer.flags]
    if answer.citations:
        parts.append("<ol>")
        for each in sorted(unique(answer.citations), key=lambda citation: citation.marker):
            quote = escape(" ".join(each.quote.split()))
            where = escape(place(each, base))
            parts.append(
                f'<li id="quote-{each.marker}" value="{each.marker}"><blockquote>{quote}</blockquote>'
                f"<cite>{where}</cite></li>"
            )
        parts.append("</ol>")
    return "\n".join([*parts, "</article>"])


def write(answer: Answer, form: str, base: str = "") -> str:
    """Write an answer in one of ``FORMATS``.

    Raises:
        ConfigError: there is no such format.
    """
    writers = {"text": render, "markdown": as_markdown, "html": as_html}
    if form not in writers:
        raise ConfigError(f"unknown format {form!r}: choose {', '.join(FORMATS)}")
    return writers[form](answer, base)


def _plain_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _marked(
    answer: Answer,
    plain: Callable[[str], str],
    marker: Callable[[int], str],
    unsupported: Callable[[str], str] = str,
) -> str:
    """Write the answer's text, its own markers and no other bracketed numbers made into references."""
    out, done = "", 0
    ends = {each.answer_end for each in answer.citations}
    for start, end in sorted([*((end, end) for end in ends), *answer.unsupported]):
        if start < done:  # an answer whose text was changed behind ragkit's back
            continue
        if (start, end) in answer.unsupported:
            out += plain(answer.text[done:start]) + unsupported(plain(answer.text[start:end]))
            done = end
            continue
        numbers = [each.marker for each in answer.citations if each.answer_end == end]
        markers = "".join(f" [{number}]" for number in numbers)
        if answer.text.startswith(markers, end):
            out += plain(answer.text[done:end]) + "".join(marker(number) for number in numbers)
            done = end + len(markers)
    return out + plain(answer.text[done:])
