"""Bytes to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.load.content import clean
from ragkit.load.encoding import decode, is_binary

RUSSIAN = "Все люди рождаются свободными и равными в своем достоинстве и правах."
GERMAN = "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt für Brüder."
POLISH = "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Zażółć gęślą jaźń."
JAPANESE = "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (JAPANESE, "utf-16"),
        (GERMAN, "utf-32"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "cp1251"),
        (POLISH, "cp1250"),
        (JAPANESE, "cp932"),
        ("Das kostet 5 €. Schön!", "cp1252"),
    ],
)
def test_text_of_any_encoding_is_read(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_is_believed_where_the_bytes_do_not_speak():
    assert decode("Ελλάδα".encode("iso-8859-7"), "iso-8859-7") == "Ελλάδα"


def test_a_declared_encoding_is_not_believed_against_a_byte_order_mark():
    assert decode(JAPANESE.encode("utf-16"), "utf-8") == JAPANESE


def test_an_unknown_label_does_no_harm():
    assert decode(GERMAN.encode("cp1252"), "x-no-such-thing") == GERMAN


def test_one_damaged_byte_does_not_turn_utf8_into_something_else():
    data = (RUSSIAN * 3).encode() + b"\xff" + b"end"
    assert decode(data) == RUSSIAN * 3 + "\ufffdend"


def test_line_ends_become_line_feeds():
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1))
def test_any_utf8_text_survives(text):
    assert decode(text.encode("utf-8")) == text.removeprefix("\ufeff")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_text_is_not_taken_for_binary(text):
    assert not is_binary(text.encode("utf-8"))


@given(st.text())
def test_cleaning_keeps_every_offset_and_makes_encodable_text(text):
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert "\0" not in cleaned
    cleaned.encode("utf-8")
