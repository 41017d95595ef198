"""A verdict on each sentence of a reply, the cheapest test first: quoted, contradicted, then judged by a verifier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragkit.core.verdicts import Claim, Span, Verdict
from ragkit.ground.statements import about_sources, denies, without_lead
from ragkit.ground.verify.contradictions import contradictions
from ragkit.ground.verify.passages import SourceText
from ragkit.ground.verify.quoted import quoted
from ragkit.ground.verify.support import digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.verdicts import Label, Verifier
    from ragkit.ground.verify.passages import Chosen, Embed

SUPPORTED = 0.5  # probability from which a sentence counts as supported
QUOTED = 0.98  # probability of a sentence that stands in a source
CONTRADICTED = 0.1  # probability at most of a sentence with a certain contradiction
META = 0.2  # probability from which a sentence about the sources is believed: hardly anything in them says so
FEW = 3  # words up to which a sentence is read with its question: "Yes.", "Ten days."


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks replies against sources.

    Attributes:
        verifier: judges what is neither quoted nor contradicted; None leaves that unsupported.
        embed: texts to vectors of length 1, to find what bears on a sentence by meaning too; None goes by words.
        rules: whether the rules of the sentences' language are used.
        threshold: probability from which a sentence counts as supported.
    """

    verifier: Verifier | None = None
    embed: Embed | None = None
    rules: bool = True
    threshold: float = SUPPORTED

    def read(self, sources: Sequence[str], question: str = "", headings: Sequence[str] = ()) -> SourceReading:
        """Read the sources of a reply once, for all of its sentences.

        Args:
            sources: texts.
            question: what the reply answers.
            headings: of each source what it takes to read a part of it alone, empty where nothing does.
        """
        return SourceReading(self, SourceText(sources, self.embed, headings), question)

    def check(self, reply: Sequence[str], sources: Sequence[str], question: str = "") -> list[Verdict]:
        """Return a verdict on each sentence of a reply, as :meth:`SourceReading.verdicts` does."""
        return self.read(sources, question).verdicts(reply)


@dataclass(frozen=True, slots=True)
class SourceReading:
    """The sources of one reply as they were read.

    Attributes:
        checker: how it is checked.
        passages: the sources' sentences.
        question: what the reply answers.
    """

    checker: Checker
    passages: SourceText
    question: str

    def verdicts(self, reply: Sequence[str], before: str = "") -> list[Verdict]:
        """Return a verdict on each sentence.

        Args:
            reply: sentences, without markers, in their order.
            before: the sentence of the reply before the first of them.

        Raises:
            GenerationError: the model behind the verifier failed.
        """
        chosen = self.passages.choose([self._whole(text) for text in reply])
        verdicts = [self._cheap(text, each) for text, each in zip(reply, chosen, strict=True)]
        earlier = [before, *reply][: len(reply)]
        open_ones = [
            number
            for number, verdict in enumerate(verdicts)
            if verdict.label == "unsupported" and not self._bare(verdict.text, chosen[number])
        ]
        if self.checker.verifier and open_ones:
            claims = [
                Claim(self._whole(reply[number]), chosen[number].texts, earlier[number], self.question)
                for number in open_ones
            ]
            for number, probability in zip(open_ones, self.checker.verifier.judge(claims), strict=True):
                verdicts[number] = self._judged(verdicts[number], float(probability), chosen[number])
        return verdicts

    def _bare(self, text: str, chosen: Chosen) -> bool:
        """Whether there is nothing to judge: no words, no evidence, or a number that the evidence lacks."""
        if not chosen.texts or not text.strip():
            return True
        if not any(sign.isalpha() for sign in text):
            return True
        return len(text.split()) <= FEW and bool(digits(text) - digits("\n".join(chosen.texts)))

    def _whole(self, text: str) -> str:
        return f"{self.question} {text}" if self.question and len(text.split()) <= FEW else text

    def _cheap(self, text: str, chosen: Chosen) -> Verdict:
        """Return the verdict that needs no model; ``unsupported`` where there is none."""
        said = without_lead(text)
        if span := self._quoted(said, chosen):
            return Verdict(text, "quoted", QUOTED, (span,))
        if denies(text):
            return Verdict(text, "unsupported", 0.0)
        findings = contradictions(said, chosen.texts, question=self.question, rules=self.checker.rules)
        if certain := next((each for each in findings if each.certain), None):
            return Verdict(text, "contradicted", CONTRADICTED, chosen.spans, certain.reason)
        # What only seems to contradict tells true from false by chance only; a strange name says what is missing.
        sign = next((each.reason for each in findings if each.kind == "name"), "")
        return Verdict(text, "unsupported", 0.0, (), sign)

    def _quoted(self, text: str, chosen: Chosen) -> Span | None:
        # A sentence by itself first: behind a heading, which ends without a stop, it would not begin with one.
        for span in chosen.spans:
            source = self.passages.sources[span.source][span.start : span.end]
            if found := quoted(text, source, rules=self.checker.rules):
                return Span(span.source, span.start + found[0], span.start + found[1])
        for number, source in enumerate(self.passages.sources):
            if found := quoted(text, source, rules=self.checker.rules):
                return Span(number, *found)
        return None

    def _judged(self, verdict: Verdict, probability: float, chosen: Chosen) -> Verdict:
        meta = about_sources(verdict.text)
        label: Label = "unsupported"
        if probability >= (min(META, self.checker.threshold) if meta else self.checker.threshold):
            label = "meta" if meta else "supported"
        reason = "" if label != "unsupported" else verdict.reason or "no source says it plainly"
        spans = chosen.spans if label == "supported" else ()
        return replace(verdict, label=label, probability=probability, spans=spans, reason=reason)
