"""Answers out of the sources' own words: which sentences are quoted, how rows read, and the phrase in short.

What is shown in short is worked out, not believed: a value that fits what the question asks for (an amount of the thing
counted, a date, a sum of money, a person, yes or no), the only such value of a sentence that bears on the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.ground.statements import without_lead
from ragkit.ground.verify.support import in_order, negated
from ragkit.text.languages import recognised
from ragkit.text.quantities import quantities
from ragkit.text.rules import NEVER, rules_for
from ragkit.text.rules.function_words import NAME_JOINERS
from ragkit.text.tables import row_words
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragkit.core.types import Evidence
    from ragkit.text.quantities.quantity import Quantity
    from ragkit.text.rules.kinds import LanguageRules

QUOTES = 3  # sentences quoted at most where quotes are the answer
LISTED = 6  # rows of one table or items of one list
NEAR = 0.35  # how far below the best a further sentence may score to be quoted with it, where no model judged it
# The same in the log odds of a cross-encoder; sentences of the same subject follow the answer at 2 and more.
CLOSE = 1.2
DIFFERS = 2.5  # log odds below the best at which a sentence of another document still speaks of the same thing
UNRELATED = -3.0  # log odds below which a further sentence does not bear on the question
LESS = 0.15  # share of the question's words that a sentence with a fitting value may hold less than the best one
SURE = 3.0  # log odds of a sentence from which its value is shown in short
COVERED = 0.6  # the same where no model judged: share of the question's weighted words that it holds
DATES = ("date", "last_modified", "modified", "created")  # keys of metadata that loaders write

_EDGE = r"(?<![^\W_])(?<!\d[.,:])(?:{})(?![^\W_])(?![.,:]\d)"  # begins and ends with a word, or a number, as a whole
_NAME = r"(?:[^\W\d_a-zà-ÿ][\w.'’-]*)"
_NAMES = re.compile(rf"{_NAME}(?: (?:{_NAME}|(?:{'|'.join(NAME_JOINERS)})(?= {_NAME})))*")


@dataclass(frozen=True, slots=True)
class Phrase:
    """An answer in a few words.

    Attributes:
        text: the words.
        sources: places in the evidence of what says it.
        before: words before it that need no source.
    """

    text: str
    sources: tuple[int, ...]
    before: str = ""


def chosen(question: str, evidence: Sequence[Evidence]) -> list[int]:
    """Return the places of the sentences to quote, best first.

    Args:
        question: the question.
        evidence: what bears on it.
    """
    order = sorted(range(len(evidence)), key=lambda place: -evidence[place].score)
    if not order:
        return []
    asked = _Asked.of(question)
    held = [place for place in order if asked.answers(evidence[place])]
    # What names no value of the kind that is asked for only surrounds the sentence that does.
    if held and evidence[held[0]].coverage >= evidence[order[0]].coverage - LESS:
        order = held
    best = evidence[order[0]]
    near = _told_once([place for place in order if _near(evidence[place], best)], evidence)
    listed = [place for place in near if _same_list(evidence[place], best)]
    if len(listed) > QUOTES:
        return sorted(listed[:LISTED], key=lambda place: evidence[place].start)
    return near[:QUOTES]


def _told_once(places: Sequence[int], evidence: Sequence[Evidence]) -> list[int]:
    """Leave out the sentences whose words a better one has."""
    held = [frozenset(terms(evidence[place].text)) for place in places]
    return [place for n, place in enumerate(places) if not any(held[n] <= other for other in held[:n])]


def _near(each: Evidence, best: Evidence, distance: float = CLOSE) -> bool:
    if each.relevance is None or best.relevance is None:
        return each.score >= best.score - NEAR
    return each is best or each.relevance >= max(best.relevance - distance, UNRELATED)


def _same_list(each: Evidence, best: Evidence) -> bool:
    """Whether two pieces are rows of one table, or items of one list."""
    if each.hit.chunk.id != best.hit.chunk.id:
        return False
    return all(_item(piece) == _item(best) != "" for piece in (each, best))


def _item(piece: Evidence) -> str:
    text, start = piece.hit.chunk.text, piece.start - piece.hit.chunk.start
    before = text[text.rfind("\n", 0, start) + 1 : start].strip()
    return "|" if piece.text.startswith("|") else "-" if re.fullmatch(r"[-*+•◦▪]|\(?\w{1,3}[.)]", before) else ""


def shown(evidence: Evidence) -> str:
    """Return a sentence as a quote, a row of a table as ``column: value; column: value``."""
    if evidence.text.startswith("|"):
        return row_words(evidence.text, evidence.context.rpartition("\n")[2])
    return f"“{' '.join(_plain(evidence.text).split())}”"


def _plain(text: str) -> str:
    """Return a text without the marks of Markdown: targets of links, fences of code, bold, tags."""
    text = re.sub(r"!?\[([^\[\]]+)\]\([^()\s]*\)", r"\1", text)
    text = re.sub(r"^\s*(?:```|~~~).*$|</?[a-zA-Z][^<>]*>", "", text, flags=re.MULTILINE)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text) or text


def opening(question: str, evidence: Sequence[Evidence], places: Sequence[int]) -> str:
    """Return ``Yes`` or ``No`` where the first quote says so of a question that asks for it; else nothing."""
    asked = _Asked.of(question)
    return asked.verdict(evidence[places[0]]) if places and asked.polar else ""


def misled(question: str, text: str) -> bool:
    """Whether a sentence begins with a yes that it denies itself, or with a no to what it affirms word for word."""
    rules = rules_for(recognised(f"{question} {text}"))
    said = without_lead(text)
    if rules is None or said == text or negated(question, rules) or not set(terms(question)) <= set(terms(said)):
        return False
    return text.casefold().startswith(rules.questions.yes) == negated(said, rules)


def find_phrase(phrase: str, question: str, evidence: Sequence[Evidence]) -> tuple[int, ...]:
    """Return the place of the sentence that holds a phrase word for word, the best one's; nothing where none does.

    A part of a word or of a number is no phrase, nor is a word without a meaning of its own. Of a question for yes or
    no, these two are supported where a sentence says, or denies, what is asked.
    """
    wanted = " ".join(phrase.casefold().split()).strip(" .\"'“”")
    order = sorted(range(len(evidence)), key=lambda place: -evidence[place].score)
    asked = _Asked.of(question)
    if asked.polar and asked.rules and wanted in {asked.rules.questions.yes, asked.rules.questions.no}:
        return next(((place,) for place in order if asked.verdict(evidence[place]).casefold() == wanted), ())
    if not wanted or not terms(wanted, asked.rules.code if asked.rules else "en"):
        return ()
    pattern = re.compile(_EDGE.format(re.escape(wanted)))
    for place in order:
        if pattern.search(" ".join(evidence[place].text.casefold().split())):
            return (place,)
    return ()


def in_short(question: str, evidence: Sequence[Evidence], phrase: str) -> list[Phrase]:
    """Return what answers a question in a few words; two where documents differ, none where it is not sure.

    Args:
        question: the question.
        evidence: what bears on it.
        phrase: what a generator takes for the answer: it decides where a person is asked for.
    """
    places = chosen(question, evidence)
    asked = _Asked.of(question)
    if not places or not _sure(evidence[places[0]]):
        return []
    best = evidence[places[0]]
    if asked.person:
        return [Phrase(name, (places[0],)) for name in _agreed(phrase, asked.names(best))]
    value = asked.value(best)
    if value is None:
        return []
    # Values that one document gives side by side are of different things, and the question does not tell which.
    if any(_same_document(evidence[place], best) and _differs(asked, evidence[place], best) for place in places):
        return []
    others = [place for place in _other_documents(evidence, best) if _differs(asked, evidence[place], best)]
    if not others or not asked.amount:
        return [Phrase(_written(value, best.text, asked.rules), (places[0],))]
    # Of two values the newer first, as far as the documents tell their dates.
    both = sorted([places[0], others[0]], key=lambda place: dated(evidence[place]), reverse=True)
    out: list[Phrase] = []
    for place, before in zip(both, ("the sources differ: ", "but "), strict=True):
        found = asked.value(evidence[place])
        if found is not None:
            day = dated(evidence[place])
            text = _written(found, evidence[place].text, asked.rules)
            out.append(Phrase(f"{text} ({day})" if day else text, (place,), before))
    return out


def dated(evidence: Evidence) -> str:
    """Return the day that a document carries, as ISO 8601; empty where it carries none."""
    metadata = evidence.hit.chunk.metadata
    found = (str(metadata[key])[:10] for key in DATES if metadata.get(key))
    return next((day for day in found if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)), "")


def _sure(best: Evidence) -> bool:
    return best.coverage >= COVERED if best.relevance is None else best.relevance >= SURE


def _same_document(each: Evidence, best: Evidence) -> bool:
    ours, theirs = each.hit.chunk, best.hit.chunk
    return (ours.source, ours.document_id) == (theirs.source, theirs.document_id)


def _other_documents(evidence: Sequence[Evidence], best: Evidence) -> Iterator[int]:
    """Yield the places of sentences of other documents that bear on the question as much as the best one."""
    for place, each in enumerate(evidence):
        if (
            not _same_document(each, best)
            and _near(each, best, DIFFERS)
            and _sure(each)
            and each.coverage >= best.coverage - 0.2
        ):
            yield place


def _differs(asked: _Asked, each: Evidence, best: Evidence) -> bool:
    ours, theirs = asked.value(best), asked.value(each)
    return ours is not None and theirs is not None and set(ours.readings).isdisjoint(theirs.readings)


def _written(value: Quantity, text: str, rules: LanguageRules | None) -> str:
    """Return a value with what bounds it ("up to") and the noun that it counts."""
    begin, end = value.start, value.end
    if rules and value.hedge:
        bound = getattr(rules.amounts, value.hedge).compiled.search(text[:begin])
        begin = bound.start() if bound else begin
    if (
        not value.unit
        and value.kind == "number"
        and value.date is None
        and (noun := re.match(r" [^\W\d_]+", text[end:]))
    ):
        end += noun.end()
    return " ".join(text[begin:end].split())


def _agreed(phrase: str, names: Sequence[str]) -> list[str]:
    """Return the only name there is, if a generator's phrase holds it or is held by it."""
    plain = phrase.casefold().strip(" .")
    return [
        name for name in names if len(names) == 1 and plain and (name.casefold() in plain or plain in name.casefold())
    ]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question asks for.

    Attributes:
        rules: of its language; None where it has none.
        words: its content words, as search terms.
        kinds: kinds or dimensions of the quantities that answer it.
        counted: search terms of the thing that is counted.
        person: whether it asks for a person.
        polar: whether it asks for yes or no.
        text: the question.
    """

    text: str
    rules: LanguageRules | None
    words: frozenset[str]
    kinds: frozenset[str]
    counted: frozenset[str]
    person: bool
    polar: bool

    @classmethod
    def of(cls, question: str) -> _Asked:
        code = recognised(question)
        rules = rules_for(code)
        hints = rules.questions if rules else None
        words = frozenset(terms(question, code or "en"))
        if rules is None or hints is None:
            return cls(question, None, words, frozenset(), frozenset(), person=False, polar=False)
        kinds = next((kinds for pattern, kinds in hints.kinds if pattern.search(question)), frozenset[str]())
        noun = hints.counted.search(question) if not kinds else None
        counted = frozenset(terms(noun[1], code)) if noun else frozenset[str]()
        person = hints.person is not NEVER and bool(hints.person.search(question))
        polar = bool(hints.polar.search(question)) and not negated(question, rules)
        return cls(
            question, rules, words, kinds or (frozenset({"counted"}) if counted else kinds), counted, person, polar
        )

    @property
    def amount(self) -> bool:
        """Whether an amount is asked for, not a date."""
        return bool(self.kinds) and "date" not in self.kinds

    def answers(self, evidence: Evidence) -> bool:
        """Whether a sentence has what the question asks for, as far as its kind is known."""
        return bool(self.names(evidence)) if self.person else bool(self.kinds and self.values(evidence))

    def names(self, evidence: Evidence) -> list[str]:
        """Return the names in a sentence that the question does not hold."""
        text = evidence.text
        calendar = {*self.rules.months, *self.rules.amounts.days} if self.rules else set[str]()
        out: list[str] = []
        for found in _NAMES.finditer(text):
            words = found[0].casefold().split()
            opens = len(words) == 1 and not re.search(r"[^\W\d_]", text[: found.start()])
            if not opens and not set(terms(found[0])) & self.words and calendar.isdisjoint(words):
                out.append(found[0].rstrip(".'’-"))
        return list(dict.fromkeys(out))

    def value(self, evidence: Evidence) -> Quantity | None:
        """Return the value that a sentence gives; None where it gives none, or several that differ."""
        found = self.values(evidence)
        alike = found and all(not set(found[0].readings).isdisjoint(each.readings) for each in found)
        return found[0] if alike else None

    def values(self, evidence: Evidence) -> list[Quantity]:
        """Return the values in a sentence that fit the question, without those that it names itself."""
        code = self.rules.code if self.rules else ""
        named = {reading for each in quantities(self.text, code) for reading in each.readings}
        found = [each for each in quantities(evidence.text, code) if named.isdisjoint(each.readings)]
        return [each for each in found if self._fits(each, evidence.text)]

    def _fits(self, value: Quantity, text: str) -> bool:
        if "counted" not in self.kinds:
            return not self.kinds.isdisjoint({value.kind, value.readings[0][0]})
        # A plain number between 1000 and 2100 may be a year: only what it counts tells.
        plain = value.raw and not value.readings[0][0]
        if value.kind in ("date", "time", "ordinal", "percent", "money") and not value.words and not plain:
            return False
        behind = re.match(r"\s*(?:[\w’'-]+\W+){0,2}[\w’'-]+", text[value.end :])
        near = f"{value.text} {behind[0] if behind else ''}"
        return bool(self.counted & set(terms(near, self.rules.code if self.rules else "en")))

    def verdict(self, evidence: Evidence) -> str:
        """Return yes or no, in the question's language, where a sentence says all that is asked, or denies it."""
        rules = self.rules
        if rules is None or not self.words or not rules.questions.yes or not _sure(evidence):
            return ""
        text = evidence.text
        if evidence.text.endswith("?") or rules.questions.restricts.search(text) or in_order(self.text, text) < 1:
            return ""
        if not {reading for each in quantities(self.text, rules.code) for reading in each.readings} <= {
            reading for each in quantities(text, rules.code) for reading in each.readings
        }:
            return ""
        return (rules.questions.no if negated(text, rules) else rules.questions.yes).capitalize()
