"""Tokens to whole sentences with their markers: a state machine that any driver, sync or async, can feed.

``ragkit.text.sentences`` needs the whole text; a stream must decide at each full stop with what has arrived. Both know
the same abbreviations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from ragkit.text.rules import all_rules
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.rules.sentence_ends import INSIDE, NUMBERED, OPEN

MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]")
_SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_DIGITS = str.maketrans(_SUPER, "0123456789")
_NUMBERS = r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*"
_MOST_IN_RANGE = 10  # of [2-5]
# What may still become a marker behind the end of a sentence, when more arrives.
_PARTIAL = re.compile(r"[\[【][^\]】\n]{0,79}|\((?:[^\W\d_]{0,12}[ :.#]*)?[\d,; –-]{0,12}\)?")


@dataclass(frozen=True, slots=True)
class _Customs:
    """How models write markers.

    Attributes:
        brackets: forms that are nothing else: ``[1]``, ``[1, 2]``, ``[^1]``, ``[Source 1]``, ``[[1]](url)``,
            ``【1†source】``.
        others: forms that may be something else, and are markers before the end of a clause only: ``(1)``, ``¹``.
        end: the end of a sentence with the markers behind it.
        whole: such an end at the end of a text.
    """

    brackets: re.Pattern[str]
    others: re.Pattern[str]
    end: re.Pattern[str]
    whole: re.Pattern[str]


@cache
def _customs() -> _Customs:
    names = "|".join(sorted({re.escape(name) for rules in all_rules() for name in rules.replies.sources}))
    named = rf"(?:\^|(?:{names})\s*[:.#]?\s*)?"
    linked = rf"\[\[\s*{named}{_NUMBERS}\s*\]\](?:\([^()\s]*\))?"
    brackets = rf"{linked}|\[\s*{named}{_NUMBERS}\s*\]|【\s*{named}{_NUMBERS}[^】\n]{{0,60}}】"
    round_ones = rf"\({named}{_NUMBERS}\)"
    raised = rf"(?:(?<=[^\W\d_]{{3}})|(?<=[.,;:!?)\]”\"]))[{_SUPER}]+(?:,[{_SUPER}]+)*"
    mark = rf"[ \t]*(?:{brackets}|{round_ones})|[{_SUPER}]+(?:,[{_SUPER}]+)*"
    closed = r"['\"”’)]*"
    # A unit may end with a raised figure (10 m²), a word of three letters or more does not.
    return _Customs(
        re.compile(rf"[ \t]*(?:{brackets})", re.IGNORECASE),
        re.compile(rf"(?:[ \t]*{round_ones}|{raised})(?=\s*(?:[.,;:!?。\[【(]|\Z)|\s*[{_SUPER}])", re.IGNORECASE),
        re.compile(
            rf"[.!?]{closed}(?:{mark})*(?:(?=\s)|(?<=[\]】]))|[。！？][”’」』）]*(?:{mark})*|\n+", re.IGNORECASE
        ),
        re.compile(rf"([.!?。！？]){closed}[」』）]*(?:{mark})*\s*\Z", re.IGNORECASE),
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a reply.

    Attributes:
        text: the sentence without markers.
        markers: the numbers it cited.
    """

    text: str
    markers: tuple[int, ...]


class StatementStream:
    """Collects text and gives out statements as soon as they are complete.

    A sentence is complete when what follows its end (and its markers) has arrived, so the outcome does not depend on
    where tokens begin and end.

    Args:
        sources: how many there are: ``(12)`` is no marker where there are ten. None takes every number for one.
    """

    def __init__(self, sources: int | None = None) -> None:
        self._rest = ""
        self._sources = sources

    def feed(self, text: str) -> list[Statement]:
        """Take more text; return the statements it completes."""
        self._rest += text
        out: list[Statement] = []
        while found := self._complete():
            head, self._rest = self._rest[:found], self._rest[found:]
            out += self._statement(head)
        return out

    def close(self, *, cut: bool = False) -> list[Statement]:
        """Return what is left when the reply ends.

        Args:
            cut: whether it ended before it was whole: then a last sentence without an end is left out.
        """
        out = self.feed("")
        head, self._rest = self._rest, ""
        end = _customs().whole.search(head)
        if cut and not (end and not _ends_with_abbreviation(head[: end.end(1)], "")):
            return out
        return out + self._statement(head)

    def _complete(self) -> int:
        """Return where the first complete sentence ends, or 0."""
        for match in _customs().end.finditer(self._rest):
            # What follows decides, so nothing is complete before some of it has arrived.
            after = self._rest[match.end() :].lstrip(" \t")
            if "\n" not in match[0]:
                if not after or _PARTIAL.fullmatch(after):  # more markers may follow
                    return 0
                if _ends_with_abbreviation(self._rest[: match.start() + 1], after):
                    continue
            if self._rest[: match.end()].strip():
                return match.end()
        return 0

    def _statement(self, text: str) -> list[Statement]:
        text = _customs().brackets.sub(lambda found: _canonical(found[0], None), text)
        text = _customs().others.sub(lambda found: _canonical(found[0], self._sources), text)
        markers = tuple(int(n) for found in MARKER.findall(text) for n in found.split(","))
        plain = " ".join(MARKER.sub("", ENGLISH.replies.attribution.sub("", text)).split()).lstrip(",;: ")
        plain = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", plain)
        return [Statement(plain, markers)] if any(c.isalnum() for c in plain) else []


def _canonical(marker: str, sources: int | None) -> str:
    """Write a marker of any custom as ``[1, 2]``; one that numbers no source stays text.

    Args:
        marker: as the model wrote it, with the blanks before it.
        sources: how many there are; None takes every number.
    """
    plain = marker.translate(_DIGITS).partition("†")[0].partition("](")[0]
    numbers: list[int] = []
    for first, last in re.findall(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?", re.sub(r":\d+", "", plain)):
        many = range(int(first), int(last) + 1) if last else [int(first)]
        numbers += many if 0 < len(many) <= _MOST_IN_RANGE else [int(first), int(last)]
    if not numbers or (sources is not None and not all(1 <= number <= sources for number in numbers)):
        return marker
    return f" [{', '.join(map(str, numbers))}]"


def denies(text: str) -> bool:
    """Whether a sentence says, in any language with rules, that the sources hold no answer."""
    return any(each.replies.denial.search(text) for each in all_rules())


def without_lead(text: str) -> str:
    """Return a sentence without the yes or no that it begins with, in any language with rules."""
    match = re.match(r"([^\W\d_]+)\s*[,:;–—-]\s*(?=\S)", text)
    leads = {lead for rules in all_rules() for lead in (rules.questions.yes, rules.questions.no) if lead}
    if match is None or match[1].casefold() not in leads:
        return text
    rest = text[match.end() :]
    return rest[:1].upper() + rest[1:]


def about_sources(text: str) -> bool:
    """Whether a sentence speaks about the sources, in any language with rules: what they say, or do not."""
    return denies(text) or any(each.replies.about.search(text) for each in all_rules())


def _ends_with_abbreviation(text: str, after: str) -> bool:
    word = re.search(r"(\S+)$", text)
    return word is not None and _abbreviated(word[1], after)


def _abbreviated(word: str, after: str) -> bool:
    """Whether the full stop of a word is that of an abbreviation, an initial or an ordinal."""
    if re.fullmatch(r"(?:[A-Za-z]|\d{1,2})\.", word):
        return True
    plain, following = word[:-1].lower(), after[:1]
    if not word.endswith("."):
        return False
    return plain in INSIDE or (plain in NUMBERED and following.isdigit()) or (plain in OPEN and following.islower())
