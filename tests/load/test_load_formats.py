"""What comes out of each format."""

from __future__ import annotations

import json

import pytest
from load_builders import OFFICE, WORD, make_docx, make_pdf, make_xlsx, make_zip, paragraph, relations

from ragkit.core.types import place_at
from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.formats.office.xlsx import percent_cells
from ragkit.load.formats.package import Package
from ragkit.load.limits import Limits


def read(name, data, **limits):
    data = data.encode("utf-8") if isinstance(data, str) else data
    return load_bytes(RawFile("dir/" + name, name, data, limits=Limits(**limits)))


def text_of(name, data):
    file = read(name, data)
    assert file.outcome == "text", file
    return file.documents[0].page_content


def test_plain_text_and_code_are_kept_as_they_are():
    assert text_of("a.txt", "one\n\n  two ") == "one\n\n  two "
    assert text_of("a.py", "def f():\n    return 1\n") == "def f():\n    return 1\n"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Guide\n\ntext", "Guide"),
        ("---\ntitle: 'From above'\n---\n# Other", "From above"),
        ("Guide\n=====\ntext", "Guide"),
        ("# Guide ##  \ntext", "Guide"),
        ("# About C#\ntext", "About C#"),
        ("# a" + " " * 100_000 + "b", "a b"),
        ("# " + "#" * 100_000 + "b", None),
        ("```\n# comment\n```\ntext", None),
        ("text only", None),
    ],
)
def test_markdown_names_its_title(text, title):
    document = read("a.md", text).documents[0]
    assert document.page_content == text
    assert document.metadata.get("title") == title


def test_html_reads_like_the_page():
    page = """<html><head><title>Opening hours</title><style>p {}</style></head><body><script>x()</script>
    <h1>Hours</h1><p>Open <b>daily</b>
    from 9.</p><!-- note --><ul><li>North<ul><li>Gate 1</li></ul></li><li>South</li></ul><ol><li>a<li>b</ol>
    <p hidden>secret</p><p style="display: none">secret</p><template>secret</template>
    <table><tr><th>Gate</th><th>Opens</th></tr><tr><td rowspan=2>North</td><td>06:30</td></tr><tr><td>07:00</td></tr>
    </table><pre>a
      b</pre>last<br>line</body></html>"""
    assert text_of("a.html", page) == (
        "# Hours\n\nOpen daily from 9.\n\n- North\n  - Gate 1\n- South\n1. a\n2. b\n\n"
        "| Gate | Opens |\n| --- | --- |\n| North | 06:30 |\n| North | 07:00 |\n\na\n      b\n\nlast\nline"
    )


def test_a_page_without_a_heading_begins_with_its_title():
    file = read("a.html", "<title>Tides</title><p>High at noon.</p>")
    assert file.documents[0].page_content == "# Tides\n\nHigh at noon."
    assert file.documents[0].metadata["title"] == "Tides"


def test_a_table_that_arranges_the_page_is_no_table():
    page = "<table><tr><td><h1>Head</h1></td><td><p>Left</p><table><tr><td>a<td>b</table></td></tr></table>"
    assert text_of("a.html", page) == "# Head\n\nLeft\n\n| a | b |\n| --- | --- |"


def test_html_nested_thousands_deep_is_read():
    assert text_of("a.html", "<div>" * 5000 + "deep" + "</div>" * 5000) == "deep"


def test_word_structure_becomes_markdown():
    heading = '<w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    based = '<w:style w:styleId="Own"><w:name w:val="Mine"/><w:basedOn w:val="H2"/></w:style>'
    numbering = (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
        '</w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/>'
        '</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2">'
        '<w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )

    def item(number):
        return f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'

    def cell(text):
        return f"<w:tc>{paragraph(text)}</w:tc>"

    table = f"<w:tbl><w:tr>{cell('Name')}{cell('Vote')}</w:tr><w:tr>{cell('Ann | Bo')}{cell('yes')}</w:tr></w:tbl>"
    body = (
        paragraph("Rules", '<w:pStyle w:val="Own"/>') + paragraph("First", item(1)) + paragraph("Second", item(1))
        + paragraph("Step", item(2)) + paragraph("Step", item(2)) + table
    )  # fmt: skip
    data = make_docx(body, {"word/numbering.xml": numbering}, heading + based, [("n1", "numbering", "numbering.xml")])
    assert text_of("a.docx", data) == (
        "## Rules\n\n- First\n- Second\n1. Step\n2. Step\n\n| Name | Vote |\n| --- | --- |\n| Ann \\| Bo | yes |"
    )


def test_word_keeps_what_is_seen_and_drops_what_is_deleted_or_hidden():
    body = (
        "<w:p><w:r><w:t>Paid</w:t></w:r><w:del><w:r><w:delText>never</w:delText></w:r></w:del><w:ins><w:r><w:t> in May"
        "</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:footnoteReference w:id='2'/>"
        "</w:r></w:p><w:p><w:r><mc:AlternateContent xmlns:mc='mc'><mc:Choice><w:txbxContent>" + paragraph("Boxed")
        + "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" + paragraph("Boxed")
        + "</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>" + paragraph("Next")
    )  # fmt: skip
    parts = {
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{paragraph("At most 900 euro.")}'
        "</w:footnote></w:footnotes>",
        "word/header1.xml": f'<w:hdr xmlns:w="{WORD}">{paragraph("Harbour Board")}</w:hdr>',
    }
    related = [("f1", "footnotes", "footnotes.xml"), ("h1", "header", "header1.xml"), ("h2", "header", "header1.xml")]
    assert text_of("a.docx", make_docx(body, parts, related=related)) == (
        "Paid in May\n\nAt most 900 euro.\n\nBoxed\n\nNext\n\nHarbour Board"
    )


def test_a_document_type_declaration_in_word_is_refused():
    evil = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><w:document xmlns:w="{WORD}"><w:body/></w:document>'
    )
    assert read("a.docx", make_docx("", {"word/document.xml": evil})).reason == "corrupt"


def test_a_package_that_inflates_beyond_the_limits_is_refused():
    bomb = make_docx("", {"word/document.xml": "<x>" + " " * 8_000_000 + "</x>"})
    file = read("a.docx", bomb)
    assert (file.outcome, file.reason) == ("error", "too-large")
    assert read("a.docx", make_docx(paragraph("x" * 5000)), inflated_bytes=1000).reason == "too-large"
    assert read("a.docx", make_docx(paragraph("x")), members=3).reason == "too-large"


def test_sheets_become_tables_as_people_see_them():
    data = make_xlsx({
        "Costs": [["Costs in euro", None, None], ["Item", None, "Sum"], ["Rope", None, 1250.0], ["Oil", None, 0.1]],
        "Empty": [],
        "More": [["a", "b"], ["c", "d"], [None], ["e", "f"], [1, 2]],
    })  # fmt: skip
    file = read("a.xlsx", data)
    document = file.documents[0]
    assert document.page_content == (
        "# Costs\n\nCosts in euro\n\n| Item | Sum |\n| --- | --- |\n| Rope | 1250 |\n| Oil | 0.1 |\n\n"
        "# More\n\n| a | b |\n| --- | --- |\n| c | d |\n\n| e | f |\n| --- | --- |\n| 1 | 2 |"
    )
    assert place_at(document.metadata, document.page_content.index("| e")) == {"sheet": "More", "cells": "A4:B5"}


STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[Red]0.0%;-0.0%"/>'
    '<numFmt numFmtId="165" formatCode="0.0 &quot;%&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="9"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
)


@pytest.mark.parametrize(
    ("style", "shown"), [("1", "12.5%"), ("2", "12.5%"), ("3", "0.125"), ("0", "0.125"), ("9", "0.125")]
)
def test_percentages_are_shown_as_such(style: str, shown: str):
    sheet = {"Rates": {3: {"C": "Region", "D": "Rate"}, 4: {"C": "North", "D": 0.125}, 5: {"C": "South", "D": 1}}}
    data = make_xlsx(sheet, found='r="D4"', instead=f's="{style}" r="D4"', styles=STYLES)
    rows = f"# Rates\n\n| Region | Rate |\n| --- | --- |\n| North | {shown} |\n| South | 1 |"
    assert text_of("a.xlsx", data) == rows


def test_of_damaged_formats_no_percentage_is_known(caplog: pytest.LogCaptureFixture):
    data = make_xlsx({"Rates": [["Rate"], [0.5]]}, found='r="A2"', instead='s="1" r="A2"', styles="<cellXfs>")
    assert percent_cells(Package(RawFile("a.xlsx", "a.xlsx", data))) == {}
    assert "percentages stay as the file holds them" in caplog.text


def test_percentages_of_opendocument_sheets():
    share = '<table:table-cell office:value-type="percentage" office:value="{}"{}><text:p>x</text:p></table:table-cell>'
    float_cell = (
        '<table:table-cell office:value-type="float" office:value="0.5"><text:p>0.5</text:p></table:table-cell>'
    )
    twice = ' table:number-columns-repeated="2"'
    text = '<table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell>'
    rows = f"<table:table-row>{text * 4}</table:table-row>"
    rows += f"<table:table-row>{float_cell}{share.format(0.07, twice)}{float_cell}</table:table-row>"
    rows += f'<table:table-row table:number-rows-repeated="2">{share.format(1.5, "")}</table:table-row>'
    assert text_of("a.ods", ods(rows)).split("\n")[-3:] == [
        "| 0.5 | 7% | 7% | 0.5 |",
        "| 150% |  |  |  |",
        "| 150% |  |  |  |",
    ]


def test_cells_at_the_far_corner_are_refused_before_room_is_made_for_them():
    data = make_xlsx({"Wide": {1: {"A": "here"}, 1048576: {"XFD": "there"}}})
    assert read("a.xlsx", data).reason == "too-large"


def ods(rows):
    names = ("office", "text", "table")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="Stock">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return make_zip({"mimetype": mimetype, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def test_an_opendocument_sheet_becomes_a_table():
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>'
    rows = f"<table:table-row>{cell.format('Item')}{cell.format('n')}</table:table-row>"
    rows += f"<table:table-row>{cell.format('Rope')}{number}</table:table-row>"
    rows += '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    assert text_of("a.ods", ods(rows)) == "# Stock\n\n| Item | n |\n| --- | --- |\n| Rope | 7 |"


def test_cells_that_stand_for_millions_are_refused_before_room_is_made_for_them():
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    assert read("a.ods", ods(rows)).reason == "too-large"


def test_an_entity_declaration_in_a_workbook_is_refused():
    data = make_zip({"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'})
    assert read("a.xlsx", data).reason == "corrupt"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'Name,Note\nAnn,"says ""hi"", twice"\n'),
        ("a.csv", 'Name;Note\nAnn;"says ""hi"", twice"\n'),
        ("a.csv", 'Name|Note\nAnn|"says ""hi"", twice"\n'),
        ("a.tsv", "Name\tNote\nAnn\tsays \"hi\", twice\n"),
    ],
)  # fmt: skip
def test_delimited_text_becomes_a_table_whatever_the_delimiter(name, text):
    assert text_of(name, text) == '| Name | Note |\n| --- | --- |\n| Ann | says "hi", twice |'


def test_a_row_longer_than_its_header_loses_nothing():
    assert text_of("a.csv", "a,b\n1,2,3\n") == "| a | b |  |\n| --- | --- | --- |\n| 1 | 2 | 3 |"


def test_json_reads_as_keys_and_values():
    value = {"title": "Tides", "n": 1, "open": True, "none": None, "list": ["a", {"b": 2, "c": []}], "deep": {"x": "ü"}}
    assert text_of("a.json", json.dumps(value)) == (
        "title: Tides\nn: 1\nopen: true\nnone: null\nlist:\n  - a\n  - b: 2\ndeep:\n  x: ü"
    )


@pytest.mark.parametrize("broken", ['{"a": "kept', "[" * 100_000])
def test_json_that_cannot_be_parsed_is_kept_as_text(broken):
    assert text_of("a.json", broken) == broken


def test_beir_rows_become_documents_with_their_own_ids():
    rows = [
        {"_id": "d1", "title": "Normans", "text": "The Normans came.", "metadata": {}, "year": 911},
        {"_id": 7, "title": "Only a title", "text": ""},
    ]
    documents = read("corpus.jsonl", "\n".join(map(json.dumps, rows))).documents
    assert [document.id for document in documents] == ["d1", "7"]
    assert [document.page_content for document in documents] == ["The Normans came.", "Only a title"]
    assert documents[0].metadata == {
        "source": "dir/corpus.jsonl", "media_type": "application/jsonl", "title": "Normans", "year": 911,
        "places": [{"start": 0, "row": 1}],
    }  # fmt: skip


def test_other_rows_are_readable_and_a_broken_one_is_kept():
    documents = read("a.jsonl", '{"name": "Ann", "age": 5}\n\n{"text": "cut o').documents
    assert [document.page_content for document in documents] == ["name: Ann\nage: 5", '{"text": "cut o']
    assert [document.metadata["part"] for document in documents] == [1, 2]
    assert place_at(documents[1].metadata, 0) == {"row": 3}


def test_a_notebook_keeps_prose_code_and_printed_output():
    cells = [
        {"cell_type": "markdown", "source": ["# Tides\n", "Measured."]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [{"text": ["1\n"]}, {"data": {"image/png": "iVBORw0"}}],
        },
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "python"}}}
    file = read("a.ipynb", json.dumps(notebook))
    assert file.documents[0].page_content == "# Tides\nMeasured.\n\n```python\nprint(1)\n```\n\n```\n1\n```"
    assert file.documents[0].metadata["title"] == "Tides"


MAIL = (
    "From: Ann <ann@example.org>\nTo: bo@example.org\nSubject: =?utf-8?q?F=C3=A4hre?=\n"
    "Date: Mon, 1 Jan 2024 10:00:00 +0000\n"
)


def test_a_mail_is_its_headers_and_its_plain_body():
    body = (
        'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n'
        "Content-Type: text/html\n\n<p>rich\n"
        "--b\nContent-Type: text/plain; charset=cp1252\nContent-Transfer-Encoding: quoted-printable\n\nsch=F6n\n--b--\n"
    )
    file = read("a.eml", MAIL + body)
    assert file.documents[0].page_content == (
        "Subject: Fähre\nFrom: Ann <ann@example.org>\nTo: bo@example.org\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nschön"
    )
    assert file.documents[0].metadata["title"] == "Fähre"


def test_attachments_become_documents_and_unread_ones_are_named():
    body = (
        'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html\n\n<p>See below\n--b\n'
        'Content-Disposition: attachment; filename="stock.csv"\n\nname,n\nrope,7\n--b\nContent-Disposition: attachment;'
        ' filename="a.zip"\nContent-Transfer-Encoding: base64\n\nUEsDBBQAAAA=\n--b--\n'
    )
    first, second = read("a.eml", MAIL + body).documents
    assert first.page_content.endswith("\n\nSee below")
    assert first.metadata["unread_attachments"] == [{"name": "a.zip", "reason": "corrupt"}]
    assert second.page_content == "| name | n |\n| --- | --- |\n| rope | 7 |"
    assert second.metadata["attachment"] == "stock.csv"
    assert second.metadata["media_type"] == "text/csv"


def test_a_mailbox_is_parted_at_its_separators_only():
    box = f"From ann Mon\n{MAIL}\nfirst\n\nFrom here on nothing\n>From quoted\n\nFrom bo Tue\n{MAIL}\nsecond\n"
    first, second = read("a.mbox", box).documents
    assert first.page_content.endswith("first\n\nFrom here on nothing\nFrom quoted")
    assert second.page_content.endswith("second")


def test_pdf_lines_become_paragraphs_with_their_pages():
    width = "This line of prose runs from the left margin over to the right margin of the page and"
    first = [(72, 700, width), (72, 686, "goes on here until its end."), (72, 640, "A second paragraph stands apart.")]
    second = [(72, 700, "Ropes 12 14 16"), (72, 686, "Oil 22 24 26")]
    file = read("a.pdf", make_pdf([first, [], second], title="Tide tables"))
    document = file.documents[0]
    assert file.pages == 3
    assert document.page_content == (
        width + " goes on here until its end.\n\nA second paragraph stands apart.\n\nRopes 12 14 16\nOil 22 24 26"
    )
    assert place_at(document.metadata, document.page_content.index("Oil")) == {"page": 3}
    assert document.metadata["title"] == "Tide tables"
    assert document.metadata["pages_without_text"] == [2]


def test_a_word_hyphenated_at_a_line_end_is_joined_unless_the_document_writes_it_so():
    filler = "Prose that fills the line from one margin to the other margin of the page is infor-"
    lines = [
        (72, 700, filler), (72, 686, "mation. The long-term view is what we take here, and so we take the very long-"),
        (72, 672, "term view."),
    ]  # fmt: skip
    text = text_of("a.pdf", make_pdf([lines]))
    assert "is information. The" in text
    assert text.endswith("very long-term view.")


def test_a_page_that_cannot_be_read_does_not_end_the_file():
    data = make_pdf([[(72, 700, "First page.")], [(72, 700, "Second.")]], page_objects={4: "42"})
    file = read("a.pdf", data)
    assert (file.outcome, file.pages) == ("text", 2)
    assert file.documents[0].page_content == "Second."
    assert file.documents[0].metadata["unreadable_pages"] == [1]


def test_a_pdf_with_too_many_pages_is_refused():
    assert read("a.pdf", make_pdf([[], [], []]), pages=2).reason == "too-large"


def test_slides_come_in_the_order_of_the_presentation_with_their_notes():
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"

    def shape(kind, *paragraphs):
        inner = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)
        return f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>{inner}</p:txBody></p:sp>'

    def slide(*shapes):
        return f'<p:sld xmlns:p="{p}" xmlns:a="{a}"><p:cSld><p:spTree>{"".join(shapes)}</p:spTree></p:cSld></p:sld>'

    data = make_zip({
        "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{p}" xmlns:r="{OFFICE}"><p:sldIdLst>'
        '<p:sldId id="1" r:id="r2"/>'
        '<p:sldId id="2" r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            ("r1", "slide", "slides/s1.xml"), ("r2", "slide", "slides/s2.xml")
        ),
        "ppt/slides/s1.xml": slide(shape("title", "Last"), shape("sldNum", "2")),
        "ppt/slides/s2.xml": slide(shape("title", "First"), shape("body", "Prune", "Plant")),
        "ppt/slides/_rels/s2.xml.rels": relations(("n1", "notesSlide", "../notes/n2.xml")),
        "ppt/notes/n2.xml": slide(shape("sldImg"), shape("body", "Mind the frost.")),
    })  # fmt: skip
    file = read("a.pptx", data)
    document = file.documents[0]
    assert document.page_content == "# First\n\n- Prune\n- Plant\n\nNotes: Mind the frost.\n\n# Last"
    assert place_at(document.metadata, document.page_content.index("# Last")) == {"slide": 2, "section": "Last"}
    assert file.pages == 2


def odt(body, extra=None):
    office, text, table = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "text", "table"))
    content = f'<o:document-content xmlns:o="{office}" xmlns:t="{text}" xmlns:b="{table}"><o:body>{body}</o:body>'
    members = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content + "</o:document-content>"}
    return make_zip({**members, **(extra or {})})


def test_opendocument_structure_becomes_markdown():
    body = (
        '<t:tracked-changes><t:p>deleted</t:p></t:tracked-changes><t:h t:outline-level="2">Rules</t:h><t:p>'
        'Two<t:s t:c="2"/>'
        "spaces<t:note><t:note-body><t:p>A note.</t:p></t:note-body></t:note></t:p><t:list><t:list-item><t:p>One</t:p>"
        "<t:list><t:list-item><t:p>Inner</t:p></t:list-item></t:list></t:list-item></t:list><b:table><b:table-row>"
        "<b:table-cell><t:p>a</t:p></b:table-cell><b:table-cell><t:p>b</t:p></b:table-cell></b:table-row></b:table>"
    )
    assert text_of("a.odt", odt(body)) == (
        "## Rules\n\nTwo  spaces\n\nA note.\n\n- One\n  - Inner\n\n| a | b |\n| --- | --- |"
    )


def test_repeated_cells_of_a_text_table_keep_the_others_in_their_column():
    def row(*cells):
        inner = "".join(f"<b:table-cell{mark}><t:p>{text}</t:p></b:table-cell>" for mark, text in cells)
        return f"<b:table-row>{inner}</b:table-row>"

    repeated = ' b:number-columns-repeated="2"'
    rows = row(("", "a"), ("", "b"), ("", "c")) + row((repeated, ""), ("", "z")) + row((repeated, "x"), ("", "y"))
    assert text_of("a.odt", odt(f"<b:table>{rows}</b:table>")) == (
        "| a | b | c |\n| --- | --- | --- |\n|  |  | z |\n| x | x | y |"
    )


def test_an_encrypted_opendocument_file_says_so():
    data = odt("<t:p>x</t:p>", {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"})
    assert read("a.odt", data).reason == "encrypted"


def test_a_book_is_read_in_the_order_of_its_spine():
    book = (
        '<package><metadata><title>Winter</title></metadata><manifest><item id="a" href="t/one.xhtml" '
        'media-type="application/xhtml+xml"/><item id="b" href="t/two%20b.xhtml" media-type="application/xhtml+xml"/>'
        "</manifest><spine>"
        '<itemref idref="b"/><itemref idref="a"/></spine></package>'
    )
    data = make_zip({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/b.opf"/></rootfiles></container>',
        "O/b.opf": book,
        "O/t/one.xhtml": "<html><head><title>One</title></head><body><h1>One</h1><p>Ice.</p></body></html>",
        "O/t/two b.xhtml": "<html><head><title>Two</title></head><body><p>Snow.</p></body></html>",
    })  # fmt: skip
    document = read("a.epub", data).documents[0]
    assert document.page_content == "Snow.\n\n# One\n\nIce."
    assert document.metadata["title"] == "Winter"
    assert place_at(document.metadata, 10) == {"section": "One"}


def test_rtf_is_read_in_its_code_pages():
    data = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}{\info{\title Tides}}"
        rb"{\*\generator secret}\pard\outlinelevel0 Head\par\pard Caf\'e9 {\f1 \'cc\'e8\'f0} \u8364?\~x {\v secret}"
        rb"\u-10179?\u-8704?\par\trowd\pard\intbl a\cell b\cell\row\trowd\pard\intbl 1\cell 2\cell\row\pard end}"
    )
    document = read("a.rtf", data).documents[0]
    assert document.page_content == (
        "# Head\n\nCafé Мир €\u00a0x \U0001f600\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nend"
    )
    assert document.metadata["title"] == "Tides"


def test_an_encrypted_office_file_says_so():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert read("a.docx", ole).reason == "encrypted"


def test_what_is_not_read_yet_says_what_to_do():
    assert "unpack" in read("a.rar", b"Rar!\x1a\x07\x01\x00 junk").detail
