"""BM25 over any text in any script, with any question."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from index_work import Work, rows_file

from ragkit.store import Reader
from ragkit.store.search import lexical
from ragkit.store.search.lexical_cache import inverse_frequency
from ragkit.text.terms import terms

LANGUAGES = {
    "chinese": ("我们的图书馆每天早上九点开门。", "图书馆", "书"),
    "japanese": ("自然言語処理は面白い研究分野です。", "言語処理", "研究"),
    "korean": ("도서관은 아침 아홉 시에 문을 엽니다.", "도서관", "문"),
    "thai": ("ห้องสมุดเปิดเวลาเก้าโมงเช้า", "ห้องสมุด", "เปิด"),
    "arabic": ("تفتح المكتبة أبوابها في التاسعة صباحا", "المكتبة", "مكتبة"),
    "vowelled arabic": ("كَتَبَ مُحَمَّدٌ رِسَالَةً", "محمد", "مُحَمَّد"),
    "russian": ("Библиотека открывается в девять часов утра.", "библиотеки", "открывается"),
    "german": ("Die Bücherei öffnet um neun Uhr in der Straße.", "Bücherei", "STRASSE"),
    "spanish": ("La biblioteca abre mañana a las nueve.", "MAÑANA", "manana"),
    "greek": ("Η βιβλιοθήκη ανοίγει στις εννέα.", "βιβλιοθήκη", "ΑΝΟΊΓΕΙ"),
    "hindi": ("पुस्तकालय सुबह नौ बजे खुलता है।", "पुस्तकालय", "सुबह"),
    "vietnamese": ("Thư viện mở cửa lúc chín giờ.", "thư viện", "chín"),
}


@pytest.fixture(scope="module")
def languages(tmp_path_factory):
    work = Work(tmp_path_factory.mktemp("languages"))
    work.write("all.jsonl", rows_file({name: text for name, (text, *_) in LANGUAGES.items()}))
    work.sync()
    yield work
    work.store.close()


@pytest.mark.parametrize("name", LANGUAGES)
def test_words_of_the_language_are_found(languages: Work, name: str):
    text, *words = LANGUAGES[name]
    for word in words:
        assert languages.found(word)[0] == text, word


HOSTILE = (
    'C++ "unclosed',
    "AND OR NOT",
    "title:x AND (y OR",
    "state-of-the-art it's",
    "a* ?b ~c ^2 \\",
    "[1 TO 5} {",
    "'; DROP TABLE chunks; --",
    "%s %d {0} {{",
    "🎉🎉 👩‍👩‍👧",
    "\x00\x01 \ud800",
    "word " * 2_000,
    "x" * 10_000,
    "猫" * 10_000,
    "\n\t \u3000",
)


@pytest.mark.parametrize("question", HOSTILE, ids=lambda question: repr(question[:12]))
def test_no_question_is_a_syntax_error(languages: Work, question: str):
    assert len(languages.found(question)) <= 10


def test_signs_of_programming_languages_are_part_of_their_names(work: Work):
    work.write("rows.jsonl", rows_file({"1": "Written in C++ only.", "2": "Vitamin C only.", "3": "C# it is."}))
    work.sync()
    assert work.found("C++") == ["Written in C++ only."]
    assert work.found("c#") == ["C# it is."]
    assert work.found("C") == ["Vitamin C only."]


def test_a_term_of_any_length_is_indexed(work: Work):
    work.write("a.txt", "begin " + "x" * 100_000 + " finish")
    work.sync()
    assert work.found("begin")
    assert work.found("finish")


def test_a_stem_finds_its_other_forms_and_a_thousands_separator_changes_nothing(work: Work):
    work.write("a.txt", "The libraries paid 12,500 euros.")
    work.sync()
    assert work.found("library") == work.found("12500") == ["The libraries paid 12,500 euros."]


def test_headings_are_searched_with_their_passage(work: Work):
    work.write("a.md", "# Parental leave\n\nNinety days are granted to each of the two.")
    work.sync()
    assert "Ninety days" in work.found("parental")[0]


def test_terms_hold_no_white_space_and_are_never_too_long():
    for text in (*HOSTILE, *(text for text, *_ in LANGUAGES.values())):
        assert all(term and not any(sign.isspace() for sign in term) and len(term) <= 255 for term in terms(text))


def test_rows_in_the_cache_and_above_it_rank_as_in_one_collection(work: Work, monkeypatch, caplog):
    monkeypatch.setattr(lexical, "TAIL_LIMIT", 0)
    texts = {str(n): f"{'cat ' * (n % 7)} dog {'fish ' * (n % 5)} {n}" for n in range(60)}
    work.write("rows.jsonl", rows_file(texts))
    work.sync()
    whole = work.reader.lexical("cat fish", 60)
    monkeypatch.setattr(lexical, "TAIL_LIMIT", 1_000)
    caplog.set_level(logging.ERROR)
    import shutil

    shutil.rmtree(work.folder / "cache")
    tail = Reader(work.store).lexical("cat fish", 60)
    assert whole[0].tolist() == tail[0].tolist()
    # tantivy keeps lengths in one byte, so its scores differ a little
    assert abs(whole[1] - tail[1]).max() < 0.1


def test_k_passages_come_back_when_k_exist_though_the_best_were_deleted(work: Work):
    work.write("rows.jsonl", rows_file({str(n): f"cat {'cat ' * (400 - n)} {n}" for n in range(300)}))
    work.sync()
    best = work.reader.chunks(work.reader.lexical("cat", 100)[0].tolist())
    work.store.delete_chunks([chunk.id for chunk in best.values()])
    assert len(work.found("cat", 20)) == 20
    assert len(work.nearest("cat", 20)) == 20


def test_frequencies_count_chunks(work: Work):
    work.write("rows.jsonl", rows_file({"1": "cat cat", "2": "cat dog", "3": "fish"}))
    work.sync()
    assert work.reader.frequencies(["cat", "dog", "nothing"]) == (3, {"cat": 2, "dog": 1, "nothing": 0})


def test_rows_that_are_gone_leave_the_cache(work: Work, monkeypatch):
    monkeypatch.setattr(lexical, "TAIL_LIMIT", 0)
    work.write("rows.jsonl", rows_file({str(n): f"cat {n}" for n in range(40)}))
    work.sync()
    work.write("rows.jsonl", rows_file({str(n): f"cat {n}" for n in range(0, 40, 2)}))
    work.sync()
    assert work.reader.frequencies(["cat"])[0] == 20


@pytest.mark.parametrize("limit", [0, 1_000], ids=["in the cache", "above it"])
def test_given_weights_replace_the_indexs_own(work: Work, monkeypatch, limit: int):
    monkeypatch.setattr(lexical, "TAIL_LIMIT", limit)
    work.write("rows.jsonl", rows_file({str(n): "cat dog" if n % 3 else "dog fish" for n in range(60)}))
    work.sync()
    work.store.delete_chunks([chunk.id for chunk in work.reader.chunks(range(1, 8)).values()])
    total, counts = work.reader.frequencies(["cat", "dog"])
    own = {term: inverse_frequency(total, count) for term, count in counts.items()}
    plain = work.reader.lexical("cat", 5)[1]
    doubled = work.reader.lexical("cat", 5, idf={"cat": 2 * own["cat"], "other": 1.0})[1]
    np.testing.assert_allclose(doubled, 2 * plain, rtol=0.02)
    one = work.reader.lexical("dog cat", 5, idf={"cat": 0.0})[1]
    np.testing.assert_allclose(one, work.reader.lexical("dog", 5)[1], rtol=0.02)


def test_a_word_weighs_the_same_in_every_language_of_a_collection(work: Work, monkeypatch):
    texts = {str(n): f"The panthers of zoo number {n} sleep in the sun." for n in range(30)}
    texts["de"] = "Der Zoo hat auch Panthers, die nicht in der Sonne schlafen, sondern auf einem Baum."
    work.write("rows.jsonl", rows_file(texts))
    work.sync()
    for limit in (1_000, 0):  # above the cache, and in it
        monkeypatch.setattr(lexical, "TAIL_LIMIT", limit)
        work.reopen()
        _, scores = work.reader.lexical("panthers", 40)
        assert len(scores) == 31
        assert scores.max() < 1.5 * scores.min()


def test_a_cache_that_changes_while_it_is_read_costs_its_speed_and_no_answer(
    tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragkit import Index
    from ragkit.store.search.lexical_cache import LexicalCache

    (tmp_path / "ferry.md").write_text("# Ferry\n\nThe ferry leaves at noon.\n")
    Index(tmp_path / "index").sync(tmp_path / "ferry.md")
    whole, failed = LexicalCache.frequency, list[str]()

    def gone(cache: LexicalCache, term: str) -> int:
        if cache.folder is not None:
            failed.append(term)
            raise ValueError("Data corrupted: a segment was merged away")
        return whole(cache, term)

    monkeypatch.setattr(LexicalCache, "frequency", gone)
    (hit,) = Index(tmp_path / "index").search("ferry", 3, mode="lexical")
    assert "at noon" in hit.chunk.text
    assert failed
