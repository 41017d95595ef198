"""Words of many languages find their other forms, and English is analysed as if there were no other language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.text.languages import ENGLISH, language_of
from ragkit.text.terms import MARKERS, passage_terms, query_words, terms

# language: a passage, and questions in other forms of its words
INFLECTED = {
    "de": ("Die Häuser am alten Hafen wurden von den Seefahrern gebaut.", ["Haus", "Seefahrer", "haeuser"]),
    "es": ("Las bibliotecas de la ciudad abren todos los días a las nueve.", ["biblioteca", "dias"]),
    "fr": ("Les bateaux sont réparés dans le port avant l'été.", ["réparer", "ports", "repare"]),
    "it": ("Le navi sono state riparate nel porto della città.", ["nave", "riparare", "porti"]),
    "pt": ("As embarcações são reparadas no porto antes do verão.", ["reparar", "portos", "embarcação"]),
    "nl": ("De boten worden in de haven hersteld voordat het zomer is.", ["boot", "zomers"]),
    "sv": ("Båtarna repareras i hamnen innan det är sommar och varmt.", ["båtar", "hamn", "reparera"]),
    "da": ("Bådene bliver repareret i havnen før det er sommer.", ["både", "havn"]),
    "no": ("Båtene blir reparert i havnen før det er sommer, ikke etter.", ["båter", "havn"]),
    "fi": ("Kirjastot ovat auki myös lauantaisin, mutta eivät sunnuntaisin.", ["kirjasto"]),
    "ro": ("Bibliotecile sunt deschise și în zilele de sărbătoare pentru elevi.", ["sărbători"]),
    "hu": ("A könyvtárak nyitva vannak hétvégén is, de csak délután.", ["könyvtár"]),
    "pl": ("Biblioteki są otwarte także w soboty, ale nie w niedziele.", ["biblioteka", "sobota"]),
    "cs": ("Knihovny jsou otevřené také v sobotu, ale ne v neděli.", ["knihovna", "sobota"]),
    "tr": ("Evler ve okullar hafta sonu da açık ama sadece öğleden sonra.", ["ev", "okul"]),
    "ca": ("Les escoles de la ciutat obren tots els dies però no a la nit.", ["escola", "ciutats"]),
    "id": ("Buku yang dipinjam dari perpustakaan harus dikembalikan dalam dua minggu.", ["pinjam"]),
}
BY_SCRIPT = {
    "russian": ("Библиотеки открываются в девять часов утра.", ["библиотека", "утро", "час"]),
    "arabic": ("تفتح المكتبات أبوابها في التاسعة صباحا", ["مكتبة", "المكتبات"]),
    "greek": ("Οι βιβλιοθήκες ανοίγουν στις εννέα.", ["βιβλιοθήκη"]),
    "chinese": ("我们的图书馆每天早上九点开门。", ["图书馆几点开门？"]),
    "japanese": ("図書館は毎朝九時に開きます。", ["図書館", "毎朝"]),
    "korean": ("도서관은 아침 아홉 시에 문을 엽니다.", ["도서관이", "도서관에서"]),
    "thai": ("ห้องสมุดเปิดเวลาเก้าโมงเช้า", ["ห้องสมุด"]),
}


def found(question: str, passage: str) -> bool:
    """Whether every word of the question is in the passage."""
    here = set(passage_terms(passage))
    languages = [code for code, marker in MARKERS.items() if marker in here]
    words = query_words(question, languages)
    return bool(words) and all(not here.isdisjoint(word) for word in words)


@pytest.mark.parametrize("code", INFLECTED)
def test_a_passage_is_recognised_and_found_by_other_forms_of_its_words(code: str):
    passage, questions = INFLECTED[code]
    assert passage_terms(passage)[0] == MARKERS[code]
    for question in questions:
        assert found(question, passage), question


@pytest.mark.parametrize("name", BY_SCRIPT)
def test_a_script_tells_the_analysis_and_other_forms_are_found(name: str):
    passage, questions = BY_SCRIPT[name]
    for question in questions:
        assert not set(passage_terms(passage)).isdisjoint(term for word in query_words(question) for term in word)


def test_function_words_of_the_passages_language_are_no_terms():
    assert passage_terms("Die Häuser sind nicht von uns") == ["de:", "de:haus"]
    assert passage_terms("Библиотека не для всех") == ["библиотек"]


def test_a_word_of_the_question_counts_once_whatever_the_passages_language():
    words = query_words("Häuser", ["de", "fr"])
    assert len(words) == 1
    assert {"de:haus"} < set(words[0])


def test_function_words_of_the_questions_language_are_not_searched_for_in_others():
    terms_asked = {term for word in query_words("Wie hoch ist die Strafe?", ["de"]) for term in word}
    assert not {"die", "ist", "de:die"} & terms_asked
    assert "de:straf" in terms_asked


def test_numbers_are_the_same_in_all_languages_and_grouped_as_each_writes_them():
    assert "12500" in passage_terms("Das sind 12.500 Euro und nicht mehr")
    assert "12500" in passage_terms("That is 12,500 euros and no more")
    assert ("12.500", "12500") in query_words("Wer zahlt die 12.500 Euro?", ["de"])


@pytest.mark.parametrize(
    "text",
    [
        "The University of Los Andes is in La Paz and was founded by de la Cruz.",
        "Die Hard",
        "Hon. Kirk van Dam; Hon. Shara de la Cruz; Hon. Angela Davis; Hon. Mark Davis; Hon. Maria Byrum",
        "Eliom allows one to easily develop sophisticated client/server Web applications; go get it.",
        "p53 mutation carriers, breast cancer risk",
        "Ag, Fe, Cu, Mo; a, i, e, o",
        "42",
        "",
    ],
)
def test_what_shows_no_other_language_is_analysed_as_english(text: str):
    assert passage_terms(text) == terms(text)


def test_a_german_passage_with_english_names_is_german():
    assert language_of("die band the who und ihr album live at leeds sind sehr bekannt".split()) == "de"


@given(st.lists(st.text(max_size=8), max_size=30))
def test_any_words_are_of_some_language(words: list[str]):
    assert language_of(words) in {ENGLISH, *MARKERS}


@given(st.text(max_size=60), st.lists(st.sampled_from(sorted(MARKERS)), unique=True, max_size=3))
def test_any_text_finds_itself(text: str, others: list[str]):
    here = set(passage_terms(text))
    for marker in MARKERS.values():
        if marker in here:
            others = [*others, marker[:-1]]
    for word in query_words(text, dict.fromkeys(others)):
        assert not here.isdisjoint(word) or all(term not in terms(text) for term in word)
        assert all(term and not any(sign.isspace() for sign in term) for term in word)
