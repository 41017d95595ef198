"""What is quoted, how it reads, and what is said in short."""

from __future__ import annotations

import pytest

from ragkit.core.types import Chunk, Evidence, Hit
from ragkit.ground.grounder import Grounder
from ragkit.ground.quoting import chosen, find_phrase, in_short, opening, shown


def piece(text: str, relevance: float | None = 6.0, *, source: str = "a.txt", context: str = "", **more) -> Evidence:
    chunk = Chunk(source + text[:20], source, text, 0, len(text), metadata={"source": source, **more})
    score = 1.0 if relevance is None else relevance / 10
    return Evidence(
        Hit(chunk, 1.0, 1, "fused"), 0, len(text), text, score, coverage=0.9, context=context, relevance=relevance
    )


def short(question: str, *evidence: Evidence, phrase: str = "") -> str:
    return " | ".join(f"{each.before}{each.text}" for each in in_short(question, evidence, phrase))


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        (
            "How many days a week may I work from home?",
            "From Monday 7 October 2026 you may work from home on up to three days a week.",
            "up to three days",
        ),
        (
            "What was the revenue of Norwin in the third quarter of 2023?",
            "Revenue of Norwin for the third quarter of 2023 was $41 million, up 4% from a year ago.",
            "$41 million",
        ),
        (
            "When was the oven inspected?",
            "The oven was inspected on 22 August 2023 by Nordic Heat AB.",
            "22 August 2023",
        ),
        ("How many people live in Halden?", "Halden has 4,200 people and 3 schools.", "4,200 people"),
        ("What percentage of votes did it get?", "It got 20.5% of the votes in 1998.", "20.5%"),
    ],
)
def test_a_value_of_the_kind_asked_for_is_said_in_short(question, text, wanted):
    assert short(question, piece(text)) == wanted


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "What is the function of insulin?",
            "The function of insulin is to regulate how sugar is taken up by the cells.",
        ),
        ("How many days of leave are there?", "The leave is paid from 5 October 2026."),
        ("How many boats has the firm?", "The firm has 3 boats in the north and 5 boats in the south."),
        ("What licence has it?", "The Python module is under a licence for machine learning."),
        ("Is it open on Sundays?", "The museum opened in 1990."),
    ],
)
def test_nothing_is_said_in_short_where_no_single_value_fits(question, text):
    assert short(question, piece(text), phrase="sugar") == ""


def test_a_value_of_a_sentence_that_hardly_bears_on_the_question_is_not_said():
    assert short("How many days of leave are there?", piece("Notice is 30 days of work.", -1.0)) == ""


def test_a_person_is_named_where_the_sentence_names_one_and_the_generator_agrees():
    text = "The loaf was first baked by Maria Gonzalez Ortiz in 1907."
    assert short("Who baked the first loaf?", piece(text), phrase="Maria Gonzalez") == "Maria Gonzalez Ortiz"
    assert short("Who baked the first loaf?", piece(text), phrase="1907") == ""


def test_a_list_of_people_names_nobody():
    text = "Present: Priya Raman (safety manager), Ewan Tulloch, Olu Bankole (minutes)."
    assert short("Who is the safety manager?", piece(text), phrase="Olu Bankole") == ""


def test_documents_that_differ_are_both_named_the_newer_first():
    old = piece("Employees may work from home two days a week.", 8.0, source="old.txt", date="2024-01-15")
    new = piece("You may work from home three days a week.", 7.0, source="new.txt", date="2026-09-28")
    said = short("How many days a week may I work from home?", old, new)
    assert said == "the sources differ: three days (2026-09-28) | but two days (2024-01-15)"


def test_values_that_one_document_gives_side_by_side_are_not_said():
    one = piece("Gaming revenue of the quarter was $2 billion.", 8.0)
    other = piece("Automotive revenue of the quarter was $3 billion.", 7.5)
    assert short("What was the revenue of the quarter?", one, other) == ""


def test_documents_that_agree_are_no_disagreement():
    one = piece("Employees may work from home two days a week.", 8.0, source="a.txt")
    other = piece("You may work from home 2 days a week.", 7.0, source="b.txt")
    assert short("How many days a week may I work from home?", one, other) == "two days"


@pytest.mark.parametrize(
    ("question", "text", "verdict"),
    [
        ("Is the office open on Sundays?", "The office is open on Sundays.", "Yes"),
        ("Are parcels accepted after noon?", "Parcels are not accepted after noon.", "No"),
        ("Does the rye loaf contain nuts?", "The rye loaf does not contain nuts.", "No"),
        ("Is the office open on Sundays?", "The office is open on Sundays if the lift works.", ""),
        ("Is the office open on Sundays?", "The office on the quay was painted on Sundays.", ""),
        ("Is gold dearer than silver?", "Silver is dearer than gold.", ""),
        ("Which office is open?", "The office is open on Sundays.", ""),
    ],
)
def test_yes_and_no_are_said_where_a_sentence_says_or_denies_all_that_is_asked(question, text, verdict):
    assert opening(question, [piece(text)], [0]) == verdict


def test_a_row_reads_as_columns_and_values():
    row = "| Isbel Harrow | 12480 |  | Crew of 16 |"
    header = "Prices\n| Ship | Academic | Standby | Included |"
    assert shown(piece(row, context=header)) == "Ship: Isbel Harrow; Academic: 12480; Included: Crew of 16"
    assert shown(piece(row, context="Prices")) == "Isbel Harrow; 12480; Crew of 16"


def test_a_quote_reads_without_the_marks_of_markdown():
    text = "First, [install it](https://x.org/a), then **add** it:\n\n```console\n$ uv add typer\n```"
    assert shown(piece(text)) == "“First, install it, then add it: $ uv add typer”"


def test_only_sentences_that_bear_on_the_question_are_quoted():
    evidence = [piece("There are 80 days.", 10.0), piece("Carers have five.", 7.5), piece("It is dry.", -4.0)]
    assert chosen("What leave is there?", evidence) == [0]


def test_what_a_better_sentence_says_is_not_quoted_again():
    evidence = [piece("Summary: A fast parser of pages.", 6.0), piece("A fast parser of pages.", 5.9, source="b.txt")]
    assert chosen("What is it?", evidence) == [0]


def test_rows_of_one_table_are_listed_in_their_order():
    text = "\n".join(f"| Ship {n} | {n} |" for n in range(5))
    chunk = Chunk("c", "d", text, 0, len(text), metadata={"source": "s"})
    rows = [(text.index(f"| Ship {n}"), f"| Ship {n} | {n} |") for n in (3, 0, 4, 1)]
    evidence = [
        Evidence(Hit(chunk, 1.0, 1, "fused"), at, at + len(row), row, 1 - place / 10, relevance=6 - place / 10)
        for place, (at, row) in enumerate(rows)
    ]
    assert chosen("Which ships are there?", evidence) == [1, 3, 0, 2]


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("75", "The rye loaf costs 4.20 euros and weighs 750 grams."),
        ("20 euros", "The rye loaf costs 4.20 euros and weighs 750 grams."),
        ("4:30", "The bakery closes at 14:30 on weekdays."),
        ("2 August 2023", "The oven was inspected on 22 August 2023."),
        ("201", "She has led the bakery since 2019."),
        ("a", "She is a baker."),
        ("no", "The rye loaf does not contain nuts, we know."),
    ],
)
def test_a_part_of_a_number_or_word_is_no_phrase(phrase, text):
    assert find_phrase(phrase, "What is it?", [piece(text)]) == ()


@pytest.mark.parametrize("phrase", ["4.20 euros", "750 grams", "rye loaf", "“750 grams.”"])
def test_whole_words_and_numbers_are_phrases(phrase):
    text = "The rye loaf costs 4.20 euros and weighs 750 grams."
    assert find_phrase(phrase, "What is it?", [piece(text)]) == (0,)


def test_a_phrase_of_yes_or_no_is_shown_where_it_is_supported():
    evidence = [piece("The rye loaf does not contain nuts.")]
    question = "Does the rye loaf contain nuts?"
    for reply, wanted in (("no", "no [1]"), ("yes", "“The rye loaf does not contain nuts.”")):
        grounder = Grounder(question, evidence, short=True)
        grounder.feed(reply)
        assert wanted in grounder.close().text
