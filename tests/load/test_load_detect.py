"""What a file is, is decided by its content."""

from __future__ import annotations

import io
import json
import tarfile

import pytest
from load_builders import encrypted_pdf, make_docx, make_pdf, make_xlsx, make_zip, paragraph
from ole_builder import make_ole

from ragkit.load.content import RawFile
from ragkit.load.detect import detect
from ragkit.load.files import load_bytes

DOCX = make_docx(paragraph("Word."))
MAIL = b"Received: from a by b\nFrom: ann@example.org\nSubject: Hi\nMIME-Version: 1.0\n\nText\n"


def read(name, data):
    return load_bytes(RawFile(name, name, data))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (MAIL, "message/rfc822"),
        (b"From ann@example.org Mon Jan  1 10:00:00 2024\n" + MAIL, "application/mbox"),
        (b"<?xml version='1.0'?><a/>", "text/xml"),
        (b"\xef\xbb\xbf<!-- x --><html><p>Hi", "text/html"),
        ("<table><tr><td>1".encode("utf-16"), "text/html"),
        (b'{"a": [1, 2]}', "application/json"),
        (b"[1] A reference, no JSON", "text/plain"),
        (b"Date: today\nPlace: here\n\nno mail", "text/plain"),
        (b"{\\rtf1 x}", "application/rtf"),
        (b"  \n%PDF-1.4\n", "application/pdf"),
        (b"BZh, a film", "text/plain"),
        (b"BMW builds cars, as the name does not say.", "text/plain"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "image/heic"),
        (b"RIFF\0\0\0\0WAVEfmt " + bytes(40), "audio/x-wav"),
    ],
)
@pytest.mark.parametrize("name", ["no-extension", "wrong.docx"])
def test_content_tells_what_a_name_does_not(name, data, media_type):
    assert detect(name, data) == media_type


@pytest.mark.parametrize("name", ["a.pdf", "a.txt", "a.zip", "a.png", "a", "a.eml"])
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (DOCX, "Word."),
        (make_pdf([[(72, 700, "Page.")]]), "Page."),
        (make_xlsx({"S": [["Cell."]]}), "# S\n\nCell."),
        (b"{\\rtf1 Rich.}", "Rich."),
    ],
)
def test_a_mislabelled_file_is_read_as_what_it_is(name, data, text):
    assert read(name, data).documents[0].page_content == text


def test_an_office_package_is_known_by_its_content_types_and_not_by_its_folders():
    declared = '<Types><Override ContentType="application/x.wordprocessingml.document.main+xml"/></Types>'
    assert detect("a", make_zip({"[Content_Types].xml": declared, "odd/main.xml": "<x/>"})) == detect("a", DOCX)
    assert detect("a.zip", make_zip({"word/list.xml": "<a/>", "notes.txt": "x"})) == "application/zip"
    assert detect("a", make_zip({"Index/Document.iwa": "x"})) == "application/vnd.apple.iwork"


def test_an_archive_named_as_a_document_is_read_as_an_archive():
    file = read("a.docx", make_zip({"a.txt": "Member."}))
    assert (file.media_type, file.documents[0].page_content) == ("application/zip", "Member.")


def test_backslashes_and_other_cases_in_an_office_package_are_no_damage():
    members = {"[content_types].xml": "<Types/>", "WORD\\Document.xml": None}
    body = (
        f'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{paragraph("x")}'
    )
    members["WORD\\Document.xml"] = body + "</w:body></w:document>"
    assert read("a.docx", make_zip(members)).documents[0].page_content == "x"


def test_an_ole_container_is_known_by_its_root_and_not_by_what_is_embedded():
    inner = {"EncryptedPackage": b"x" * 10}
    assert detect("a", make_ole({"WordDocument": b"x", "ObjectPool": inner})) == "application/msword"
    assert detect("a", make_ole({**inner, "EncryptionInfo": b"x"})) == "application/x-encrypted-office"
    assert detect("a", make_ole({"other": b"x"})) == "application/x-ole-storage"


def test_a_tar_archive_of_before_ustar_is_known_by_its_checksum():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("a.txt")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"Text."))
    data = bytearray(buffer.getvalue())
    data[257:265] = bytes(8)
    data[148:156] = f"{sum(data[:148]) + sum(data[156:512]) + 256:06o}\0 ".encode()
    assert read("a", bytes(data)).documents[0].page_content == "Text."


@pytest.mark.parametrize("data", [DOCX, make_pdf([[(72, 700, "x")]]), encrypted_pdf(), make_ole({"a": b"x"}), MAIL])
def test_no_cut_or_padded_file_is_an_untyped_error(data):
    for end in range(0, len(data), max(len(data) // 40, 1)):
        for changed in (data[:end], data[:end] + bytes(50) + data[end:], data[end:]):
            for name in ("a", "a.docx", "a.pdf", "a.msg"):
                file = read(name, changed)
                assert file.reason != "crashed"
                for document in file.documents:
                    json.dumps(document.metadata)
