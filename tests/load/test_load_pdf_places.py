"""Where the text of a PDF stands: boxes drawn on real pages hold just the characters of the span they belong to."""

from __future__ import annotations

import io
import json
import math
import random
import re
from pathlib import Path

import pytest
from drawing import Drawing, written
from langchain_core.documents import Document
from load_builders import make_pdf
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from ragkit.core.types import place_at
from ragkit.load import boxes, load_file
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.formats.layout.boxes import Run, pack

ROOT = Path(__file__).parents[2]
FILES = ROOT / ".." / "shared" / "documents" / "files"
REPORTS = ROOT / ".." / "shared" / "data" / "sec10q" / "pdfs"
HANDBOOK = sorted((ROOT / "corpora" / "handbook").rglob("*.pdf"))
PROSE = (
    "The gangway is checked at every tide, and again when the wind has turned.",
    "Whoever finds it loose tells the mate, who ties it down and writes it into the log,",
    "with the hour and the height of the water. Ropes are never left across the deck.",
)


def read(data):
    (document,) = load_bytes(RawFile("dir/a.pdf", "a.pdf", data)).documents
    return document


def canvas(draw, **options):
    buffer = io.BytesIO()
    page = Canvas(buffer, pagesize=A4, **options)
    draw(page)
    page.save()
    return buffer.getvalue()


def prose(page, left=72, top=700):
    page.setFont("Times-Roman", 11)
    for number, line in enumerate(PROSE):
        page.drawString(left, top - 14 * number, line)


def spans_of_words(text, count, seed=5):
    """Random spans that begin and end with words of one line of the text."""
    lines = [found.span() for found in re.finditer(r"[^\n]+", text)]
    chosen = random.Random(seed)
    for start, end in chosen.sample(lines, min(count, len(lines))):
        words = [found.span() for found in re.finditer(r"\S+", text[start:end])]
        first = chosen.randrange(len(words))
        last = chosen.randrange(first, len(words))
        yield start + words[first][0], start + words[last][1]


def misplaced(document, data, spans):
    drawing = Drawing(data)
    text = document.page_content
    return [text[s:e] for s, e in spans if drawing.inside(boxes(document, s, e)) != written(text, s, e)]


def every_word(document):
    return [found.span() for found in re.finditer(r"\S+", document.page_content)]


def test_the_box_of_each_word_holds_just_its_letters():
    data = canvas(prose)
    document = read(data)
    assert "tells the mate, who ties it down and writes it into the log, with the hour" in document.page_content
    assert misplaced(document, data, every_word(document)) == []


def test_a_span_over_several_lines_has_a_box_for_each():
    data = canvas(prose)
    document = read(data)
    start, end = document.page_content.index("the mate"), document.page_content.index(" of the water")
    found = boxes(document, start, end)
    assert [box.page for box in found] == [1, 1]
    assert found[0].y0 > found[1].y1 - 1
    assert misplaced(document, data, [(start, end)]) == []


def test_part_of_a_word_has_part_of_its_box():
    document = read(make_pdf([[(100, 700, "mmmmmmmmmm")]]))
    (whole,), (half,) = boxes(document, 0, 10), boxes(document, 5, 10)
    assert half.x1 == whole.x1
    assert half.x0 == pytest.approx((whole.x0 + whole.x1) / 2)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_boxes_are_in_the_pages_own_coordinates_however_it_is_rotated(turn):
    def draw(page):
        page.setPageRotation(turn)
        width, height = A4
        page.translate(*{90: (0, 0), 180: (0, 0), 270: (0, 0)}[turn])
        prose(page, top=height - 100 if turn == 180 else 600)
        assert width < height

    data = canvas(draw)
    document = read(data)
    assert misplaced(document, data, every_word(document)) == []


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_text_that_runs_up_or_down_the_page_is_read_and_placed_as_if_it_were_upright(angle):
    def draw(page):
        page.translate(*{90: (300, 100), 180: (500, 500), 270: (200, 700)}[angle])
        page.rotate(angle)
        prose(page, left=0, top=0)

    data = canvas(draw)
    document = read(data)
    assert "the log, with the hour and the height" in document.page_content
    assert misplaced(document, data, every_word(document)) == []


def test_a_line_that_runs_otherwise_than_the_page_has_one_box():
    def draw(page):
        prose(page)
        page.translate(40, 300)
        page.rotate(90)
        page.drawString(0, 0, "Draft of the harbour office")

    data = canvas(draw)
    document = read(data)
    start = document.page_content.index("Draft")
    (box,) = boxes(document, start, len(document.page_content))
    assert box.y1 - box.y0 > 100 > box.x1 - box.x0
    assert misplaced(document, data, [(start, len(document.page_content))]) == []


def test_boxes_do_not_depend_on_the_crop_box():
    plain = read(canvas(prose))

    def cropped(page):
        page.setCropBox((50, 600, 500, 780))
        prose(page)

    data = canvas(cropped)
    document = read(data)
    assert document.page_content == plain.page_content
    assert boxes(document, 0, 60) == boxes(plain, 0, 60)
    assert misplaced(document, data, every_word(document)) == []


def test_a_page_whose_origin_lies_elsewhere_keeps_its_coordinates():
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [-300 -400 312 392] /Contents 5 0 R "
    page += "/Resources << /Font << /F1 3 0 R >> >> >>"
    data = make_pdf([[(-200, -100, "Below and left of the origin.")]], page_objects={4: page})
    document = read(data)
    (box,) = boxes(document, 0, 5)
    assert -200.5 <= box.x0 <= -199
    assert box.y0 < -100 < box.y1
    assert misplaced(document, data, every_word(document)) == []


def test_a_word_parted_by_a_hyphen_has_a_box_on_both_lines():
    filler = "Prose that fills the line from one margin to the other margin of the page is infor-"
    data = make_pdf([[(72, 700, filler), (72, 686, "mation that everyone on board has read before.")]])
    document = read(data)
    start = document.page_content.index("information")
    assert len(boxes(document, start, start + len("information"))) == 2


def test_boxes_of_later_pages_name_their_page():
    data = make_pdf([[(72, 700, "First page.")], [], [(72, 700, "Third page.")]])
    document = read(data)
    (box,) = boxes(document, document.page_content.index("Third"), len(document.page_content))
    assert box.page == 3


def test_white_space_and_documents_without_a_map_have_no_boxes(tmp_path):
    document = read(make_pdf([[(72, 700, "One two")]]))
    assert boxes(document, 3, 4) == []
    (tmp_path / "a.txt").write_text("One two")
    assert boxes(load_file(tmp_path / "a.txt").documents[0], 0, 3) == []


def test_the_map_is_small_can_be_kept_as_json_and_is_no_part_of_a_place():
    documents = [read(path.read_bytes()) for path in HANDBOOK]
    packed = [place["boxes"] for document in documents for place in document.metadata["places"]]
    assert json.loads(json.dumps(packed)) == packed
    assert sum(map(len, packed)) < sum(len(document.page_content) for document in documents) / 3
    assert place_at(documents[0].metadata, 10) == {"page": 1}


def test_extreme_numbers_survive_packing():
    from langchain_core.documents import Document

    runs = [Run(0, 1, 0.0, 14400.0, [-7000.5], [9000.0]), Run(100_000, 100_003, -14000.0, -13990.0, [3.0], [3.0])]
    text = "a" + " " * 99_999 + "bcd"
    document = Document(page_content=text, metadata={"places": [{"start": 0, "page": 7, "boxes": pack(text, runs)}]})
    assert boxes(document, 0, 1) == [(7, -7000.5, 0.0, 9000.0, 14400.0)]
    assert boxes(document, 100_000, 100_003) == [(7, 3.0, -14000.0, 3.0, -13990.0)]


@pytest.mark.parametrize("path", HANDBOOK, ids=lambda path: path.stem)
def test_words_of_the_handbook_stand_where_their_boxes_say(path):
    data = path.read_bytes()
    document = read(data)
    assert misplaced(document, data, spans_of_words(document.page_content, 60)) == []


def test_lines_that_pdfium_takes_for_one_have_boxes_of_their_own():
    data = make_pdf([[(100, 700, "First of a pair of lines"), (60, 698, "second")]])
    document = read(data)
    (first,) = boxes(document, *re.search("First", document.page_content).span())
    (second,) = boxes(document, *re.search("second", document.page_content).span())
    assert second.x1 < first.x0


def test_a_raised_mark_at_the_head_of_a_line_does_not_lift_its_box():
    def draw(page):
        page.setFont("Times-Roman", 6)
        page.drawString(72, 705, "3")
        prose(page, left=76)

    data = canvas(draw)
    document = read(data)
    start = document.page_content.index("gangway")
    assert misplaced(document, data, [(start, start + len("gangway"))]) == []


@pytest.mark.skipif(not REPORTS.exists(), reason="the shared reports are not there")
def test_words_of_reports_full_of_tables_stand_where_their_boxes_say():
    data = min(REPORTS.glob("*.pdf")).read_bytes()
    document = read(data)
    # Trademark signs are raised lines of their own, set into the gap before the next word.
    words = [word for word in every_word(document) if document.page_content[slice(*word)] not in ("|", "---", "®")]
    drawing, wrong = Drawing(data), list[str]()
    for start, end in random.Random(5).sample(words, 1500):
        found = drawing.inside(boxes(document, start, end))
        del found["®"]
        if found != written(document.page_content, start, end):
            wrong.append(document.page_content[start:end])
    assert wrong == []


NOT_READ_BACK = {
    "korean-text-with-tables.pdf": "figures are drawn twice on the same spot",
    "habibi.pdf": "a word is drawn in two scripts on the same spot",
    "libreoffice-form.pdf": "values of fields are no characters of the page",
}


@pytest.mark.skipif(not FILES.exists(), reason="the folder of shared test documents is not there")
def test_words_of_unusual_files_stand_where_their_boxes_say():
    wrong, seen = list[str](), 0
    for path in sorted(FILES.glob("*.pdf")):
        file = load_file(path)
        if path.name in NOT_READ_BACK or file.media_type != "application/pdf":
            continue
        for document in file.documents:
            # A mark up the margin is a line that runs otherwise than its page: it has one box for all its words.
            spans = [span for span in spans_of_words(document.page_content, 20) if not sideways(document, span)]
            seen += len(spans)
            wrong += misplaced(document, path.read_bytes(), spans)
    assert seen > 200
    assert wrong == []


def sideways(document, span):
    return document.page_content[span[0] - 60 : span[1]].rpartition("\n")[2].startswith("arXiv:")


def test_landscape_pages_have_their_boxes():
    buffer = io.BytesIO()
    page = Canvas(buffer, pagesize=landscape(A4))
    prose(page, left=300, top=400)
    page.save()
    document = read(buffer.getvalue())
    assert misplaced(document, buffer.getvalue(), every_word(document)) == []


@pytest.mark.parametrize("nowhere", [math.nan, math.inf, -math.inf])
def test_words_that_stand_nowhere_have_no_box_and_take_none_away(nowhere):
    text = "high water noon"
    runs = [Run(0, 4, 10, 20, (5,), (30,)), Run(5, 10, 10, nowhere, (35,), (60,)), Run(11, 15, 10, 20, (65,), (90,))]
    metadata = {"places": [{"start": 0, "page": 1, "boxes": pack(text, runs)}]}
    found = boxes(Document(text, metadata=metadata), 0, len(text))
    assert [(box.x0, box.x1) for box in found] == [(5, 30), (65, 90)]
