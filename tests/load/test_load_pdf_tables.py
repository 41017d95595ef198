"""Tables on the pages of a PDF become Markdown rows; nothing is lost or said twice, and prose stays prose."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from drawing import Drawing, written
from load_builders import make_pdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import SimpleDocTemplate, Table

from ragkit.load import load_file
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes

ROOT = Path(__file__).parents[2]
HANDBOOK = sorted((ROOT / "corpora" / "handbook").rglob("*.pdf"))
REPORTS = ROOT / ".." / "shared" / "data" / "sec10q" / "pdfs"
RATES = [["Town", "Hotel", "Dinner"], ["Bergen", "120", "45"], ["Oslo", "140", "52"], ["Hull", "95", "28"]]


def text_of(data):
    (document,) = load_bytes(RawFile("dir/a.pdf", "a.pdf", data)).documents
    return document.page_content


def table(rows):
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4).build([Table(rows, colWidths=[120] * len(rows[0]))])
    return buffer.getvalue()


def test_a_table_keeps_its_header_and_rows():
    assert text_of(table(RATES)) == (
        "| Town | Hotel | Dinner |\n| --- | --- | --- |\n| Bergen | 120 | 45 |\n| Oslo | 140 | 52 |\n| Hull | 95 | 28 |"
    )


def test_empty_cells_stay_in_their_column():
    rows = [RATES[0], ["Bergen", "", "45"], *RATES[2:]]
    assert "| Bergen |  | 45 |" in text_of(table(rows))


def test_signs_of_currency_go_with_their_figure():
    lines = [(72, 700, "Rope"), (300, 700, "$"), (320, 700, "1,250"), (420, 700, "$"), (440, 700, "990")]
    lines += [(72, 686, "Oil"), (300, 686, "$"), (320, 686, "80"), (420, 686, "$"), (440, 686, "75")]
    lines += [(72, 672, "Paint"), (300, 672, "$"), (320, 672, "7"), (420, 672, "$"), (440, 672, "9")]
    assert "| Oil | $ 80 | $ 75 |" in text_of(make_pdf([lines]))


def test_a_bar_in_a_cell_is_escaped():
    assert "| Bergen \\| Voss | 120 |" in text_of(table([RATES[0], ["Bergen | Voss", "120", "45"], *RATES[2:]]))


def test_prose_in_two_columns_is_read_column_by_column_and_is_no_table():
    words = "the gangway is checked at every tide and again when the wind has turned whoever finds it".split()

    def column(shift):
        return [" ".join(words[(index + shift + step) % len(words)] for step in range(7)) for index in range(0, 60, 7)]

    buffer = io.BytesIO()
    page = Canvas(buffer, pagesize=A4)
    left, right = column(0), column(3)
    for x, lines in ((60, left), (320, right)):
        for number, line in enumerate(lines):
            page.setFont("Helvetica", 10)
            page.drawString(x, 700 - 12 * number, line)
    page.save()
    found = text_of(buffer.getvalue())
    assert "|" not in found
    assert " ".join(found.split()) == " ".join([*left, *right])


def characters(data):
    """All characters of a PDF's pages."""
    found = Counter()
    for page in Drawing(data).pages.values():
        for text, _, _ in page:
            found.update(text)
    return found


def nothing_lost(path):
    data = path.read_bytes()
    (document,) = load_file(path).documents
    had, has = characters(data), written(document.page_content, 0, len(document.page_content))
    had.pop("-", None)  # hyphens at line ends are resolved
    has.pop("-", None)
    return (had - has) + (has - had)


@pytest.mark.parametrize("path", HANDBOOK, ids=lambda path: path.stem)
def test_no_character_of_the_handbook_is_lost_or_doubled(path):
    assert not nothing_lost(path)


@pytest.mark.skipif(not REPORTS.exists(), reason="the shared reports are not there")
def test_no_character_of_reports_full_of_tables_is_lost_or_doubled():
    path = min(REPORTS.glob("*.pdf"))
    assert not nothing_lost(path)
    assert load_file(path).documents[0].page_content.count("\n| --- |") > 20
