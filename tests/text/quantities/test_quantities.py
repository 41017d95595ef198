"""Numbers, measures, dates and times are read as what they are worth, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragkit.text.quantities import literal, quantities
from ragkit.text.rules import MODULES

LANGUAGES = st.sampled_from(["", *MODULES])
ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
)
ONES_ = (ONES + "eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
EINER = (
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
)
EINER_ = (EINER + "achtzehn neunzehn").split()
ZEHNER = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split()


def english(number: int) -> str:
    if number < 20:
        return ONES_[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{ONES_[number % 10]}" if number % 10 else "")
    for size, name in ((1_000_000, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            join = " and " if rest < 100 else " "
            return f"{english(number // size)} {name}" + (join + english(rest) if rest else "")
    raise AssertionError


def german(number: int) -> str:
    if number < 20:
        return EINER_[number]
    if number < 100:
        return (f"{EINER_[number % 10]}und" if number % 10 else "") + ZEHNER[number // 10 - 2]
    size, name = (1000, "tausend") if number >= 1000 else (100, "hundert")
    return f"{german(number // size)}{name}" + (german(number % size) if number % size else "")


def worth(text: str, language: str) -> list[tuple[str, float]]:
    return [(measured, round(value, 4)) for each in quantities(text, language) for measured, value in each.readings]


@given(st.integers(min_value=2, max_value=999_999_999))
def test_english_number_words(number: int):
    assert worth(f"There were {english(number)} boats.", "en") == [("", number)]


@given(st.integers(min_value=2, max_value=999_999))
def test_german_number_words(number: int):
    assert worth(f"Es waren {german(number)} Boote.", "de") == [("", number)]


@given(st.integers(min_value=1000, max_value=10**12), st.sampled_from(["en", "de", "fr", "es", "it", "pt", "nl"]))
def test_thousands_are_separated_as_the_language_does(number: int, language: str):
    mark = "," if language == "en" else "."
    written = f"{number:,}".replace(",", mark)
    assert number in literal(written, language)
    assert ("", float(number)) in worth(f"x {written} x", language)
    assert ("", float(number)) in worth(f"x {number:,} x".replace(",", "\u202f"), language)


@given(st.integers(min_value=1, max_value=9999))
def test_a_scale_word_multiplies(number: int):
    for text, language in (
        (f"{number / 10} million", "en"),
        (f"{number / 10} Millionen".replace(".", ","), "de"),
        (f"{number / 10} millions".replace(".", ","), "fr"),
        (f"{number / 10} millones".replace(".", ","), "es"),
        (f"{number / 10} milioni".replace(".", ","), "it"),
        (f"{number / 10} milhões".replace(".", ","), "pt"),
        (f"{number / 10} miljoen".replace(".", ","), "nl"),
    ):
        assert worth(text, language)[0] == ("", pytest.approx(number * 1e5)), text


@given(st.text(max_size=300), LANGUAGES)
@example("1.2,3.4 5 4,,4 12:99 99.99.9999 II century 1914-13", "en")
@example("half a half and a half of two and a half a", "en")
def test_any_text_is_read_and_spans_are_its_own(text: str, language: str):
    last = -1
    for each in quantities(text, language):
        assert each.text == text[each.start : each.end] or each.text.strip() == text[each.start : each.end].strip()
        assert each.readings
        assert each.start >= last
        last = each.start


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "US$3, not $1.2 billion", [("$", 3), ("$", 1.2e9)]),
        (
            "en",
            "two weeks, a year and a half, 5 GB, at 3 pm",
            [("time", 14), ("time", 547.875), ("data", 5e9), ("clock", 900)],
        ),
        ("en", "a third, nine tenths, 5 per cent, half a million", [("%", 0.3333), ("%", 0.9), ("%", 0.05), ("", 5e5)]),
        ("en", "from 2.5 to 3 million euros", [("", 2.5), ("€", 2.5e6), ("€", 3e6)]),
        ("en", "several hundred people in a week", []),
        ("de", "anderthalb Jahre, zwei Drittel, 1,2 Millionen", [("time", 547.875), ("%", 0.6667), ("", 1.2e6)]),
        ("de", "um 15.30 Uhr, fünfhunderttausend Euro", [("clock", 930), ("€", 5e5)]),
        ("fr", "quatre-vingt-dix-sept, deux ans et demi, un tiers", [("", 97), ("time", 913.125), ("%", 0.3333)]),
        ("es", "veintidós, treinta y cinco, doscientos mil, la mitad", [("", 22), ("", 35), ("", 2e5), ("%", 0.5)]),
        ("it", "ventidue, tremila, due terzi", [("", 22), ("", 3000), ("%", 0.6667)]),
        ("pt", "vinte e dois, dois terços, duzentos", [("", 22), ("%", 0.6667), ("", 200)]),
        ("nl", "tweeëntwintig, anderhalf jaar, twee derde", [("", 22), ("time", 547.875), ("%", 0.6667)]),
    ],
)
def test_amounts(language: str, text: str, found: list[tuple[str, float]]):
    assert worth(text, language) == found


@pytest.mark.parametrize(
    ("language", "text", "date"),
    [
        ("en", "on 22 August 1998", (1998, 8, 22)),
        ("en", "on August 2nd, 1998", (1998, 8, 2)),
        ("en", "it ended in May and", (0, 5, 0)),
        ("en", "you may go in 1998", (1998, 0, 0)),
        ("en", "in 44 BC", (-44, 0, 0)),
        ("de", "am 3. März 2020", (2020, 3, 3)),
        ("de", "am 03.05.2020", (2020, 5, 3)),
        ("fr", "le 1er août 1998", (1998, 8, 1)),
        ("es", "el 2 de agosto de 1998", (1998, 8, 2)),
        ("it", "il 2 agosto 1998", (1998, 8, 2)),
        ("pt", "em março de 1932", (1932, 3, 0)),
        ("nl", "op 2 augustus 1998", (1998, 8, 2)),
        ("", "2024-05-06", (2024, 5, 6)),
    ],
)
def test_dates(language: str, text: str, date: tuple[int, int, int]):
    assert [each.date for each in quantities(text, language)] == [date]


@pytest.mark.parametrize(
    ("language", "text", "span"),
    [
        ("en", "in the 1970s", (1970, 1979)),
        ("en", "in the nineteenth century", (1800, 1899)),
        ("de", "im 20. Jahrhundert", (1900, 1999)),
        ("de", "in den 1970er Jahren", (1970, 1979)),
        ("fr", "au XXe siècle", (1900, 1999)),
        ("es", "en los años 70", (1970, 1979)),
        ("it", "nel XIX secolo", (1800, 1899)),
        ("pt", "no século XX", (1900, 1999)),
        ("nl", "de 20e eeuw", (1900, 1999)),
    ],
)
def test_decades_and_centuries(language: str, text: str, span: tuple[int, int]):
    assert [each.span for each in quantities(text, language)] == [span]


@pytest.mark.parametrize(
    ("text", "hedge"),
    [("about 40 boats", "about"), ("more than $40", "over"), ("nearly 40 %", "under"), ("the 40 boats", "")],
)
def test_hedges(text: str, hedge: str):
    assert [each.hedge for each in quantities(text, "en")] == [hedge]
