"""A small sound file of every format that ragkit reads, with what is known about it."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import struct

import zstandard
from load_builders import (
    OFFICE,
    WORD,
    make_docx,
    make_pdf,
    make_tar,
    make_tnef,
    make_xlsx,
    make_zip,
    paragraph,
    relations,
    tnef_attribute,
)
from ole_builder import attachment, make_ole, message

from ragkit.load import Limits
from ragkit.load.detect import DOCX, EPUB, ODF, OUTLOOK, PPTX, SVG, TAR, TNEF, XLSX, ZIP
from ragkit.testing import Sample

_MAIL = (
    b"From: Ann <ann@example.org>\nTo: bo@example.org\nSubject: =?utf-8?q?F=C3=A4hre?=\nDate: Mon, 1 Jan 2024 10:00\n"
)
_PARTS = (
    b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: multipart/alternative; boundary="c"\n\n--c\n'
    b"Content-Type: text/html\n\n<p>rich\n--c\nContent-Type: text/plain; charset=cp1252\nContent-Transfer-Encoding: "
    b"quoted-printable\n\nsch=F6n\n--c--\n--b\n"
    b'Content-Disposition: attachment; filename="stock.csv"\n\nname,n\nrope,7\n'
    b'--b\nContent-Type: message/rfc822\n\nSubject: Within\n\nInner words\n--b\nContent-Disposition: attachment;'
    b' filename="a.zip"\nContent-Transfer-Encoding: base64\n\nUEsDBBQAAAA=\n--b--\n'
)  # fmt: skip
_HTML = b"""<!doctype html><html><head><title>Opening hours</title><style>p {}</style></head><body><h1>Hours</h1><p>Open
<b>daily</b><ul><li>North<ul><li>Gate 1</li></ul></li></ul><table><tr><th>Gate</th><th colspan=2>Opens</th></tr><tr>
<td rowspan=2>East</td><td>06:30</td></tr></table><pre>a
  b</pre>last<br>line &amp; more</body></html>"""
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}{\info{\title Tides}}"
    rb"\pard\outlinelevel0 High water\par\pard Sch\'f6n \u8364? \f1\'cf\f0\par\trowd\intbl Gate\cell Opens\cell\row"
    rb"\intbl East\cell 6\cell\row\pard{\*\generator x}{\field{\*\fldinst HYPERLINK}{\fldrslt link}}\par}"
)
_NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["# Tides\n", "Measured."]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [{"text": ["one\n"]}, {"data": {"text/plain": "two"}}],
        },
    ],
    "metadata": {"kernelspec": {"language": "python"}},
}
_ROWS = [
    {"_id": "d1", "title": "Normans", "text": "They came.", "year": 911},
    {"name": "Ann", "list": [1, {"b": None}]},
]


def _docx():
    note = f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{paragraph("At most 900 euro.")}</w:footnote>'
    style = '<w:style w:styleId="H2"><w:name w:val="heading 2"/></w:style>'
    numbering = (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>'
    row = f"<w:tr><w:tc>{wide}{paragraph('Name')}</w:tc><w:tc>{paragraph('Vote')}</w:tc></w:tr>"
    body = (
        paragraph("Rules", '<w:pStyle w:val="H2"/>') + paragraph("Paid in May") + paragraph("Step", item)
        + f"<w:p><w:r><w:footnoteReference w:id='2'/></w:r></w:p><w:tbl>{row}</w:tbl>"
    )  # fmt: skip
    parts = {"word/footnotes.xml": note + "</w:footnotes>", "word/numbering.xml": numbering}
    related = [("f1", "footnotes", "footnotes.xml"), ("n1", "numbering", "numbering.xml")]
    return make_docx(body, parts, style, related)


def _pptx():
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"

    def slide(kind, *texts):
        inner = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
        shape = f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr><p:txBody>{inner}</p:txBody></p:sp>'
        tree = f"<p:cSld><p:spTree>{shape}</p:spTree></p:cSld>"
        return f'<p:sld xmlns:p="{main}" xmlns:a="{drawing}">{tree}</p:sld>'

    return make_zip({
        "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml")),
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{main}" xmlns:r="{OFFICE}"><p:sldIdLst><p:sldId id="1" '
        'r:id="r2"/><p:sldId id="2" r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            ("r1", "slide", "slides/s1.xml"), ("r2", "slide", "slides/s2.xml")
        ),
        "ppt/slides/s1.xml": slide("title", "Last"),
        "ppt/slides/s2.xml": slide("body", "Prune", "Plant"),
        "ppt/slides/_rels/s2.xml.rels": relations(("n1", "notesSlide", "../notes/n2.xml")),
        "ppt/notes/n2.xml": slide("body", "Mind the frost."),
    })  # fmt: skip


def _odf(kind, body):
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "drawing")
    )
    content = f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>"
    members = {"mimetype": ODF + kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"}
    return make_zip(members)


def _epub():
    opf = (
        '<package><metadata><title>Harbour</title></metadata><manifest><item id="b" href="two.xhtml" '
        'media-type="application/xhtml+xml"/><item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>'
    )
    page = "<html><head><title>{0}</title></head><body><p>{0} words</p></body></html>"
    return make_zip({
        "mimetype": EPUB,
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="o/book.opf"/></rootfiles></container>',
        "o/book.opf": opf, "o/one.xhtml": page.format("First"), "o/two.xhtml": page.format("Second"),
    })  # fmt: skip


_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
_FLOAT = '<table:table-cell office:value-type="float" office:value="7"><text:p>7</text:p></table:table-cell>'
_SHEET = (
    '<office:spreadsheet><table:table table:name="Stock"><table:table-row>' + _CELL.format("Item") + _CELL.format("n")
    + f"</table:table-row><table:table-row>{_CELL.format('Rope')}{_FLOAT}</table:table-row></table:table>"
    "</office:spreadsheet>"
)  # fmt: skip
_TEXT = (
    '<office:text><text:h text:outline-level="2">Rules</text:h><text:p>Two<text:s text:c="2"/>words<text:tab/></text:p>'
    "<text:list><text:list-item><text:p>Item</text:p></text:list-item></text:list></office:text>"
)
_SLIDES = "".join(
    f"<drawing:page><drawing:frame><drawing:text-box><text:p>{text}</text:p></drawing:text-box></drawing:frame>"
    "</drawing:page>"
    for text in ("First slide", "Second slide")
)
_SMALL = Limits(inflated_bytes=200)
_FEW = Limits(members=1)
_XLSX = make_xlsx({"Costs": [["Item", "Price"], ["Rope", 12.5]], "Crew": [["Name", "Rank"], ["Ann", "Mate"]]})
_PDF = make_pdf([[(72, 700, "High water at noon.")], [(72, 700, "Low water at six.")]], title="Tide tables")

_OUTLOOK = message(
    {0x0037: "Fähre", 0x1000: "It sails at nine.", 0x0C1A: "Ann"},
    attachments=[
        attachment("stock.csv", b"name,n\nrope,7\n"),
        attachment("within.msg", message=message({0x0037: "Within", 0x1000: "Inner words"}, header=24)),
    ],
)

_WINMAIL = make_tnef(
    tnef_attribute(0x00018004, b"Ferry\0"),
    tnef_attribute(0x00069003, struct.pack("<IHHII", 1, 0x1E, 0x1000, 1, 16) + b"It sails at six\0"),
    tnef_attribute(0x00069002, bytes(14)),
    tnef_attribute(0x00018010, b"stock.csv\0"),
    tnef_attribute(0x0006800F, b"name,n\nrope,7\n"),
)

SAMPLES = (
    Sample("a.txt", "Schön.\n\nFine.".encode(), ["Schön.", "Fine."], "text/plain"),
    Sample("wide.txt", "Schön.".encode("utf-16"), ["Schön."], "text/plain"),
    Sample("latin.txt", "Schön, daß es größer ist.".encode("cp1252"), ["Schön, daß"], "text/plain"),
    Sample("a.py", b"def f():\n    return 1\n", ["def f():\n    return 1"], "text/x-python"),
    Sample("a.rst", b"Rules\n=====\n\nNo smoking.\n", ["Rules", "No smoking."], "text/x-rst"),
    Sample("a.yaml", b"rules:\n  - no smoking\n", ["rules", "no smoking"], "text/yaml"),
    Sample("a.toml", b'[rules]\nsmoking = "no"\n', ["rules", "smoking", "no"], "text/toml"),
    Sample("a.xml", b"<?xml version='1.0'?><rules><rule>No smoking</rule></rules>", ["No smoking"], "text/xml"),
    Sample("a.md", b"---\ntitle: Rules\n---\n# Head\n\n- item\n\n```\ncode\n```\n", ["Head", "item"], "text/markdown"),
    Sample("a.html", _HTML, ["Hours", "daily", "North", "Gate 1", "East", "06:30", "line & more"], "text/html"),
    Sample("a.pdf", _PDF, ["High water", "Low water"], "application/pdf",
           {"High": {"page": 1}, "Low": {"page": 2}}, [Limits(pages=1)], by_content=True),
    Sample("a.rtf", _RTF, ["High water", "Schön €", "П", "East", "link"], "application/rtf", by_content=True),
    Sample("a.docx", _docx(), ["Rules", "Paid in May", "Step", "At most 900", "Vote"], DOCX,
           beyond=[_SMALL, _FEW], by_content=True),
    Sample("a.pptx", _pptx(), ["Prune", "Plant", "Mind the frost.", "Last"], PPTX,
           {"Mind": {"slide": 1}, "Last": {"slide": 2}}, [_SMALL, _FEW], by_content=True),
    Sample("a.xlsx", _XLSX, ["Costs", "Rope", "12.5", "Crew", "Mate"], XLSX,
           {"Rope": {"sheet": "Costs"}, "Mate": {"sheet": "Crew"}}, [_SMALL, _FEW, Limits(cells=3)], by_content=True),
    Sample("a.ods", _odf("spreadsheet", _SHEET), ["Stock", "Item", "Rope", "7"], ODF + "spreadsheet",
           {"Rope": {"sheet": "Stock"}}, [_SMALL, _FEW, Limits(cells=3)], by_content=True),
    Sample("a.odt", _odf("text", _TEXT), ["Rules", "Two", "words", "Item"], ODF + "text",
           beyond=[_SMALL, _FEW], by_content=True),
    Sample("a.odp", _odf("presentation", _SLIDES), ["First slide", "Second slide"], ODF + "presentation",
           {"Second": {"slide": 2}}, [_SMALL, _FEW], by_content=True),
    Sample("a.odg", _odf("graphics", _SLIDES), ["First slide", "Second slide"], ODF + "graphics",
           {"Second": {"page": 2}}, [_SMALL, _FEW], by_content=True),
    Sample("a.epub", _epub(), ["First words", "Second words"], EPUB,
           {"Second words": {"section": "Second"}}, [Limits(inflated_bytes=100), _FEW], by_content=True),
    Sample("a.csv", b'Name;Note\nAnn;"says ""hi"", twice"\n', ["Name", "Ann", 'says "hi", twice'], "text/csv"),
    Sample("a.tsv", b"Name\tNote\nAnn\tfine\n", ["Name", "Ann", "fine"], "text/tab-separated-values"),
    Sample("a.json", json.dumps({"title": "Tides", "list": ["a", {"b": 2}]}).encode(), ["Tides", "b: 2"],
           "application/json"),
    Sample("a.jsonl", "\n".join(map(json.dumps, _ROWS)).encode(), ["They came.", "name: Ann"], "application/jsonl",
           {"They": {"row": 1}, "Ann": {"row": 2}}),
    Sample("a.ipynb", json.dumps(_NOTEBOOK).encode(), ["# Tides", "Measured.", "print(1)", "one", "two"],
           "application/x-ipynb+json"),
    Sample("a.eml", _MAIL + _PARTS, ["Fähre", "ann@example.org", "schön", "rope", "Inner words"], "message/rfc822",
           {"rope": {"attachment": "stock.csv"}}),
    Sample("a.mbox", b"From ann Mon\n" + _MAIL + b"\nfirst\n\nFrom bo Tue\n" + _MAIL + _PARTS, ["first", "schön"],
           "application/mbox"),
    Sample("a.txt.gz", gzip.compress(b"packed words" * 20, mtime=0), ["packed words"], "application/gzip",
           beyond=[_SMALL, Limits(depth=0)], by_content=True),
    Sample("a.txt.bz2", bz2.compress(b"packed words" * 20), ["packed words"], "application/x-bzip2",
           beyond=[_SMALL, Limits(depth=0)], by_content=True),
    Sample("a.docx.xz", lzma.compress(_docx()), ["Paid in May"], "application/x-xz",
           beyond=[_SMALL, Limits(depth=0)], by_content=True),
    Sample("a.txt.zst", zstandard.compress(b"packed words" * 20), ["packed words"], "application/zstd",
           beyond=[_SMALL, Limits(depth=0)], by_content=True),
    Sample("a.zip", make_zip({"x/one.txt": "First member" * 20, "two.md": "# Second"}), ["First member", "Second"], ZIP,
           {"Second": {"member": "two.md"}}, [Limits(inflated_bytes=2), _FEW, Limits(depth=0)], by_content=True),
    Sample("a.tar", make_tar({"one.txt": b"First member", "in.zip": make_zip({"two.md": "# Second"})}),
           ["First member", "Second"], TAR, {"Second": {"member": "in.zip/two.md"}}, [Limits(depth=0)],
           by_content=True),
    Sample("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><text>North quay</text></svg>", ["North quay"], SVG),
    Sample("a.msg", make_ole(_OUTLOOK), ["Fähre", "Ann", "at nine", "rope", "Inner words"], OUTLOOK,
           {"rope": {"attachment": "stock.csv"}}, by_content=True),
    Sample("winmail.dat", _WINMAIL, ["Ferry", "sails at six", "rope"], TNEF,
           {"rope": {"attachment": "stock.csv"}}, by_content=True),
)  # fmt: skip
