"""Build the PDF, DOCX and XLSX documents of the handbook from their sources, with the same bytes every time.

Usage: ``python build.py [FOLDER]`` (default: the folder ``documents`` beside this file). Nothing in the files depends
on the clock, and nothing is compressed, because compressors differ between platforms.

A source in Markdown begins with lines ``key: value`` (title, reference, target, columns) and an empty line. It knows
headings, paragraphs, ``-`` and ``1.`` lists, tables whose first row is the header, ``*emphasis*`` and
``<!-- page -->``. A source in JSON holds the sheets of a workbook.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
SOURCES = HERE / "sources"
ORGANISATION = "Orrin Sound Research Vessels"
# The versions that wrote the committed files; others may lay out or serialise differently.
BUILT_WITH = {"reportlab": "5.1.0", "python-docx": "1.2.0", "openpyxl": "3.1.5"}
FIXED_DATE = dt.datetime(2026, 10, 1, 9, 0, 0)
TABLE_STYLE = "Light Grid Accent 1"
BLOCK_START = re.compile(
    r"(?P<heading>#{1,3}) |(?P<bullet>- )|(?P<number>\d+\. )|(?P<table>\|)|(?P<page><!-- page -->)"
)


@dataclass(frozen=True)
class Block:
    """One block of a Markdown source: a heading (with its level), paragraph, list, table or page break."""

    kind: str
    text: str = ""
    level: int = 0
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Source:
    """A Markdown source: its settings and its blocks in order."""

    settings: dict[str, str]
    blocks: list[Block] = field(default_factory=list)


def read_source(path: Path) -> Source:
    """Parse a Markdown source."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    settings = dict(line.split(": ", 1) for line in head.splitlines())
    return Source(settings, [parse_block(text) for text in re.split(r"\n{2,}", body.strip())])


def parse_block(text: str) -> Block:
    """Parse one block: the text between two empty lines."""
    lines = text.splitlines()
    start = BLOCK_START.match(text)
    if start is None:
        return Block("paragraph", " ".join(lines))
    if start["heading"]:
        return Block("heading", text[start.end() :], level=len(start["heading"]))
    if start["bullet"] or start["number"]:
        items = tuple(re.sub(r"^(- |\d+\. )", "", line) for line in lines)
        return Block("bullets" if start["bullet"] else "numbers", items=items)
    if start["table"]:
        return Block("table", rows=tuple(tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in lines))
    return Block("page")


def emphasised(text: str) -> list[tuple[str, bool]]:
    """Cut text into runs: (words, whether they are emphasised)."""
    return [(part, odd % 2 == 1) for odd, part in enumerate(text.split("*")) if part]


# PDF


def build_pdf(source: Source) -> bytes:
    """Lay the source out on A4 pages, with a running foot and an outline of the headings."""
    pages = 0
    data = b""
    for _ in range(2):  # the foot says "page 2 of 4", so the pages are counted in a first round
        data, pages = render_pdf(source, pages)
    return data


def render_pdf(source: Source, total_pages: int) -> tuple[bytes, int]:
    """Render once; returns the file and its page count."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    title, reference = source.settings["title"], source.settings["reference"]

    class Template(BaseDocTemplate):
        def afterFlowable(self, flowable: Any) -> None:  # noqa: N802, the name is reportlab's
            level = getattr(flowable, "outline_level", None)
            if level is not None:
                key = f"heading-{self.seq.next('heading')}"
                self.canv.bookmarkPage(key)
                self.canv.addOutlineEntry(flowable.getPlainText(), key, level)

    def draw_foot(canvas: Any, _document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(25 * mm, 14 * mm, f"{ORGANISATION} | {title}")
        canvas.drawRightString(A4[0] - 25 * mm, 14 * mm, f"Page {canvas.getPageNumber()} of {total_pages}")

    width, height = A4[0] - 50 * mm, A4[1] - 48 * mm
    columns, gap = int(source.settings.get("columns", "1")), 8 * mm
    column = (width - gap * (columns - 1)) / columns
    frames = [
        Frame(25 * mm + i * (column + gap), 24 * mm, column, height, 0, 0, 0, 0, id=f"column-{i}")
        for i in range(columns)
    ]
    buffer = io.BytesIO()
    document = Template(
        buffer, pagesize=A4, title=title, author=ORGANISATION, subject=reference, pageCompression=0, invariant=1
    )
    document.addPageTemplates(PageTemplate("page", frames, onPageEnd=draw_foot))
    document.build(pdf_story(source, column))
    return buffer.getvalue(), document.page


def pdf_styles() -> dict[str, Any]:
    """Paragraph styles by name."""
    from reportlab.lib import colors
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11.5, leading=15.5, spaceAfter=7)
    cell = ParagraphStyle("cell", parent=body, fontSize=10, leading=12.5, spaceAfter=0)
    styles = {
        "body": body,
        "cell": cell,
        "header cell": ParagraphStyle("header cell", parent=cell, fontName="Times-Bold"),
        "small": ParagraphStyle("small", fontName="Helvetica", fontSize=8.5, leading=18, textColor=colors.grey),
    }
    for level, size in enumerate((22, 14, 11.5), start=1):
        styles[f"heading {level}"] = ParagraphStyle(
            f"heading {level}",
            fontName="Helvetica-Bold",
            fontSize=size,
            leading=size + 4,
            spaceBefore=size / 2,
            spaceAfter=6,
            keepWithNext=True,
        )
    return styles


def pdf_story(source: Source, width: float) -> list[Any]:
    """Turn blocks into reportlab flowables for a column of ``width`` points."""
    from reportlab.platypus import ListFlowable, ListItem, PageBreak, Paragraph, Spacer

    styles = pdf_styles()

    def paragraph(text: str, style: str) -> Paragraph:
        runs = (f"<i>{escape(words)}</i>" if strong else escape(words) for words, strong in emphasised(text))
        return Paragraph("".join(runs), styles[style])

    def heading(block: Block) -> list[Any]:
        line = paragraph(block.text, f"heading {block.level}")
        line.outline_level = block.level - 1
        if block.level > 1:
            return [line]
        return [line, paragraph(ORGANISATION, "small"), paragraph(source.settings["reference"], "small"), Spacer(1, 8)]

    def item_list(block: Block, **bullets: str) -> ListFlowable:
        return ListFlowable([ListItem(paragraph(item, "body")) for item in block.items], leftIndent=16, **bullets)

    story: list[Any] = []
    for block in source.blocks:
        if block.kind == "page":
            story.append(PageBreak())
        elif block.kind == "heading":
            story += heading(block)
        elif block.kind == "table":
            styled = [("header cell" if i == 0 else "cell", row) for i, row in enumerate(block.rows)]
            cells = [[paragraph(text, style) for text in row] for style, row in styled]
            story += [pdf_table(cells, width), Spacer(1, 9)]
        elif block.kind == "bullets":
            story.append(item_list(block, bulletType="bullet", start="\N{BULLET}"))
        elif block.kind == "numbers":
            story.append(item_list(block, bulletType="1", bulletFormat="%s."))
        else:
            story.append(paragraph(block.text, "body"))
    return story


def pdf_table(cells: list[list[Any]], width: float) -> Any:
    """A ruled table of equally wide columns that stays on one page."""
    from reportlab.lib import colors
    from reportlab.platypus import KeepTogether, Table

    rules = [
        ("LINEBELOW", (0, 0), (-1, 0), 1, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.grey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return KeepTogether(Table(cells, colWidths=[width / len(cells[0])] * len(cells[0]), style=rules, repeatRows=1))


# DOCX


def build_docx(source: Source) -> bytes:
    """Write the source with Word's own styles for headings, lists and tables."""
    from docx import Document

    document = Document()
    slim(document)
    properties = document.core_properties
    properties.title, properties.author = source.settings["title"], ORGANISATION
    properties.subject, properties.comments = source.settings["reference"], ""
    properties.created = properties.modified = FIXED_DATE
    document.sections[0].header.paragraphs[0].text = ORGANISATION
    document.sections[0].footer.paragraphs[0].text = source.settings["reference"]

    def write_runs(paragraph: Any, text: str) -> None:
        for words, strong in emphasised(text):
            paragraph.add_run(words).italic = strong or None

    for block in source.blocks:
        if block.kind == "heading":
            document.add_heading(block.text, level=block.level - 1)
        elif block.kind == "table":
            table = document.add_table(rows=len(block.rows), cols=len(block.rows[0]), style=TABLE_STYLE)
            for row, texts in zip(table.rows, block.rows, strict=True):
                for table_cell, text in zip(row.cells, texts, strict=True):
                    write_runs(table_cell.paragraphs[0], text)
            document.add_paragraph()
        elif block.kind == "page":
            document.add_page_break()
        elif block.kind == "paragraph":
            write_runs(document.add_paragraph(), block.text)
        else:
            style = "List Bullet" if block.kind == "bullets" else "List Number"
            for item in block.items:
                write_runs(document.add_paragraph(style=style), item)
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def slim(document: Any) -> None:
    """Take out of python-docx's template what these documents don't use, nine tenths of its size."""
    for style in list(document.styles):
        if style.type is not None and style.type.name == "TABLE" and style.name not in {"Normal Table", TABLE_STYLE}:
            style.delete()
    for holder in (document.part.package, document.part):
        for key, relation in list(holder.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in {"thumbnail", "stylesWithEffects", "customXml"}:
                del holder.rels[key]


# XLSX


def build_xlsx(workbook_source: dict[str, Any]) -> bytes:
    """Write the sheets; numbers stay numbers and the header row is bold."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook.properties.title, workbook.properties.creator = workbook_source["title"], ORGANISATION
    workbook.properties.created = FIXED_DATE
    for sheet_source in workbook_source["sheets"]:
        sheet = workbook.create_sheet(sheet_source["name"])
        for row in sheet_source["rows"]:
            sheet.append(row)
        header = next(i for i, row in enumerate(sheet_source["rows"], start=1) if len(row) > 1)
        for header_cell in sheet[header]:
            header_cell.font = Font(bold=True)
        for i, width in enumerate(sheet_source["widths"], start=1):
            sheet.column_dimensions[get_column_letter(i)].width = width
        sheet.freeze_panes = f"A{header + 1}"
    buffer = io.BytesIO()
    workbook.save(buffer)
    return repacked(buffer.getvalue())


def repacked(data: bytes) -> bytes:
    """Write an office file anew without compression and dates."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                # openpyxl stamps the moment of saving, whatever the properties say
                stamp = FIXED_DATE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            new.writestr(info, content)
    return buffer.getvalue()


def build(folder: Path) -> list[Path]:
    """Build every source into ``folder``; returns the files written, sorted."""
    written = []
    for path in sorted(SOURCES.iterdir()):
        if path.suffix == ".json":
            workbook_source = json.loads(path.read_text(encoding="utf-8"))
            target, data = workbook_source["target"], build_xlsx(workbook_source)
        else:
            source = read_source(path)
            target = source.settings["target"]
            data = build_pdf(source) if target.endswith(".pdf") else build_docx(source)
        out = folder / target
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(data)
        written.append(out)
    return sorted(written)


if __name__ == "__main__":
    for built in build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "documents"):
        print(f"{built.stat().st_size:8d}  {built}")
