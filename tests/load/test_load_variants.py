"""What other programs write: variants of the formats that files from elsewhere have."""

from __future__ import annotations

import datetime as dt
import io
import json

import docx
import openpyxl
import pytest
from load_builders import OFFICE, make_docx, make_zip, paragraph
from openpyxl.chart import BarChart, Reference
from openpyxl.worksheet.worksheet import Worksheet

from ragkit.core.types import place_at
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes


def read(name, data):
    return load_bytes(RawFile("dir/" + name, name, data.encode() if isinstance(data, str) else data))


def text_of(name, data):
    file = read(name, data)
    assert file.outcome == "text", file
    return file.documents[0].page_content


def saved(document):
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


# -- e-mail ------------------------------------------------------------------------------------------------------------

HEAD = "From: ann@example.org\nSubject: Hi\nMIME-Version: 1.0\n"
TEXT = "Subject: Hi\nFrom: ann@example.org\n\n"


def multipart(kind, *parts):
    return (
        f"Content-Type: multipart/{kind}; boundary={kind}\n\n--{kind}\n"
        + f"\n--{kind}\n".join(parts)
        + f"\n--{kind}--\n"
    )


def test_attachments_beside_the_rich_version_of_a_message_are_read_though_the_plain_one_is_shown():
    sheet = "Content-Type: text/csv\nContent-Disposition: attachment; filename=t.csv\n\na,b\n1,2"
    rich = multipart("mixed", "Content-Type: text/html\n\n<p>rich", sheet)
    file = read("a.eml", HEAD + multipart("alternative", "Content-Type: text/plain\n\nplain", rich))
    assert [document.page_content for document in file.documents] == [
        TEXT + "plain",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
    ]


def test_a_plain_version_that_only_refers_to_the_rich_one_is_not_shown():
    rich = "Content-Type: text/html\n\n<p>" + "The ferry sails at nine. " * 20
    body = multipart("alternative", "Content-Type: text/plain\n\nSee the HTML version.", rich)
    assert "The ferry sails at nine." in text_of("a.eml", HEAD + body)


def test_an_invitation_is_an_attachment_and_no_body():
    calendar = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nSUMMARY:Rota\nEND:VCALENDAR"
    file = read("a.eml", HEAD + multipart("alternative", "Content-Type: text/plain\n\nplease come", calendar))
    assert [document.page_content.splitlines()[-1] for document in file.documents] == ["please come", "END:VCALENDAR"]


def test_a_report_about_delivery_is_read():
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; here\n\nAction: failed"
    text = text_of("a.eml", HEAD + multipart("report", "Content-Type: text/plain\n\nIt bounced.", status))
    assert text == TEXT + "It bounced.\n\nReporting-MTA: dns; here\n\nAction: failed"


def test_damaged_messages_keep_their_text():
    assert text_of("a.eml", HEAD + "Content-Type: multipart/mixed\n\nno parts at all") == TEXT + "no parts at all"
    assert text_of("a.mbox", HEAD + "\nno line before it") == TEXT + "no line before it"
    raw = "From: Jörg <a@b>\nSubject: Grüße\n\nschön\n".encode("cp1252")
    assert text_of("a.eml", raw) == "Subject: Grüße\nFrom: Jörg <a@b>\n\nschön"


def test_a_saved_page_is_read_as_the_message_it_is():
    page = 'Content-Type: text/html; charset="utf-8"\nContent-Transfer-Encoding: quoted-printable\n\n<h1>Caf=C3=A9</h1>'
    picture = "Content-Type: image/png\nContent-Location: http://x/a.png\n\nx"
    assert text_of("a.mht", "MIME-Version: 1.0\n" + multipart("related", page, picture)) == "# Café"


# -- tables and records ------------------------------------------------------------------------------------------------


def test_a_line_that_names_the_delimiter_is_no_row():
    assert text_of("a.csv", "sep=;\na;b,c\n1;2\n") == "| a | b,c |\n| --- | --- |\n| 1 | 2 |"


def test_numbers_in_json_stay_as_they_are_written_and_no_value_of_a_key_is_lost():
    text = text_of("a.json", '{"a": NaN, "n": 1.10, "big": ' + "9" * 5000 + ', "e": 1e400, "a": 2}')
    assert text == "a:\n  - NaN\n  - 2\nn: 1.10\nbig: " + "9" * 5000 + "\ne: 1e400"


def test_rows_named_json_and_a_value_named_jsonl_are_read_as_what_they_are():
    rows = read("a.json", '{"text": "one"}\n\n{"text": "two"}\n').documents
    assert [row.page_content for row in rows] == ["one", "two"]
    assert text_of("a.jsonl", '[\n  {"a": 1},\n  {"a": 2}\n]') == "- a: 1\n- a: 2"


def test_a_notebook_shows_errors_and_outputs_that_have_no_plain_form():
    outputs = [
        {"output_type": "error", "ename": "E", "evalue": "no", "traceback": ["\x1b[0;31mE\x1b[0m", "no"]},
        {"data": {"text/html": "<b>bold</b>"}},
        {"data": {"text/markdown": ["# Head"], "text/plain": "<Markdown>"}},
    ]
    notebook = {"cells": [{"cell_type": "code", "source": [], "outputs": outputs}], "metadata": {}}
    assert text_of("a.ipynb", json.dumps(notebook)) == "```\nE\nno\n```\n\nbold\n\n# Head"


def test_a_notebook_of_the_older_form_is_read():
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Tides"]},
        {"cell_type": "code", "input": ["1 + 1"], "outputs": [{"output_type": "pyout", "text": ["2"]}]},
    ]
    text = text_of("a.ipynb", json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3}))
    assert text == "## Tides\n\n```\n1 + 1\n```\n\n```\n2\n```"


def test_a_workbook_shows_dates_hidden_sheets_and_cells_far_apart():
    book = openpyxl.Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    first.title = "A & B"
    first.append(["Day", "Time", "Both", "Yes"])
    first.append([dt.date(2024, 1, 5), dt.time(13, 5), dt.datetime(2024, 1, 5, 13, 5, 9), True])
    first["A4"] = "merged"
    first.merge_cells("A4:D4")
    hidden = book.create_sheet("Hidden")
    hidden["A1"], hidden["ZZ5000"], hidden.sheet_state = "near", "far", "hidden"
    text = text_of("a.xlsx", saved(book))
    assert text.startswith("# A & B\n\n| Day | Time | Both | Yes |\n")
    assert "| 2024-01-05 | 13:05:00 | 2024-01-05 13:05:09 | TRUE |\n\nmerged" in text
    assert text.endswith("# Hidden\n\nnear\n\nfar")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<html><table><tr><td>x<td>y</table></html>", "| x | y |\n| --- | --- |"),
        ("a\tb\n1\t2\n", "a\tb\n1\t2\n"),
    ],
)
def test_what_other_programs_save_as_a_workbook_is_read_as_what_it_is(data, text):
    assert text_of("a.xls", data) == text


# -- documents ---------------------------------------------------------------------------------------------------------


def test_what_is_drawn_on_a_sheet_follows_its_cells():
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["Fish", "Tonnes"])
    sheet.append(["Cod", 7])
    board = book.create_sheet("Board")
    chart = BarChart()
    chart.title = "Landed"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2), titles_from_data=True)
    board.add_chart(chart, "A1")
    box = BarChart()
    box.title = "Beside"
    sheet.add_chart(box, "D1")
    document = read("a.xlsx", saved(book)).documents[0]
    text = document.page_content
    assert text.startswith("# Sheet\n\n| Fish | Tonnes |\n| --- | --- |\n| Cod | 7 |\n\nBeside\n\n# Board\n\nLanded")
    assert place_at(document.metadata, text.index("Landed"), text)["sheet"] == "Board"


def test_a_word_document_of_another_program_keeps_its_nested_tables_and_lists():
    document = docx.Document()
    document.add_heading("Rules", 1)
    table = document.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Wide"
    table.cell(1, 0).text = "a"
    inner = table.cell(1, 1).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "in", "out"
    document.add_paragraph("Point", style="List Bullet")
    document.sections[0].footer.paragraphs[0].text = "Foot"
    assert text_of("a.docx", saved(document)) == (
        "# Rules\n\n| Wide |  |\n| --- | --- |\n| a | in, out |\n\n- Point\n\nFoot"
    )


def test_word_shows_results_of_fields_and_the_base_of_annotated_signs():
    field = '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r>'
    above, base = ("<w:r><w:t>かん</w:t></w:r>", "<w:r><w:t>漢</w:t></w:r>")
    ruby = f"<w:r><w:ruby><w:rt>{above}</w:rt><w:rubyBase>{base}</w:rubyBase></w:ruby></w:r>"
    math = '<m:oMath xmlns:m="m"><m:r><m:t>x+1</m:t></m:r></m:oMath>'
    assert text_of("a.docx", make_docx(f"<w:p>{field}{ruby}{math}</w:p>")) == "7漢x+1"


def test_equations_are_written_on_one_line():
    def run(text):
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{run('a')}{run('+1')}</m:num><m:den>{run('b')}</m:den></m:f>"
    power = f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('n-1')}</m:sup></m:sSup>"
    root = f"<m:rad><m:deg/><m:e>{fraction}</m:e></m:rad>"
    limits = f"<m:sub>{run('i=1')}</m:sub><m:sup>{run('n')}</m:sup>"
    total = f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr>{limits}<m:e>{run("i")}</m:e></m:nary>'
    pair = f'<m:d><m:dPr><m:endChr m:val="]"/></m:dPr><m:e>{run("0")}</m:e><m:e>{run("1")}</m:e></m:d>'
    equation = "".join((fraction, run("="), power, run("="), root, run("="), total, run("="), pair))
    space = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    data = make_docx(f'<w:p xmlns:m="{space}"><w:r><w:t>So </w:t></w:r><m:oMath>{equation}</m:oMath></w:p>')
    assert text_of("a.docx", data) == "So (a+1)/b=x^(n-1)=√((a+1)/b)=∑_(i=1)^n i=(0|1]"


@pytest.mark.parametrize(
    ("font", "code", "shown"),
    [
        ("Symbol", "F061", "α"),
        ("Symbol", "B0", "°"),
        ("Wingdings", "F0FE", "☑"),
        ("Times", "2013", "–"),
        ("Logos", "F041", ""),
        ("Symbol", "?", ""),
    ],
)
def test_word_shows_signs_of_symbol_fonts(font, code, shown):
    run = f'<w:r><w:t>[</w:t><w:sym w:font="{font}" w:char="{code}"/><w:t>]</w:t></w:r>'
    assert text_of("a.docx", make_docx(f"<w:p>{run}</w:p>")) == f"[{shown}]"


def test_word_shows_charts_and_diagrams_behind_their_paragraph():
    spaces = (
        'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        f'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" xmlns:r="{OFFICE}"'
    )
    words = "<a:p><a:r><a:t>{}</a:t></a:r></a:p>"
    series = (
        "<c:ser><c:tx><c:v>2026</c:v></c:tx><c:cat><c:pt><c:v>Cod</c:v></c:pt></c:cat>"
        "<c:val><c:pt><c:v>5</c:v></c:pt></c:val></c:ser>"
    )
    parts = {
        "word/charts/c.xml": f"<c:chart {spaces}><c:title>{words.format('Catch')}</c:title>{series}</c:chart>",
        "word/diagrams/d.xml": f"<d:dataModel {spaces}>{words.format('Net')}{words.format('Deck')}</d:dataModel>",
    }
    related = [("r7", "chart", "charts/c.xml"), ("r8", "diagramData", "diagrams/d.xml")]
    drawn = f'<w:drawing {spaces}><c:chart r:id="r7"/></w:drawing><w:drawing {spaces}><d:relIds r:dm="r8"/></w:drawing>'
    data = make_docx(f"<w:p><w:r><w:t>Seen</w:t>{drawn}</w:r></w:p>" + paragraph("After"), parts, related=related)
    assert text_of("a.docx", data) == "Seen\n\nCatch\n\n|  | 2026 |\n| --- | --- |\n| Cod | 5 |\n\nNet\n\nDeck\n\nAfter"


def test_a_damaged_chart_does_not_cost_the_text_of_its_document():
    space = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
    drawn = f'<w:drawing {space} xmlns:r="{OFFICE}"><c:chart r:id="r7"/></w:drawing>'
    related = [("r7", "chart", "charts/c.xml")]
    data = make_docx(f"<w:p><w:r><w:t>Seen</w:t>{drawn}</w:r></w:p>", {"word/charts/c.xml": "<c:"}, related=related)
    assert text_of("a.docx", data) == "Seen"


def test_word_documents_put_together_from_others_keep_their_parts():
    body = paragraph("Before") + f'<w:altChunk r:id="c" xmlns:r="{OFFICE}"/>' + paragraph("After")
    data = make_docx(body, {"word/part.html": "<h2>Part</h2>Within"}, related=[("c", "aFChunk", "part.html")])
    assert text_of("a.docx", data) == "Before\n\n## Part\n\nWithin\n\nAfter"


def book(manifest, spine, members, head="", container=True):
    package = f"{head}<package><metadata/><manifest>{manifest}</manifest>{spine}</package>"
    outer = '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>'
    about = {"META-INF/container.xml": outer} if container else {}
    return make_zip({"mimetype": "application/epub+zip", **about, "b.opf": package, **members})


def test_older_and_incomplete_books_are_read():
    old = '<item id="a" href="a.html" media-type="text/x-oeb1-document"/>'
    page = '<item id="a" href="a.html" media-type="application/xhtml+xml"/>'
    spine = '<spine><itemref idref="a"/><itemref idref="gone"/></spine>'
    doctype = '<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.0 Package//EN" "http://x/oeb.dtd">'
    members = {"a.html": "<p>Chapter."}
    assert text_of("a.epub", book(old, spine, members, doctype)) == "Chapter."
    assert text_of("a.epub", book(page, "", members)) == "Chapter."
    assert text_of("a.epub", book(page, spine, members, container=False)) == "Chapter."
    bomb = '<!DOCTYPE package [<!ENTITY a "b">]>'
    assert read("a.epub", book(page, spine, members, bomb)).reason == "corrupt"


XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head>%s</head><body>%s</body></html>'


@pytest.mark.parametrize("head", ["<title/>", "<title />", '<script src="a.js"/>', "<style type='a'/>"])
def test_elements_that_end_themselves_do_not_swallow_the_page(head):
    page = XHTML % (head, '<a id="p1"/><p>One<textarea/><br/>two</p><iframe src="x"/><p>Three &lt;/&gt;</p>')
    assert text_of("a.xhtml", page) == text_of("a.html", page) == "One\ntwo\n\nThree </>"
    chapter = '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    assert text_of("a.epub", book(chapter, "", {"a.xhtml": page})) == "One\ntwo\n\nThree </>"


def test_what_xhtml_writes_literally_is_read():
    assert text_of("a.xhtml", XHTML % ("", "<p>If <![CDATA[a < b && c]]> holds</p>")) == "If a < b && c holds"


def test_a_page_of_html_may_begin_elements_as_its_writer_likes():
    assert text_of("a.html", "<h2/>Tides<p>Two") == "## Tides\n\nTwo"


def test_a_page_keeps_captions_and_loses_marks_of_where_words_may_break():
    page = "<table><caption>Times</caption><tr><td>1<td>2</table><p>Donau&shy;dampf&#8203;schiff<ruby>a</ruby>"
    assert text_of("a.html", page) == "Times\n\n| 1 | 2 |\n| --- | --- |\n\nDonaudampfschiffa"


@pytest.mark.parametrize("codec", ["koi8-r", "utf-16", "utf-8-sig", "cp1251"])
def test_a_page_is_read_as_it_declares_or_in_spite_of_it(codec):
    declared = "utf-8" if codec.startswith("utf") else codec
    page = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}"><p>Привет'
    assert text_of("a.html", page.encode(codec)) == "Привет"


def test_notes_in_rich_text_follow_their_paragraph():
    data = r"{\rtf1\ansi One{\footnote\pard\plain A note.\par} goes on.\par Two.\par}"
    assert text_of("a.rtf", data) == "One goes on.\n\nA note.\n\nTwo."


def test_of_text_that_is_given_twice_the_one_with_every_character_is_read():
    data = r"{\rtf1\ansi {\upr{Caf?}{\*\ud{Caf\u233 ?}}} opens{\info{\upr{\title T?}{\*\ud{\title T\u252 ?}}}}\par}"
    file = read("a.rtf", data)
    assert (file.documents[0].page_content, file.documents[0].metadata["title"]) == ("Café opens", "Tü")


def test_rich_text_keeps_characters_whose_second_byte_is_written_as_a_letter():
    data = r"{\rtf1\ansi\ansicpg932{\fonttbl{\f0\fcharset128 M;}}\f0 \'83e\'83X\'83g}"
    assert text_of("a.rtf", data) == "テスト"


# -- OpenDocument ------------------------------------------------------------------------------------------------------

NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
)
CELLS = "".join(
    f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in "AB"
)
TABLE = f'<table:table table:name="Rates"><table:table-row>{CELLS}</table:table-row></table:table>'
PAGE = "<draw:page><draw:frame><draw:text-box><text:p>Pier</text:p></draw:text-box></draw:frame></draw:page>"


def flat(kind, body, dtd="", declared=""):
    mimetype = f'office:mimetype="{declared or "application/vnd.oasis.opendocument." + kind}"'
    meta = '<office:meta><dc:title xmlns:dc="urn:dc">Moorings</dc:title></office:meta>'
    frame = (
        '<office:master-styles><m:header xmlns:m="urn:m"><text:p>Every page</text:p></m:header></office:master-styles>'
    )
    return (
        f'<?xml version="1.0"?>{dtd}<office:document {NAMES} {mimetype}>{meta}<office:styles/>{frame}'
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document>"
    )


def test_text_in_one_file_of_xml_is_read_as_its_package_would_be():
    body = (
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        f'<text:h text:outline-level="2">Bow</text:h><text:p>Two<text:s/>lines</text:p>{TABLE}'
    )
    for name in ("a.fodt", "a.xml", "a"):
        file = read(name, flat("text", body))
        assert file.documents[0].page_content == "## Bow\n\nTwo lines\n\n| A | B |\n| --- | --- |\n\nEvery page"
        assert file.documents[0].metadata["title"] == "Moorings"
        assert file.documents[0].metadata["media_type"] == "application/vnd.oasis.opendocument.text"


def test_sheets_slides_and_drawings_in_one_file_of_xml_are_read():
    assert text_of("a.fods", flat("spreadsheet", TABLE)) == "# Rates\n\n| A | B |\n| --- | --- |"
    assert read("a.fodp", flat("presentation", PAGE)).documents[0].metadata["places"][0]["slide"] == 1
    assert read("a.fodg", flat("drawing", PAGE, declared="a/b")).documents[0].metadata["places"][0]["page"] == 1


def test_a_bomb_in_one_file_of_xml_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "bb">]>'
    assert read("a.fodt", flat("text", "<text:p>&a;</text:p>", bomb)).reason == "corrupt"


def test_a_drawing_is_read():
    content = f"<office:document-content {NAMES}><office:body>{PAGE}</office:body></office:document-content>"
    data = make_zip({"mimetype": "application/vnd.oasis.opendocument.graphics", "content.xml": content})
    assert text_of("a.odg", data) == "Pier"
