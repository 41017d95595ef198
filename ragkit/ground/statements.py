"""Tokens to whole sentences with their markers: a state machine that any driver, sync or async, can feed.

``ragkit.text.sentences`` needs the whole text; a stream must decide at each full stop with what has arrived. Both know
the same abbreviations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.rules.sentence_ends import INSIDE, NUMBERED, OPEN

MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*\]")
_END = re.compile(r"[.!?。！？]['\"”’)]*(?:\s*\[[\d,\s]*\])*(?=\s)|\n+")


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
    """

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> list[Statement]:
        """Take more text; return the statements it completes."""
        self._rest += text
        out: list[Statement] = []
        while found := self._complete():
            head, self._rest = self._rest[:found], self._rest[found:]
            out += _statement(head)
        return out

    def close(self) -> list[Statement]:
        """Return what is left when the reply ends."""
        out: list[Statement] = []
        while found := self._complete():
            head, self._rest = self._rest[:found], self._rest[found:]
            out += _statement(head)
        head, self._rest = self._rest, ""
        return out + _statement(head)

    def _complete(self) -> int:
        """Return where the first complete sentence ends, or 0."""
        for match in _END.finditer(self._rest):
            # What follows decides, so nothing is complete before some of it has arrived.
            after = self._rest[match.end() :].lstrip(" \t")
            word = re.search(r"(\S+)$", self._rest[: match.start() + 1])
            abbreviation = word is not None and _abbreviated(word[1], after)
            if "\n" not in match[0] and (not after or abbreviation or after.startswith("[")):
                if not after:  # more markers may follow
                    return 0
                continue
            if self._rest[: match.end()].strip():
                return match.end()
        return 0


def _abbreviated(word: str, after: str) -> bool:
    """Whether the full stop of a word is that of an abbreviation, an initial or an ordinal."""
    if re.fullmatch(r"(?:[A-Za-z]|\d+)\.", word):
        return True
    plain, following = word[:-1].lower(), after[:1]
    if not word.endswith("."):
        return False
    return plain in INSIDE or (plain in NUMBERED and following.isdigit()) or (plain in OPEN and following.islower())


def _statement(text: str) -> list[Statement]:
    markers = tuple(int(n) for found in MARKER.findall(text) for n in found.split(","))
    plain = " ".join(MARKER.sub("", ENGLISH.replies.attribution.sub("", text)).split()).lstrip(",;: ")
    plain = re.sub(r"^(?:[-*•]|\d+[.)])\s+", "", plain)
    return [Statement(plain, markers)] if any(c.isalnum() for c in plain) else []
