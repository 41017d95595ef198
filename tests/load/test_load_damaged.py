"""Damaged files that once got past the readers: they raised something unforeseen, or gave what is no text."""

from __future__ import annotations

import gzip
import struct

import pytest
from load_builders import make_docx, make_pdf, make_xlsx, make_zip, paragraph
from ole_builder import make_ole, message

from ragkit.load import Limits, RawFile
from ragkit.load.files import load_bytes
from ragkit.testing import damage, file_problems, untyped_errors

DOCX = make_docx(paragraph("Paid in May"))


def read(name, data):
    with untyped_errors() as untyped:
        file = load_bytes(RawFile("folder/" + name, name, data))
    assert untyped == []
    assert file_problems(file) == []
    return file


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", DOCX[300:]),  # members begin before the file does
        ("a.txt.gz", damage(gzip.compress(b"packed words" * 20, mtime=0), "flip", 0.6, 0.6, 3)),
    ],
)
def test_what_unpacking_raises_is_foreseen(name, data):
    assert read(name, data).reason == "corrupt"


def test_text_of_control_characters_only_is_no_text():
    assert read("a.jsonl", b'{"text": "\\u0001\\u0002"}').outcome == "empty"


def test_metadata_of_rows_can_be_stored_whatever_stands_in_them():
    row = b'{"_id": "\\ud800", "text": "x", "a": NaN, "b": [1e999, {"\\udc00": "\\ud800"}], "n": 1.5}'
    (document,) = read("a.jsonl", row).documents
    assert document.id == "\ufffd"
    assert {key: document.metadata[key] for key in "abn"} == {"a": "nan", "b": ["inf", {"\ufffd": "\ufffd"}], "n": 1.5}


def test_what_only_looks_like_a_number_is_none():
    wide = f'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="²"/></w:tcPr>{paragraph("Name")}</w:tc></w:tr></w:tbl>'
    listed = paragraph("Step", '<w:numPr><w:ilvl w:val="²"/><w:numId w:val="1"/></w:numPr>')
    headed = paragraph("Rules", '<w:outlineLvl w:val="²"/>')
    file = read("a.docx", make_docx(wide + listed + headed))
    assert file.documents[0].page_content == "Name\n\nStep\n\nRules"
    body = '<o xmlns:t="t"><t:h t:outline-level="²">Rules</t:h><t:p>a<t:s t:c="²"/>b</t:p></o>'
    file = read("a.odt", make_zip({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": body}))
    assert file.documents[0].page_content == "# Rules\n\na b"


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ('r="B2"', 'r="B99999999"'),
        ('r="B2"', 'r="b99999999"'),
        ('r="B2"', "r = 'B99999999'"),
        ('r="B2"', 'r="B00000099999999"'),
        ('r="B2"', 'r="B99999999999999"'),
        ('r="B2"', 'r="XFE2"'),
        ('<row r="2"><c r="A2"', '<row r="99999999"><c'),
    ],
)
def test_cells_that_no_sheet_has_are_refused_before_room_is_made_for_them(found, instead):
    book = make_xlsx({"Costs": [["Item", "Price"], ["Rope", 12.5]]}, found, instead)
    assert read("a.xlsx", book).reason == "corrupt"


def test_cells_without_a_place_stand_in_the_row_of_their_row_element():
    book = make_xlsx({"Costs": [["Item", "Price"], ["Rope", 12.5]]}, '<row r="2"><c r="A2"', '<row r="1048576"><c')
    assert "Rope" in read("a.xlsx", book).documents[0].page_content
    book = make_xlsx({"Costs": [["Item"] * 8, ["Rope"] * 8]}, '<row r="2"><c r="A2"', '<row r="1048576"><c')
    file = load_bytes(RawFile("a.xlsx", "a.xlsx", book, limits=Limits(cells=1_000_000)))
    assert file.reason == "too-large"


def test_a_message_with_a_broken_charset_or_attachment_name_keeps_its_text():
    assert "sch" in read("a.eml", b'Content-Type: text/plain; charset="x\0y"\n\nsch\xf6n').documents[0].page_content
    body = b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n'
    body += b'Content-Disposition: attachment; filename="=?utf-8?b?a?="'
    assert "inner" in read("a.eml", body + b"\n\ninner\n--b--\n").documents[0].page_content


def test_a_pdf_whose_title_ends_in_half_a_character_is_read():
    pdf = make_pdf([[(72, 700, "High water")]], title="\u00fe\u00ff\u00d8\u0000")
    assert read("a.pdf", pdf).documents[0].page_content == "High water"


def test_a_workbook_that_makes_its_parser_panic_is_damaged():
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x8I", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE)
    assert read("a.xls", header.ljust(512, b"\xff") + "Workbook".encode("utf-16-le")).reason == "corrupt"


def test_a_line_of_backticks_is_read_in_linear_time():
    # Patterns that try every length of a fence take minutes for this; whoever brings one back sees this test hang.
    assert read("a.md", b"`" * 500_000 + b"x").outcome == "text"


def test_a_pdf_whose_rows_have_thousands_of_cells_is_read_in_linear_time():
    pieces = [(72 + 30 * column, 700 - 14 * row, "x") for row in range(6) for column in range(2000)]
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 792] /Contents 5 0 R "
    wide = page + "/Resources << /Font << /F1 3 0 R >> >> >>"
    assert read("a.pdf", make_pdf([pieces], page_objects={4: wide})).outcome == "text"


def test_an_outlook_message_whose_root_holds_itself_is_damaged():
    data = bytearray(make_ole(message({0x0037: "Tides"})))
    root = data.find("Root Entry\0".encode("utf-16-le"))
    data[root + 66] = 1  # a folder like any other
    struct.pack_into("<I", data, root + 76, 0)  # and its first child is itself
    assert read("a.msg", bytes(data)).reason == "corrupt"
