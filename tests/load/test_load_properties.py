"""Titles, authors and dates come from the file's own metadata."""

from __future__ import annotations

import io

import pytest
from load_builders import make_docx, make_xlsx, make_zip, paragraph
from reportlab.pdfgen.canvas import Canvas

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.formats.properties import iso_date

CORE = (
    '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:t="t"><dc:title>Tides</dc:title>'
    "<dc:creator>Ann Oar</dc:creator><t:created>2026-02-03T09:12:40Z</t:created>"
    "<t:modified>2026-02-04T10:00:00Z</t:modified></cp:coreProperties>"
)
KNOWN = {"title": "Tides", "author": "Ann Oar", "created": "2026-02-03T09:12:40+00:00"}
CHANGED = {**KNOWN, "modified": "2026-02-04T10:00:00+00:00"}


def about(name, data):
    raw = RawFile(f"dir/{name}", name, data.encode() if isinstance(data, str) else data)
    (document,) = load_bytes(raw).documents
    return {
        key: document.metadata[key] for key in ("title", "author", "created", "modified") if key in document.metadata
    }


def with_member(data, name, content):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        members = {member: package.read(member) for member in package.namelist()}
    return make_zip({**members, name: content})


def test_word_and_excel_know_title_author_and_dates():
    assert about("a.docx", make_docx(paragraph("Text"), {"docProps/core.xml": CORE})) == CHANGED
    assert about("a.xlsx", with_member(make_xlsx({"A": [["x", "y"]]}), "docProps/core.xml", CORE)) == CHANGED


def test_damaged_properties_do_not_cost_the_text():
    assert about("a.docx", make_docx(paragraph("Text"), {"docProps/core.xml": "<broken"})) == {}


def test_opendocument_knows_title_author_and_dates():
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    content = (
        f'<o:document-content xmlns:o="{office}"><o:body><o:text><p>Ice.</p></o:text></o:body></o:document-content>'
    )
    meta = (
        f'<o:document-meta xmlns:o="{office}" xmlns:d="d" xmlns:m="m"><o:meta><d:title>Tides</d:title><m:initial'
        "-creator>Ann Oar</m:initial-creator><d:creator>Bo</d:creator>"
        "<m:creation-date>2026-02-03T09:12:40.5</m:creation-date><d:date>2026-02-04</d:date></o:meta></o:document-meta>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    found = about("a.odt", make_zip({"mimetype": kind, "content.xml": content, "meta.xml": meta}))
    assert found == {**KNOWN, "created": "2026-02-03T09:12:40", "modified": "2026-02-04"}


def test_pdf_knows_title_author_and_dates():
    buffer = io.BytesIO()
    page = Canvas(buffer)
    page.setTitle("Tides")
    page.setAuthor("Ann Oar")
    page.drawString(72, 700, "Ice.")
    page.save()
    found = about("a.pdf", buffer.getvalue())
    assert (found["title"], found["author"]) == ("Tides", "Ann Oar")
    assert found["created"][:2] == "20"
    assert "T" in found["modified"]


def test_pages_know_author_and_dates():
    page = (
        "<title>Tides</title><meta name=Author content='Ann Oar'><meta property='article:published_time' "
        "content='2026-02-03T09:12:40Z'><meta name='last-modified' content='2026-02-04T10:00:00+00:00'><p>Ice.</p>"
    )
    assert about("a.html", page) == CHANGED


def test_messages_know_subject_sender_and_date():
    message = "Subject: Tides\nFrom: Ann Oar <ann@example.org>\nDate: Tue, 3 Feb 2026 09:12:40 +0000\n\nIce.\n"
    assert about("a.eml", message) == {**KNOWN, "author": "Ann Oar <ann@example.org>"}


def test_front_matter_of_markdown_is_read():
    front = '---\ntitle: Tides\nauthor: "Ann Oar"\ndate: 2026-02-03\nlastmod: 2026-02-04 10:00:00\n---\nIce.\n'
    expected = {"title": "Tides", "author": "Ann Oar", "created": "2026-02-03", "modified": "2026-02-04T10:00:00"}
    assert about("a.md", front) == expected


def test_books_know_author_and_dates():
    book = (
        '<package xmlns:dc="d"><metadata><dc:title>Tides</dc:title><dc:creator>Ann Oar</dc:creator><dc:creator>Bo</dc:'
        'creator><dc:date>2026-02</dc:date><meta property="dcterms:modified">2026-02-04T10:00:00Z</meta></metadata>'
        '<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    data = make_zip({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b.opf"/></rootfiles></container>',
        "b.opf": book, "a.xhtml": "<html><body><p>Ice.</p></body></html>",
    })  # fmt: skip
    assert about("a.epub", data) == {**CHANGED, "author": "Ann Oar, Bo", "created": "2026-02"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("D:20260203091240+01'30'", "2026-02-03T09:12:40+01:30"),
        ("D:20260203091240Z00'00'", "2026-02-03T09:12:40+00:00"),
        ("D:20260203091240-05'00", "2026-02-03T09:12:40-05:00"),
        ("D:20260203", "2026-02-03"),
        ("20260203091240", "2026-02-03T09:12:40"),
        ("2008", "2008"),
        ("Tue, 3 Feb 2026 09:12:40 -0000", "2026-02-03T09:12:40"),
        ("D:20261399", ""),
        ("D:00000000000000", ""),
        ("yesterday", ""),
        ("2026-02-03T09:12:40+99:99", ""),
        ("D:20260203091240+99'00'", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_dates_are_written_in_iso_8601_or_left_out(written, expected):
    assert iso_date(written) == expected
