"""What becomes a row, a cell and a header of a table in a PDF, and what does not; nothing is lost or doubled."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from load_builders import make_pdf
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes

ROOT = Path(__file__).parents[2]
REPORTS = ROOT / ".." / "shared" / "data" / "sec10q" / "pdfs"
STYLES = getSampleStyleSheet()


def text_of(data):
    (document,) = load_bytes(RawFile("dir/a.pdf", "a.pdf", data)).documents
    return document.page_content


def laid_out(*flowables):
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4, title="t").build(list(flowables))
    return buffer.getvalue()


def grid(rows, widths=None):
    return Table(rows, colWidths=widths, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]))


def para(text):
    return Paragraph(text, STYLES["BodyText"])


def letters(text):
    """Each character and how often it stands there, white space and what makes Markdown aside."""
    return Counter(character for character in text if not character.isspace() and character not in "|-\\")


def test_lines_in_columns_become_rows_below_their_header():
    rows = [["Item", "Now", "Before"], ["Rope", "12", "14"], ["Oil, two kinds", "3", "-"], ["Paint", "7", "9"]]
    assert text_of(laid_out(para("What is in the locker:"), grid(rows), para("Counted in May."))) == (
        "What is in the locker:\n\n| Item | Now | Before |\n| --- | --- | --- |\n| Rope | 12 | 14 |\n"
        "| Oil, two kinds | 3 | - |\n| Paint | 7 | 9 |\n\nCounted in May."
    )


def test_a_cell_of_several_lines_is_one_cell():
    rows = [
        ["What", "How often", "Who"],
        [para("Cut off thirty metres of the cable and make a new termination"), para("every 60 casts"), "deck crew"],
        ["Grease the cable", para("twice a year, or more often after a long voyage"), "deck crew"],
        ["Exchange the pump", para("every 2 years"), "CTD technician"],
    ]
    text = text_of(laid_out(grid(rows, [150, 130, 120])))
    assert text.split("\n") == [
        "| What | How often | Who |",
        "| --- | --- | --- |",
        "| Cut off thirty metres of the cable and make a new termination | every 60 casts | deck crew |",
        "| Grease the cable | twice a year, or more often after a long voyage | deck crew |",
        "| Exchange the pump | every 2 years | CTD technician |",
    ]


def test_a_header_of_several_lines_stands_above_the_column_it_belongs_to():
    lines = [
        (300, 700, "Three Months"), (450, 700, "Nine Months"),
        (300, 686, "June 25"), (360, 686, "June 26"), (450, 686, "June 25"), (510, 686, "June 26"),
        (72, 660, "Sales:"),
        (72, 646, "Products"), (300, 646, "$"), (320, 646, "41"), (360, 646, "$"), (380, 646, "39"),
        (450, 646, "$"), (470, 646, "162"), (510, 646, "$"), (530, 646, "153"),
        (72, 632, "Services"), (320, 632, "7"), (380, 632, "(8)"), (470, 632, "28"), (530, 632, "26"),
    ]  # fmt: skip
    assert text_of(make_pdf([lines])).split("\n") == [
        "|  | Three Months June 25 | June 26 | Nine Months June 25 | June 26 |",
        "| --- | --- | --- | --- | --- |",
        "| Sales: |  |  |  |  |",
        "| Products | $ 41 | $ 39 | $ 162 | $ 153 |",
        "| Services | 7 | (8) | 28 | 26 |",
    ]


def test_a_label_that_goes_on_below_is_one_label():
    lines = [
        (72, 700, "Item"), (400, 700, "2022"), (460, 700, "2021"),
        (72, 686, "Changes in operating assets and liabilities, of which"),
        (72, 672, "those of the ships"), (400, 672, "12"), (460, 672, "14"),
        (72, 658, "Other"), (400, 658, "3"), (460, 658, "4"),
    ]  # fmt: skip
    wanted = "| Changes in operating assets and liabilities, of which those of the ships | 12 | 14 |"
    assert wanted in text_of(make_pdf([lines])).split("\n")


def test_a_bar_in_a_cell_is_escaped():
    rows = [["Key", "Sum"], ["a | b", "1"], ["c", "2"]]
    assert "| a \\| b | 1 |" in text_of(laid_out(grid(rows, [100, 100])))


def test_two_tables_that_follow_each_other_keep_their_own_headers():
    first = [["Item", "Sum"], ["Rope", "12"], ["Oil", "3"]]
    second = [["Ship", "Beds", "Crew"], ["Fulmar Bank", "12", "6"], ["Isbel Harrow", "30", "14"]]
    text = text_of(
        laid_out(grid(first, [100, 60]), para("And the ships, with their beds:"), grid(second, [90, 60, 60]))
    )
    assert "| Item | Sum |\n| --- | --- |\n| Rope | 12 |" in text
    assert "| Ship | Beds | Crew |\n| --- | --- | --- |\n| Fulmar Bank | 12 | 6 |" in text


COLUMNS = (
    "The gangway is checked at every tide, and again",
    "when the wind has turned. Whoever finds it loose",
    "tells the mate, who ties it down and writes it",
    "into the log, with the hour and the height of",
    "the water. Ropes are never left across the deck",
    "where people walk, and boxes never on the hatch.",
)


@pytest.mark.parametrize("by_rows", [False, True])
def test_columns_of_prose_are_no_table(by_rows):
    places = [(x, 700 - 14 * row, line) for x in (60, 320) for row, line in enumerate(COLUMNS)]
    if by_rows:
        places.sort(key=lambda place: -place[1])
    assert "|" not in text_of(make_pdf([places]))


def test_a_list_whose_marks_stand_apart_is_no_table():
    marks = [(72, 700 - 14 * row, f"{row + 1}.") for row in range(4)]
    steps = [(102, 700 - 14 * row, f"Tie the boat down, step {row}") for row in range(4)]
    lines = [line for pair in zip(marks, steps, strict=True) for line in pair]
    text = text_of(make_pdf([lines]))
    assert text.split("\n") == [f"{row + 1}. Tie the boat down, step {row}" for row in range(4)]


def test_one_line_with_gaps_is_no_table():
    data = make_pdf([[(72, 700, "Orrin Sound"), (300, 700, "Deck manual"), (500, 700, "Page 3")]])
    assert text_of(data) == "Orrin Sound Deck manual Page 3"


def test_a_table_on_a_page_that_lies_on_its_side_has_rows():
    def turned(page_text):
        page = "<< /Type /Page /Parent 2 0 R /Rotate 90 /MediaBox [0 0 612 792] /Contents 5 0 R "
        return page + "/Resources << /Font << /F1 3 0 R >> >> >>" + page_text

    stream = "".join(
        f"BT /F1 12 Tf 0 1 -1 0 {100 + 16 * row} {72 + 150 * column} Tm ({text}) Tj ET\n"
        for row, cells in enumerate([("Item", "Now", "Old"), ("Rope", "12", "14"), ("Oil", "3", "4")])
        for column, text in enumerate(cells)
    )
    objects = {4: turned(""), 5: f"<< /Length {len(stream)} >>\nstream\n{stream}endstream"}
    text = text_of(make_pdf([[]], page_objects=objects))
    assert text == "| Item | Now | Old |\n| --- | --- | --- |\n| Rope | 12 | 14 |\n| Oil | 3 | 4 |"


WORDS = st.sampled_from(
    ["Rope", "oil", "12", "(3)", "$", "4.5", "%", "-", "a | b", "the wind has turned", "Total:", "é"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(4, 55), st.integers(10, 70), WORDS), min_size=1, max_size=40))
def test_nothing_is_lost_or_doubled_wherever_words_stand(places):
    drawn = [(10 * x, 10 * y, text) for x, y, text in dict.fromkeys(places)]
    data = make_pdf([[(x, y, text.replace("(", "\\(").replace(")", "\\)")) for x, y, text in drawn]])
    document = pypdfium2.PdfDocument(data)
    seen = letters(document[0].get_textpage().get_text_range().replace("\x02", ""))
    document.close()
    assert letters(text_of(data)) == seen


@pytest.mark.skipif(not REPORTS.exists(), reason="the shared reports are not there")
def test_reports_have_their_figures_in_rows():
    text = text_of((REPORTS / "2022 Q3 AAPL.pdf").read_bytes())
    assert "|  | Three Months Ended June 25, 2022 | June 26, 2021 | Nine Months Ended June 25, 2022 |" in text
    assert "| Net income | $ 19,442 | $ 21,744 | $ 79,082 | $ 74,129 |" in text


def test_a_hyphen_at_a_line_end_within_a_cell_is_kept():
    rows = [
        ["Reason", "Now", "Before"],
        [para("Shares left out because their effect would have been anti-dilutive"), "36", "2"],
        ["Others", "1", "4"],
    ]
    text = text_of(laid_out(grid(rows, [205, 60, 60])))
    assert "| Shares left out because their effect would have been anti-dilutive | 36 | 2 |" in text


def test_a_hyphen_at_the_end_of_a_page_is_kept():
    lines = [(72, 700, "Prose that fills the line from one margin to the other is infor-"), (72, 686, "mal, and half-")]
    text = text_of(make_pdf([lines, [(72, 700, "Done.")]]))
    assert text == "Prose that fills the line from one margin to the other is informal, and half-\n\nDone."
