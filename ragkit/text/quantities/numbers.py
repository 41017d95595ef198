"""Numbers in digits and in words, with the unit that they have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ragkit.text.quantities.quantity import UNITS, Quantity
from ragkit.text.rules import rules_for
from ragkit.text.rules.kinds import Amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ragkit.text.rules.kinds import LanguageRules

LONGEST = 80  # letters of a word that can be a number
YEARS = range(1000, 2100)  # a number of four digits that can be a year
_SUFFIXES: Mapping[str, float] = {"k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "bn": 1e9, "B": 1e9, "b": 1e9}  # "$5 m"

_GROUPED = r"(?<![\d.,])\d{1,3}(?:[\u00a0\u202f'’]\d{3})+(?!\d)(?:[.,]\d+)?"
_GROUPED_BLANK = r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?!\d)(?:[.,]\d+)?"
_PIECE = r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[^\s\w]"
_TOKENS = re.compile(f"{_GROUPED}|{_PIECE}")
_TOKENS_BLANK = re.compile(f"{_GROUPED_BLANK}|{_PIECE}")
_SUFFIX = re.compile(r"\s?(bn|[kKmMbB])\b")
_UNIT = re.compile(r"\s?[-\u2011]?((?:°[CF]?|[%€£¥$¢]|[A-Za-zµ]{1,4}(?:/[a-z]{1,2})?[²³]?))(?![\w²³])")
_BEFORE = re.compile(r"(?:[A-Z]{1,3})?([$€£¥])\s?$|\b(USD|EUR|GBP|CHF|JPY)\s$")
_ROMAN = re.compile(r"[IVX]+")


def literal(text: str, language: str = "") -> tuple[float, ...]:
    """Return the numbers that a numeral can mean: ``1.234`` is two in a language that is not known.

    Args:
        text: digits with marks between them.
        language: ISO 639-1 code; English has the point before decimals, the other languages mostly the comma.
    """
    plain = re.sub(r"[\s'’]", "", text)
    if len(plain) > LONGEST or not re.fullmatch(r"\d+(?:[.,]\d+)*", plain):
        return ()
    marks = re.sub(r"\d", "", plain)
    last = marks[-1:]
    decimal = float(plain.replace("." if last == "," else ",", "").replace(",", ".")) if marks.count(last) < 2 else None
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", plain) is not None and len(set(marks)) == 1
    whole = float(re.sub(r"[.,]", "", plain))
    if decimal is None or not grouped:
        return (decimal,) if decimal is not None else (whole,) * grouped
    if language == "en":
        return (whole,) if last == "," else (decimal,)
    return (whole, decimal) if last == "." else (decimal, whole)


class _Token(NamedTuple):
    start: int
    end: int
    text: str
    folded: str
    digits: bool


@lru_cache(100_000)
def _can_begin(word: str, code: str) -> bool:
    """Whether a quantity can begin with a word, in lower case."""
    rules = rules_for(code)
    if rules is None:
        return False
    amounts = rules.amounts
    lists = (amounts.one, amounts.halves, amounts.times, amounts.clock, amounts.ordinals, amounts.centuries)
    return any(word in each for each in lists) or bool(_atoms(word, code))


@dataclass(frozen=True, slots=True)
class _Number:
    """A number without its unit: the tokens it takes, what it can mean, and its last place."""

    end: int
    values: tuple[float, ...]
    step: float
    words: bool
    small: bool = False  # an article or numeral one, which need not be a number
    share: bool = False  # a part of a whole
    scale: float = 1.0


@lru_cache(20_000)
def _atoms(word: str, code: str) -> tuple[float, ...]:
    """Cut a word into the numbers that it is made of (``zweiundzwanzig``: 2, 20); empty where it is none."""
    rules = rules_for(code)
    if rules is None or len(word) > LONGEST:
        return ()
    known = {**{name: float(value) for name, value in rules.number_words.items()}, **rules.amounts.scales}
    if word in known:
        return (known[word],)
    if len(word) < 5 or not any(word.startswith(name) for name in known):
        return ()
    glue = ("-", *(each for each in rules.amounts.joins), *(f"-{each}-" for each in rules.amounts.joins))

    def cut(rest: str) -> tuple[float, ...] | None:
        if not rest:
            return ()
        for name in sorted((name for name in known if rest.startswith(name)), key=len, reverse=True):
            behind = rest[len(name) :]
            for join in ("", *sorted(glue, key=len, reverse=True)):
                if join and not (behind.startswith(join) and len(behind) > len(join)):
                    continue
                tail = cut(behind[len(join) :])
                if tail is not None:
                    return (known[name], *tail)
        return None

    return cut(word) or ()


def _total(atoms: tuple[float, ...]) -> float:
    """Add and multiply the parts of a number as they are spoken."""
    total = current = 0.0
    for atom in atoms:
        if atom == 100:
            current = max(1.0, current) * 100
        elif atom >= 1000 or atom == 12 == current:
            total, current = total + max(1.0, current) * atom, 0.0
        else:
            current += atom
    return total + current


class NumberReader:
    """Reads the numbers of a text, token by token."""

    def __init__(self, text: str, rules: LanguageRules | None) -> None:
        self.text = text
        self.rules = rules
        self.code = rules.code if rules else ""
        self.amounts = rules.amounts if rules else Amounts()
        self.number_words = rules.number_words if rules else {}
        pattern = _TOKENS if self.code in ("en", "") else _TOKENS_BLANK
        self.tokens = list(self._split(pattern))

    def _split(self, pattern: re.Pattern[str]) -> Iterator[_Token]:
        for match in pattern.finditer(self.text):
            word = match[0]
            folded = word.lower()
            if word.isalpha():
                yield _Token(match.start(), match.end(), word, folded, digits=False)
            elif "-" in word and len(word) > 1 and not (self.rules and _atoms(folded, self.code)):
                place = match.start()
                for part in re.split(r"(-)", word):
                    yield _Token(place, place + len(part), part, part.lower(), digits=False)
                    place += len(part)
            elif word[0].isalpha() and ("'" in word or "’" in word):
                cut = max(word.find("'"), word.find("’")) + 1
                yield _Token(match.start(), match.start() + cut, word[:cut], folded[:cut], digits=False)
                yield _Token(match.start() + cut, match.end(), word[cut:], folded[cut:], digits=False)
            else:
                yield _Token(*match.span(), word, folded, word[0].isdecimal())

    def numbers(self, taken: list[tuple[int, int]]) -> Iterator[Quantity]:
        """Yield the quantities outside of some spans."""
        place = 0
        while place < len(self.tokens):
            token = self.tokens[place]
            if not (token.digits or _can_begin(token.folded, self.code)):
                place += 1
                continue
            if any(start < token.end and token.start < end for start, end in taken):
                place += 1
                continue
            found = self._single(place) or self._number(place)
            if isinstance(found, tuple):
                yield found[0]
                place = found[1]
            else:
                quantity = self._measured(place, found) if found else None
                if quantity:
                    yield quantity
                    while place < len(self.tokens) and self.tokens[place].start < quantity.end:
                        place += 1
                else:
                    place += 1

    def _at(self, place: int) -> str:
        return self.tokens[place].folded if 0 <= place < len(self.tokens) else ""

    def _single(self, place: int) -> tuple[Quantity, int] | None:
        """Read a word that is a quantity by itself: a multiple, an ordinal, a half, noon; a century."""
        token = self.tokens[place]
        if self.rules is None:
            return None
        amounts, word = self.amounts, token.folded
        if century := self._century(place):
            return century
        reading = ()
        if word in amounts.times:
            reading = ("times", amounts.times[word])
        elif word in amounts.clock:
            reading = ("clock", amounts.clock[word])
        elif word in amounts.halves and self._half_scale(place):
            return None
        elif word in amounts.halves and not self._ranked(place - 1):
            reading = ("%", 0.5)
        elif word in amounts.ordinals and not (self._at(place - 1) in amounts.one and word in amounts.fractions):
            reading = ("ordinal", amounts.ordinals[word])
        elif token.digits and amounts.ordinal_ending:
            match = re.compile(rf"(\d+)(?:{amounts.ordinal_ending})\b").match(self.text, token.start)
            if match:
                quantity = Quantity(*match.span(), match[0], (("ordinal", float(match[1])),), raw=(float(match[1]),))
                return quantity, place + 2
        if not reading:
            return None
        step = 0.1 if reading[0] == "%" else 0.0
        return Quantity(token.start, token.end, token.text, (reading,), step=step, words=True), place + 1

    def _half_scale(self, place: int) -> bool:
        """Whether a half stands before a scale: half a million."""
        place += 1 + (self._at(place + 1) in self.amounts.one)
        return self._at(place) in self.amounts.scales

    def _ranked(self, place: int) -> bool:
        return self._at(place) in self.amounts.ordinals

    def _century(self, place: int) -> tuple[Quantity, int] | None:
        """Read ``20th century``, ``siglo XX`` and the like."""
        amounts, token = self.amounts, self.tokens[place]
        if token.folded not in amounts.centuries:
            return None
        for other in (place - 1, place - 2, place - 3, place + 1):
            if not 0 <= other < len(self.tokens):
                continue
            near = self.tokens[other]
            number = int(near.text) if near.text.isdecimal() and int(near.text) < 31 else 0
            number = number or int(amounts.ordinals.get(near.folded, 0)) or _roman(near.text)
            if number:
                start, end = min(near.start, token.start), max(near.end, token.end)
                span = (100 * number - 100, 100 * number - 1)
                return Quantity(start, end, self.text[start:end], (("span", span[0]),), span=span), max(
                    place, other
                ) + 1
        return None

    def _number(self, place: int) -> _Number | None:
        """Read a numeral or words for a number, without its unit."""
        token = self.tokens[place]
        if token.digits:
            values = literal(token.text, self.code)
            if not values:
                return None
            number = _Number(place + 1, values, _place_of(token.text, values[0]), words=False)
        elif self.rules is None:
            return None
        else:
            number = self._words(place)
        return self._scaled(number) if number and self.rules else number

    def _words(self, place: int) -> _Number | None:
        atoms, end = list[float](), place
        while end < len(self.tokens):
            word = self.tokens[end].folded
            found = _atoms(word, self.code)
            if not found and word in self.amounts.joins and atoms and end > place:
                # "one hundred and five", "treinta y cinco": the part behind is smaller than the last one before.
                behind = _atoms(self._at(end + 1), self.code)
                tens = self.code != "en" and atoms[-1] >= 20
                if not behind or not (atoms[-1] >= 100 or tens) or behind[0] >= atoms[-1]:
                    break
                found, end = behind, end + 1
            elif found and atoms and not (found[0] >= 100 or (atoms[-1] >= 20 and found[0] < 10) or atoms[-1] >= 100):
                break
            if not found:
                break
            atoms += found
            end += 1
        if not atoms:
            if self._at(place) in self.amounts.halves and self._half_scale(place):
                return _Number(place + 1, (0.5,), 0.1, words=True)
            if self._at(place) not in self.amounts.one:
                return None
            return _Number(place + 1, (1.0,), 1.0, words=True, small=True)
        value = _total(tuple(atoms))
        if (self.code == "en" and atoms[0] >= 100) or atoms[0] >= 1e6:
            return None  # "several hundred", "millions": no number
        small = value == 1 and self._at(place) in self.amounts.one
        return _Number(end, (value,), _place_of("", value), words=True, small=small)

    def _scaled(self, number: _Number) -> _Number:
        """Multiply a number by the words behind it: millions, a third, and a half."""
        amounts, end, values, step = self.amounts, number.end, number.values, number.step
        small, fraction = number.small, False
        if self._at(end) in amounts.one and self._at(end - 1) in amounts.halves:
            end += 1
        scaled = 1.0
        while scale := amounts.scales.get(self._at(end)):
            scaled *= scale
            values, step, end, small = tuple(v * scale for v in values), step * scale, end + 1, False
        hyphen = end + (self._at(end) == "-")
        if (part := amounts.fractions.get(self._at(hyphen))) and not self._ranked(number.end - 2):
            values, step, end, fraction, small = tuple(v * part for v in values), 0.06, hyphen + 1, True, False
        if not fraction and (half := self._and_half(end)):
            scale = max(1.0, step if number.values[0] < values[0] else 1.0)
            values, step, end, small = tuple(v + 0.5 * scale for v in values), 0.5 * scale, half, False
            if more := amounts.scales.get(self._at(end)):
                values, step, end = tuple(v * more for v in values), step * more, end + 1
        return _Number(end, values, step, number.words, small, share=fraction, scale=scaled)

    def _and_half(self, place: int) -> int:
        """Return the token behind "and a half" at a place; 0 where it does not stand there."""
        half = place + (self._at(place) in self.amounts.joins)
        half += self._at(half) in self.amounts.one
        return half + 1 if half > place and self._at(half) in self.amounts.halves else 0

    def _measured(self, place: int, number: _Number) -> Quantity | None:
        """Join a number with its unit, before it or behind."""
        start, last = self.tokens[place].start, number.end - 1
        end = self.tokens[last].end
        if number.share:
            return self._made(start, end, number)
        currency = None if number.small else _BEFORE.search(self.text[max(0, start - 5) : start])
        if currency:
            start -= len(currency[0]) - (currency[0][0] in "( ")
            return self._money(start, end, number, currency[1] or currency[2])
        unit, end = self._unit(last + 1, end)
        if unit and (half := self._and_half(self._next(last, end))):  # "a year and a half", "deux ans et demi"
            number = replace(number, values=tuple(value + 0.5 for value in number.values), step=0.5, small=False)
            end = self.tokens[half - 1].end
        # "One week" is a number of weeks, "a week" is not.
        if number.small and not (unit and (unit == "%" or self._at(place) in self.number_words)):
            return None
        return self._made(start, end, number, unit)

    def _money(self, start: int, end: int, number: _Number, currency: str) -> Quantity:
        suffix = _SUFFIX.match(self.text, end)
        if suffix:
            times = _SUFFIXES[suffix[1]]
            number = replace(
                number, values=tuple(v * times for v in number.values), step=number.step * times, scale=times
            )
            end = suffix.end()
        return self._made(start, end, number, UNITS[currency][0])

    def _next(self, place: int, end: int) -> int:
        """Return the first token from a place on that begins behind a character."""
        return next((p for p in range(place, len(self.tokens)) if self.tokens[p].start >= end), len(self.tokens))

    def _made(self, start: int, end: int, number: _Number, unit: str = "") -> Quantity:
        text = self.text[start:end]
        measured, factor = ("%", 1.0) if number.share else UNITS.get(unit, ("", 1.0))
        date = None
        if not unit and not number.words and text.isdecimal() and len(text) == 4 and int(text) in YEARS:
            date = (int(text), 0, 0)
        if not measured and (era := self.amounts.before_christ.match(self.text[end : end + 14])):
            end += era.end()
            date = (-int(number.values[0]), 0, 0)
        readings = tuple((measured, value * factor) for value in number.values)
        return Quantity(
            *(start, end, self.text[start:end], readings),
            raw=number.values,
            unit=unit,
            step=number.step,
            fine=number.step != 1 or measured == "%",
            scale=number.scale,
            words=number.words,
            date=date,
        )

    def _unit(self, place: int, end: int) -> tuple[str, int]:
        """Return the symbol of the unit behind a number and where it ends; the empty symbol for none."""
        if self.rules:
            percent = self.amounts.percent.match(self.text[end : end + 24])
            if percent:
                return "%", end + percent.end()
            near = place + (self._at(place) in ("-", "\u2011"))
            if (symbol := self.amounts.units.get(self._at(near))) and self.tokens[near].start - end <= 1:
                return symbol, self.tokens[near].end
        match = _UNIT.match(self.text, end)
        if match and match[1] in UNITS and match[1] not in ("in", "p", "w", "d", "y", "mo"):
            return match[1], match.end()
        return "", end


def _place_of(text: str, value: float) -> float:
    """Return the place of a number's last digit: .1 of 1.5; 100 of "three hundred", but 1 of 300."""
    decimals = re.search(r"[.,](\d+)$", text)
    if decimals and (value != int(value) or len(decimals[1]) != 3):
        return 10.0 ** -len(decimals[1])
    if text:
        return 1.0
    whole = str(int(value))
    return 10.0 ** (len(whole) - len(whole.rstrip("0"))) if value else 1.0


def _roman(text: str) -> int:
    """Return the value of a Roman numeral of a century; 0 for other text."""
    if not _ROMAN.fullmatch(text.rstrip("e")):
        return 0
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text.rstrip("e")]
    return sum(-v if any(v < later for later in values[i + 1 :]) else v for i, v in enumerate(values))
