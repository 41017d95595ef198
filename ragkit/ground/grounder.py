"""From a reply, token by token, to an answer whose every sentence carries its verdict, and its quotes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from ragkit.core.types import Answer, Citation, Evidence
from ragkit.ground.abstain import REFUSAL
from ragkit.ground.quoting import chosen, find_phrase, in_short, misled, opening, shown
from ragkit.ground.safety import REMOVED
from ragkit.ground.statements import Statement, StatementStream, denies, without_lead
from ragkit.ground.verify.cascade import Checker
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Flag, Hit
    from ragkit.core.verdicts import Span, Verdict
    from ragkit.ground.verify.cascade import SourceReading

Unsupported = Literal["mark", "drop", "keep"]
UNSUPPORTED_WAYS: tuple[str, ...] = get_args(Unsupported)
UNSUPPORTED = "[?]"  # behind a sentence that could not be confirmed
NOTHING_HOLDS = "The sources do not confirm the reply. The closest they say:"
OBEYED = 0.5  # share of a sentence's words that stand in what gives a model orders, from which it is not shown
_LINK = re.compile(r"(?:https?|ftp)://|\bwww\.|[\w.+-]+@[\w-]+\.\w|\]\(", re.IGNORECASE)
CLOSEST = 2  # sentences shown where nothing of a reply holds

IN_SHORT = "In short: "
LEAST_WORDS = 4  # of a sentence where nothing was asked and words are spaced; what is shorter is a name or a heading


class Grounder:
    """Feeds on a reply and gives out parts of an answer; adding the parts up gives the whole.

    Each sentence gets a verdict against the passages, whatever markers the generator wrote. What they support is shown
    and cites the smallest spans that carry it; what cannot be confirmed is shown with a mark; what they contradict is
    left out, and may be asked for once more (:meth:`wrong`). Where nothing of a reply holds, the answer is a refusal
    with the closest evidence.

    Args:
        question: the question.
        evidence: what the generator read, numbered from 1 in this order.
        hits: all retrieved passages; they are what the reply is checked against, with those of the evidence.
        confidence: how sure retrieval is; recorded in the answer.
        model: spec of the generator, recorded in the answer.
        short: whether the reply is a phrase to be found in the evidence.
        prefer_quotes: whether the best evidence is quoted first, and the reply only adds to it; a phrase does so behind
            the words of ``IN_SHORT``.
        unsupported: what becomes of a sentence that cannot be confirmed: ``mark`` shows it with a mark behind it,
            ``drop`` leaves it out, ``keep`` shows it as it is.
        note: what was left out before, for the answer's reason.
        flags: what of the passages gives orders, for the answer's record; it supports nothing.
        checker: gives the verdicts; None confirms quotations alone.
        room: whether a further sentence, as it would appear, still fits; None lets all in.
    """

    def __init__(
        self,
        question: str,
        evidence: Sequence[Evidence],
        hits: Sequence[Hit] = (),
        *,
        confidence: float | None = None,
        model: str = "",
        short: bool = False,
        prefer_quotes: bool = False,
        unsupported: Unsupported = "mark",
        note: str = "",
        flags: Sequence[Flag] = (),
        checker: Checker | None = None,
        room: Callable[[str], bool] | None = None,
    ) -> None:
        self.question = question
        self.evidence = tuple(evidence)
        self.hits = tuple(hits)
        self.confidence = confidence
        self.model = model
        self.short = short
        self.prefer_quotes = prefer_quotes
        self.unsupported: Unsupported = unsupported
        self.note = note
        self.flags = tuple(flags)
        self.room = room
        self._checker = checker or Checker()
        self._passages = _distinct([*(each.hit for each in self.evidence), *self.hits])
        self._reading: SourceReading | None = None
        self._over = 0
        self._stream = StatementStream(len(self.evidence))
        self._numbers: dict[tuple[str, str, int], int] = {}
        self._length = 0
        self._said: list[frozenset[str]] = []  # the words of each sentence that was shown
        self._before = ""
        self._open: list[Verdict] = []  # not confirmed, and held back until something is
        self._false: list[Verdict] = []
        self._unconfirmed = 0
        self._obeyed = 0
        self._repairing = False
        self._denied = False
        self._cut = ""
        self._phrase = ""

    def start(self) -> Answer:
        """Return the first part: everything known before the generator speaks."""
        part = Answer(
            question=self.question,
            hits=self.hits,
            confidence=self.confidence,
            model=self.model,
            evidence=self.evidence,
            flags=self.flags,
        )
        return part + self.quote() if self.prefer_quotes and self.evidence else part

    def feed(self, text: str) -> Answer:
        """Take more of the reply; return the part of the answer it completes."""
        if self.short:  # a phrase is one, whatever stops it holds; nothing appears before it is whole
            self._phrase += text
            return Answer(raw_text=text)
        return self._ground(self._stream.feed(text), raw=text)

    def cut(self, why: str) -> None:
        """Note that the reply ended before it was whole: its last sentence is left out where it has no end."""
        self._cut = why

    def close(self) -> Answer:
        """End the reply; return the last part of the answer."""
        part = self.finish()
        if self._length:
            return part
        # A denial in the reply that was asked for once more takes back what was wrong in the first.
        if self._denied and (self._repairing or not (self._false or self._unconfirmed or self._obeyed)):
            return part + self.refuse("the generator finds no answer in the sources")
        if self.short or not (self._false or self._unconfirmed or self._obeyed):
            return part + self.quote(self._left_out())
        return part + self._closest()

    def refuse(self, reason: str) -> Answer:
        """Return the part that says the sources do not answer."""
        return Answer(text=REFUSAL, abstained=True, reason=reason)

    def quote(self, reason: str = "") -> Answer:
        """Return the part that quotes the best evidence verbatim, and what fits nearly as well."""
        if not self.evidence:
            return self.refuse("no passage bears on the question")
        places = chosen(self.question, self.evidence)
        verdict = opening(self.question, self.evidence, places)
        part = Answer(reason=reason)
        for index in places:
            part += self.quote_one(index, f"{verdict}: " if verdict and index == places[0] else "")
        return part

    def quote_one(self, index: int, before: str = "") -> Answer:
        """Return the part that quotes one piece of evidence verbatim, behind words of which it says nothing."""
        return self._cite(shown(self.evidence[index]), [self.evidence[index]], 1.0, before)

    def wrong(self) -> tuple[Answer, list[str]]:
        """End the reply, for another that puts right what the sources contradict.

        Returns:
            The part of the answer that ends the reply, and the sentences that are contradicted.
        """
        part = self._ground(self._stream.close(cut=self._was_cut()))
        self._repairing = True
        return part, [verdict.text for verdict in self._false]

    def finish(self) -> Answer:
        """Ground what is left of the reply; unlike :meth:`close`, neither quote nor refuse when nothing held."""
        phrase = " ".join(self._phrase.split()).strip(" .\"'“”")
        if self.short and self.prefer_quotes:  # what was cut of a phrase is no loss to quotes
            return self._in_short("" if self._cut else phrase)
        cut = self._was_cut()
        if self.short:
            return self._whole_phrase("" if cut else phrase) + Answer(reason=self._left_out())
        part = self._ground(self._stream.close(cut=cut))
        if self.unsupported == "keep":
            part += self._opened()
        return part + Answer(reason=self._left_out())

    def _in_short(self, phrase: str) -> Answer:
        """Return the part with the answer in a few words, where it is sure."""
        part = Answer(reason=self.note)
        for place, each in enumerate(in_short(self.question, self.evidence, phrase)):
            before = each.before if place else f"{IN_SHORT}{each.before}"
            part += self._cite(each.text, [self.evidence[source] for source in each.sources], 1.0, before)
        return part

    def _whole_phrase(self, phrase: str) -> Answer:
        """Return the part with a phrase that stands in the evidence; a phrase is too short for anything less."""
        if phrase and denies(phrase):
            self._denied = True
        elif phrase and (found := find_phrase(phrase, self.question, self.evidence)):
            return self._cite(phrase, [self.evidence[place] for place in found], 1.0)
        elif phrase:
            self._unconfirmed += 1
        return Answer()

    def _was_cut(self) -> bool:
        """Whether the reply that ends was cut off; that is noted for the answer's reason, once for each reply."""
        why, self._cut = self._cut, ""
        self.note = "; ".join(filter(None, [self.note, why]))
        return bool(why)

    def _ground(self, statements: Sequence[Statement], raw: str = "") -> Answer:
        part = Answer(raw_text=raw)
        texts = [self._own_words(each.text) for each in statements]
        for verdict in self._judged(texts):
            part += Answer(verdicts=(verdict,)) + self._shown(verdict)
            self._before = verdict.text
        return part

    def _judged(self, texts: Sequence[str]) -> list[Verdict]:
        if not texts:
            return []
        if self._reading is None:
            sources = [_readable(hit, self.flags) for hit in self._passages]
            headings = [" ".join(hit.chunk.heading.split()) for hit in self._passages]
            self._reading = self._checker.read(sources, self.question, headings)
        found = self._reading.verdicts(texts, self._before)
        return [self._of_names(verdict) for verdict in found]

    def _of_names(self, verdict: Verdict) -> Verdict:
        """Take back the verdict on what is no sentence, where nothing was asked: a name, a heading."""
        if self.question or not verdict.text.isascii() or len(verdict.text.split()) >= LEAST_WORDS:
            return verdict
        return replace(verdict, label="unsupported", probability=0.0, spans=(), reason="it is no sentence")

    def _shown(self, verdict: Verdict) -> Answer:
        """Return the part that shows a sentence, or nothing where it is left out, held back or said before."""
        if denies(verdict.text) and verdict.label != "quoted":
            self._denied = True
            # A whole denial is a refusal; behind an answer it says what is missing, if that holds.
            if not self._length or self._repairing or not verdict.holds:
                return Answer()
        if verdict.label == "contradicted":
            if not self._repairing:  # what was wrong is known already
                self._false.append(verdict)
            return Answer()
        words = frozenset(terms(verdict.text))
        # Small models repeat themselves, and a repair says again what held.
        if any(words <= said for said in self._said):
            return Answer()
        if not verdict.holds:
            return self._unsure(verdict)
        if self._kept_back(verdict):
            return Answer()
        self._said.append(words)
        part = self._opened()
        part += self._cite(verdict.text, [self._evidence_at(span) for span in verdict.spans], verdict.probability)
        if self._repairing and self._false:
            self._false.pop(0)
        return part

    def _kept_back(self, verdict: Verdict) -> bool:
        """Whether a sentence that holds is not shown all the same: a document ordered it, or it is over the length."""
        if verdict.label != "quoted" and self._ordered(verdict.text):
            self._obeyed += 1
            return True
        if self.room and not self.room(verdict.text):
            self._over += 1
            return True
        return False

    def _unsure(self, verdict: Verdict) -> Answer:
        """Count a sentence that is not confirmed; show it where sentences are shown already."""
        if self.unsupported != "drop" and self.room and not self.room(verdict.text):
            self._over += 1
            return Answer()
        self._unconfirmed += 1
        self._said.append(frozenset(terms(verdict.text)))
        if self.unsupported == "drop":
            return Answer()
        if self._obeys(verdict.text):
            self._unconfirmed -= 1
            self._obeyed += 1
            return Answer()
        self._open.append(verdict)
        return self._opened() if self._length else Answer()

    def _obeys(self, text: str) -> bool:
        """Whether a sentence that nothing confirms may be what a document ordered: a link, or the order's own words."""
        return bool(_LINK.search(text)) or self._ordered(text)

    def _ordered(self, text: str) -> bool:
        words = frozenset(terms(text))
        told = (frozenset(terms(flag.text)) for flag in self.flags)
        return bool(words) and any(len(words & each) >= OBEYED * len(words) for each in told)

    def _opened(self) -> Answer:
        """Show what was held back: something was confirmed, so there is an answer."""
        part = Answer()
        for verdict in self._open:
            lead = " " if self._length else ""
            begin = self._length + len(lead)
            mark = f" {UNSUPPORTED}" if self.unsupported == "mark" else ""
            written = f"{lead}{verdict.text}{mark}"
            self._length += len(written)
            part += Answer(text=written, unsupported=((begin, begin + len(verdict.text)),))
        self._open = []
        return part

    def _closest(self) -> Answer:
        """Return the part that says that nothing of the reply holds, and shows the closest evidence."""
        reason = self._left_out()
        best = chosen(self.question, self.evidence)[:CLOSEST] if self.evidence else []
        if not best:
            return self.refuse(reason)
        self._length = len(NOTHING_HOLDS)
        part = Answer(text=NOTHING_HOLDS, abstained=True, reason=reason)
        for place in best:
            part += self.quote_one(place)
        return part

    def _own_words(self, text: str) -> str:
        """Take off what small models put before their answer: a copied source label, "The answer is:"."""
        text = ENGLISH.replies.preamble.sub("", text) or text
        if misled(self.question, text):
            text = without_lead(text)
        for each in self.evidence:
            label = f"({' '.join(each.context.split())})"
            if each.context and text.startswith(label):
                text = text[len(label) :].lstrip()
        return text

    def _evidence_at(self, span: Span) -> Evidence:
        chunk = self._passages[span.source].chunk
        text = chunk.text[span.start : span.end]
        start, end = chunk.start + span.start, chunk.start + span.end
        return Evidence(self._passages[span.source], start, end, text, 0.0, context=chunk.heading)

    def _cite(self, text: str, evidence: Sequence[Evidence], support: float, before: str = "") -> Answer:
        """Append a sentence with its markers, behind words that need none; return that part."""
        lead = f" {before}" if self._length else before
        begin = self._length + len(lead)
        end = begin + len(text)
        citations: list[Citation] = []
        markers = ""
        for each in evidence:
            chunk = each.hit.chunk
            number = self._numbers.setdefault((chunk.document_id, chunk.source, each.start), len(self._numbers) + 1)
            markers += f" [{number}]"
            citations.append(
                Citation(
                    marker=number,
                    answer_start=begin,
                    answer_end=end,
                    document=chunk.source,
                    page=each.page,
                    start=each.start,
                    end=each.end,
                    quote=each.text,
                    support=round(support, 4),
                    document_id=chunk.document_id,
                    place=chunk.place(each.start, each.end),
                )
            )
        written = f"{lead}{text}{markers}"
        self._length += len(written)
        return Answer(text=written, citations=tuple(citations))

    def _left_out(self) -> str:
        reasons = [self.note] if self.note else []
        if count := len(self._false):
            reasons.append(f"{count} {_sentences(count)} left out, the sources say otherwise: {self._false[0].reason}")
        if (count := self._unconfirmed) and self.unsupported != "keep":
            done = "marked [?]" if self.unsupported == "mark" and self._length else "left out"
            reasons.append(f"{count} {_sentences(count)} not confirmed by the sources, {done}")
        if self._obeyed:
            reasons.append(f"{self._obeyed} {_sentences(self._obeyed)} with a link, or as a passage orders, left out")
        if self._over:
            reasons.append(f"{self._over} further {_sentences(self._over)} over the length")
        return "; ".join(reasons)


def _sentences(count: int) -> str:
    return "sentence" if count == 1 else "sentences"


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    return list({(each.chunk.source, each.chunk.document_id, each.chunk.start): each for each in hits}.values())


def _readable(hit: Hit, flags: Sequence[Flag]) -> str:
    """Return a passage's text with blanks, of the same number, for what gives a model orders."""
    chunk, text = hit.chunk, hit.chunk.text
    for flag in flags:
        if flag.kind in REMOVED and (flag.document, flag.document_id) == (chunk.source, chunk.document_id):
            start, end = max(flag.start - chunk.start, 0), min(flag.end - chunk.start, len(text))
            if start < end:
                text = text[:start] + " " * (end - start) + text[end:]
    return text
