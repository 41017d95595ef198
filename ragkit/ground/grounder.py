"""From a reply, token by token, to an answer whose every sentence carries its quote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ragkit.core.types import Answer, Citation
from ragkit.ground.abstain import REFUSAL
from ragkit.ground.quoting import chosen, find_phrase, in_short, opening, shown
from ragkit.ground.statements import Statement, StatementStream, denies
from ragkit.ground.verify.support import Support, support
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Evidence, Flag, Hit

Unsupported = Literal["drop", "mark"]
UNSUPPORTED = "[?]"  # behind a sentence that no source supports

IN_SHORT = "In short: "
LEAST_WORDS = 4  # of a sentence where nothing was asked and words are spaced; what is shorter is a name or a heading


class Grounder:
    """Feeds on a reply and gives out parts of an answer; adding the parts up gives the whole.

    A statement is accepted when the evidence supports it, and cites the sentences that do, whatever markers the
    generator wrote; its own markers only break ties. What is not supported may be asked for once more (:meth:`wrong`),
    and is then dropped and counted, or marked. When nothing is left, the best evidence is quoted as it stands.

    Args:
        question: the question.
        evidence: what the generator read, numbered from 1 in this order.
        hits: all retrieved passages, for the answer's record.
        confidence: how sure retrieval is; recorded in the answer.
        model: spec of the generator, recorded in the answer.
        short: whether the reply is a phrase to be found in the evidence.
        prefer_quotes: whether the best evidence is quoted first, and the reply only adds to it; a phrase does so behind
            the words of ``IN_SHORT``.
        strict: whether statements must follow one source's order of words; models tie the right words together wrongly.
        unsupported: whether sentences that nothing supports are dropped, or appear with a mark.
        note: what was left out before, for the answer's reason.
        flags: what of the passages gives orders, for the answer's record.
        judge: a second opinion on statements that the rules let pass: (statement, sources) to whether they say it.
        room: whether a further sentence, as it would appear, still fits; None lets all in.
        language_rules: whether the check of support uses the rules of the sources' language.
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
        strict: bool = True,
        unsupported: Unsupported = "drop",
        note: str = "",
        flags: Sequence[Flag] = (),
        judge: Callable[[str, Sequence[str]], bool] | None = None,
        room: Callable[[str], bool] | None = None,
        language_rules: bool = True,
    ) -> None:
        self.question = question
        self.evidence = tuple(evidence)
        self.hits = tuple(hits)
        self.confidence = confidence
        self.model = model
        self.short = short
        self.prefer_quotes = prefer_quotes
        self.strict = strict
        self.unsupported: Unsupported = unsupported
        self.note = note
        self.flags = tuple(flags)
        self.judge = judge
        self.room = room
        self.language_rules = language_rules
        self._over = 0
        self._covered: set[str] = set()
        self._sources = [f"{each.context}\n{each.text}" for each in self.evidence]
        self._stream = StatementStream(len(self.evidence))
        self._numbers: dict[int, int] = {}
        self._length = 0
        self._accepted: set[str] = set()
        self._dropped: list[tuple[str, str]] = []  # sentences and what is wrong with them
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
        if self._denied and (self._repairing or not self._dropped):
            return part + self.refuse("the generator finds no answer in the sources")
        return part + self.quote(self._left_out())

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
        return self._cite(shown(self.evidence[index]), Support(1.0, (index,)), before)

    def wrong(self) -> tuple[Answer, list[str]]:
        """End the reply, for another that puts right what no source supports.

        Returns:
            The part of the answer that ends the reply, and the sentences that nothing supports.
        """
        part = self._ground(self._stream.close(cut=self._was_cut()))
        self._repairing = True
        return part, [text for text, _ in self._dropped if text]

    def finish(self) -> Answer:
        """Ground what is left of the reply; unlike :meth:`close`, neither quote nor refuse when nothing held."""
        phrase = " ".join(self._phrase.split()).strip(" .\"'“”")
        if self.short and self.prefer_quotes:  # what was cut of a phrase is no loss to quotes
            return self._in_short("" if self._cut else phrase)
        cut = self._was_cut()
        part = self._ground([Statement(phrase, ())] if phrase and not cut else self._stream.close(cut=cut))
        if self.unsupported == "mark" and not self.short:
            part += self._marked()
        return part + Answer(reason=self._left_out())

    def _in_short(self, phrase: str) -> Answer:
        """Return the part with the answer in a few words, where it is sure."""
        part = Answer(reason=self.note)
        for place, each in enumerate(in_short(self.question, self.evidence, phrase)):
            before = each.before if place else f"{IN_SHORT}{each.before}"
            part += self._cite(each.text, Support(1.0, each.sources), before)
        return part

    def _was_cut(self) -> bool:
        """Whether the reply that ends was cut off; that is noted for the answer's reason, once for each reply."""
        why, self._cut = self._cut, ""
        self.note = "; ".join(filter(None, [self.note, why]))
        return bool(why)

    def _ground(self, statements: Sequence[Statement], raw: str = "") -> Answer:
        part = Answer(raw_text=raw)
        for raw_statement in statements:
            statement = replace(raw_statement, text=self._own_words(raw_statement.text))
            found = self._judged(statement, self._check(statement))
            # Checked first: "the tank does not contain oil" may be what a source says.
            if not found.sources and denies(raw_statement.text):
                self._denied = True
                continue
            key = statement.text.casefold()
            if not found.sources:
                if not self._repairing:  # what was wrong is known already
                    self._dropped.append((statement.text, found.problem))
            # What adds no word to the answer is a repetition; small models repeat themselves.
            elif key not in self._accepted and (self.short or not set(terms(statement.text)) <= self._covered):
                if self.room and not self.room(statement.text):
                    self._over += 1
                    continue
                self._accepted.add(key)
                part += self._cite(statement.text, found)
                if self._repairing and self._dropped:
                    self._dropped.pop(0)
        return part

    def _marked(self) -> Answer:
        """Show what nothing supports, and say so behind it."""
        part = Answer()
        for text, _ in self._dropped:
            lead = " " if self._length else ""
            begin = self._length + len(lead)
            written = f"{lead}{text} {UNSUPPORTED}"
            self._length += len(written)
            part += Answer(text=written, unsupported=((begin, begin + len(text)),))
        return part

    def _own_words(self, text: str) -> str:
        """Take off what small models put before their answer: a copied source label, "The answer is:"."""
        text = ENGLISH.replies.preamble.sub("", text) or text
        for each in self.evidence:
            label = f"({' '.join(each.context.split())})"
            if each.context and text.startswith(label):
                text = text[len(label) :].lstrip()
        return text

    def _check(self, statement: Statement) -> Support:
        # A phrase is too short for shares of words to mean anything: it stands in the evidence, or it does not.
        if self.short:
            return self._find_phrase(statement.text)
        if not self.question and statement.text.isascii() and len(statement.text.split()) < LEAST_WORDS:
            return Support(0.0, (), "it is no sentence")
        # Markers of the generator only break ties: small models often number sources wrongly.
        named = [n - 1 for n in dict.fromkeys(statement.markers) if 1 <= n <= len(self.evidence)]
        if named:
            found = self._supported(statement.text, [self._sources[i] for i in named])
            if found.sources:
                return Support(found.score, tuple(named[i] for i in found.sources))
        return self._supported(statement.text, self._sources)

    def _supported(self, text: str, sources: Sequence[str]) -> Support:
        return support(text, sources, self.question, strict=self.strict, language_rules=self.language_rules)

    def _judged(self, statement: Statement, found: Support) -> Support:
        if self.judge is None or self.short or not found.sources:
            return found
        if self.judge(statement.text, [self._sources[index] for index in found.sources]):
            return found
        return Support(0.0, (), "the model that judges does not find it in the sources")

    def _find_phrase(self, phrase: str) -> Support:
        found = find_phrase(phrase, self.question, self.evidence)
        return Support(1.0, found) if found else Support(0.0, (), "the phrase is not in the sources")

    def _cite(self, text: str, found: Support, before: str = "") -> Answer:
        """Append a sentence with its markers, behind words that need none; return that part."""
        self._covered |= set(terms(text))
        lead = f" {before}" if self._length else before
        begin = self._length + len(lead)
        end = begin + len(text)
        citations: list[Citation] = []
        markers = ""
        for index in found.sources:
            number = self._numbers.setdefault(index, len(self._numbers) + 1)
            each = self.evidence[index]
            markers += f" [{number}]"
            citations.append(
                Citation(
                    marker=number,
                    answer_start=begin,
                    answer_end=end,
                    document=each.hit.chunk.source,
                    page=each.page,
                    start=each.start,
                    end=each.end,
                    quote=each.text,
                    support=round(found.score, 4),
                    document_id=each.hit.chunk.document_id,
                    place=each.hit.chunk.place(each.start, each.end),
                )
            )
        written = f"{lead}{text}{markers}"
        self._length += len(written)
        return Answer(text=written, citations=tuple(citations))

    def _left_out(self) -> str:
        reasons = [self.note] if self.note else []
        if count := len(self._dropped):
            done = "marked" if self.unsupported == "mark" and not self.short else "left out"
            reasons.append(f"{count} unsupported {_sentences(count)} {done}: {self._dropped[0][1]}")
        if self._over:
            reasons.append(f"{self._over} further {_sentences(self._over)} over the length")
        return "; ".join(reasons)


def _sentences(count: int) -> str:
    return "sentence" if count == 1 else "sentences"
