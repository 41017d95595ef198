"""Small real files of each format, made in memory."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def make_zip(members, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for name, content in members.items():
            package.writestr(zipfile.ZipInfo(name), content, compression)  # the same bytes at any time
    return buffer.getvalue()


def make_tar(members):
    """A tar archive of names to bytes, or of TarInfo objects without content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


def relations(*entries):
    inner = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>' for key, kind, target in entries
    )
    return f'<Relationships xmlns="{RELATIONS}">{inner}</Relationships>'


def make_docx(body, parts=None, styles="", related=()):
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": f'<w:styles xmlns:w="{WORD}">{styles}</w:styles>',
        "word/_rels/document.xml.rels": relations(("s1", "styles", "styles.xml"), *related),
    }
    return make_zip({**members, **(parts or {})})


def paragraph(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def make_xlsx(sheets, found="", instead="", styles=""):
    """Sheets as name -> rows; strings are inline, numbers plain, None is no cell; ``instead`` replaces ``found``."""
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
    }
    listed, related = "", []
    for number, (name, rows) in enumerate(sheets.items(), 1):
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        related.append((f"r{number}", "worksheet", f"worksheets/sheet{number}.xml"))
        members[f"xl/worksheets/sheet{number}.xml"] = _sheet(rows).replace(found or "<>", instead)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    if styles:
        related.append(("styles", "styles", "styles.xml"))
        members["xl/styles.xml"] = f'<styleSheet xmlns="{main}">{styles}</styleSheet>'
    members["xl/workbook.xml"] = f'<workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    members["xl/_rels/workbook.xml.rels"] = relations(*related)
    return make_zip(members)


def _sheet(rows):
    body = ""
    for number, row in rows.items() if isinstance(rows, dict) else enumerate(rows, 1):
        cells = ""
        for column, value in row.items() if isinstance(row, dict) else zip("ABCDEFGH", row, strict=False):
            if isinstance(value, str):
                cells += f'<c r="{column}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
            elif value is not None:
                cells += f'<c r="{column}{number}"><v>{value}</v></c>'
        body += f'<row r="{number}">{cells}</row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'


def make_pdf(pages, title="", extra_trailer="", page_objects=None):
    """Pages as lists of (x, y, text) in 12 point Helvetica; ``page_objects`` replaces a page's object by number."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * index} 0 R" for index in range(count))
    objects = {
        1: "<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    for index, lines in enumerate(pages):
        stream = "".join(f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n" for x, y, text in lines)
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * index} 0 R "
        objects[4 + 2 * index] = page + "/Resources << /Font << /F1 3 0 R >> >> >>"
        objects[5 + 2 * index] = f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}endstream"
    objects.update(page_objects or {})
    if title:
        objects[max(objects) + 1] = f"<< /Title ({title}) >>"
        extra_trailer += f" /Info {max(objects)} 0 R"
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = out.tell()
        out.write(f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252"))
    start = out.tell()
    out.write(f"xref\n0 {max(objects) + 1}\n0000000000 65535 f \n".encode())
    for number in range(1, max(objects) + 1):
        out.write(f"{places[number]:010d} 00000 n \n".encode())
    trailer = f"<< /Size {max(objects) + 1} /Root 1 0 R{extra_trailer} >>"
    out.write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())
    return out.getvalue()


def encrypted_pdf():
    """A PDF whose password nobody has."""
    key = "00" * 32
    security = f"<< /Filter /Standard /V 1 /R 2 /O <{key}> /U <{key}> /P -4 >>"
    return make_pdf([[(72, 700, "secret")]], extra_trailer=f" /Encrypt {security} /ID [<{key}> <{key}>]")


def tnef_attribute(number, data):
    return struct.pack("<BII", 1, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def make_tnef(*attributes):
    """A message as Outlook packs it (winmail.dat)."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)
