"""Bytes to text."""

from __future__ import annotations

from random import Random

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


SENTENCES = {
    "ja": "図書館は毎日午前九時に開きます。本は三週間借りることができ、雑誌は館内でだけ読めます。",
    "zh": "图书馆每天上午九点开门，学生和老师都可以在这里借书。新的规定从下个月开始实行。",
    "tw": "圖書館每天上午九點開門，學生和老師都可以在這裡借書。新的規定從下個月開始實行。",
    "ko": "도서관은 매일 오전 아홉 시에 문을 열고 저녁 여섯 시에 닫습니다. 책은 두 주 동안 빌릴 수 있습니다.",
    "ru": "Библиотека открыта каждый день с девяти часов утра. Книги выдаются на три недели.",
    "el": "Η βιβλιοθήκη ανοίγει κάθε μέρα στις εννέα το πρωί και κλείνει στις έξι το απόγευμα.",
    "he": "הספרייה פתוחה בכל יום משעה תשע בבוקר ועד שש בערב. אפשר לשאול ספרים לשלושה שבועות.",
    "ar": "تفتح المكتبة كل يوم من التاسعة صباحا حتى السادسة مساء ويمكن استعارة الكتب لمدة ثلاثة أسابيع.",
    "th": "ห้องสมุดเปิดทุกวันตั้งแต่เก้าโมงเช้าถึงหกโมงเย็น และยืมหนังสือได้สามสัปดาห์",
    "pl": "Biblioteka jest otwarta codziennie od dziewiątej, a książki można wypożyczać na trzy tygodnie.",
    "cs": "Knihovna je otevřena každý den od devíti hodin a knihy si můžete půjčit na tři týdny.",
    "hu": "A könyvtár minden nap kilenc órától hat óráig van nyitva, és a nők könyveit kivehetik.",
    "tr": "Kütüphane her gün saat dokuzda açılır ve kitaplar üç haftalığına ödünç alınabilir, kısa bir iş değildir.",
    "pt": "A biblioteca abre às nove horas; as inscrições e as renovações não são feitas aos domingos.",
}


@pytest.mark.parametrize(
    ("language", "codec"),
    [
        ("ja", "cp932"), ("ja", "euc_jp"), ("ja", "iso2022_jp"), ("ja", "utf-16-le"), ("ja", "utf-16-be"),
        ("zh", "gb18030"), ("zh", "hz"), ("zh", "utf-16-le"), ("zh", "utf-16-be"), ("tw", "big5"), ("ko", "cp949"),
        ("ko", "iso2022_kr"), ("ko", "utf-16-le"), ("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "cp866"),
        ("ru", "iso8859-5"), ("ru", "utf-16-be"), ("el", "cp1253"), ("el", "iso8859-7"), ("he", "cp1255"),
        ("ar", "cp1256"), ("ar", "iso8859-6"), ("ar", "utf-16-le"), ("th", "cp874"), ("pl", "cp1250"),
        ("pl", "iso8859-2"), ("cs", "cp1250"), ("cs", "iso8859-2"), ("hu", "cp1250"), ("tr", "cp1254"),
        ("pt", "cp1252"), ("ru", "utf-32-le"), ("pt", "utf-32-be"), ("pl", "cp852"), ("el", "cp737"), ("he", "cp862"),
    ],
)  # fmt: skip
def test_a_sentence_is_read_in_whatever_encoding_nobody_declared(language, codec):
    text = SENTENCES[language]
    for sample in (text, "Notes, 2024:\n" + text + "\n" + text):
        data = sample.encode(codec, "ignore")
        assert decode(data) == data.decode(codec)
        assert not is_binary(data)


def test_bytes_at_random_are_no_wide_text():
    random = Random(7)
    for size in (40, 400, 4000):
        assert is_binary(random.randbytes(size))


def test_ascii_is_not_taken_for_chinese_in_pairs_of_bytes():
    assert decode(b"Bush hid the facts") == "Bush hid the facts"
