"""Messages that Outlook packs its own way (winmail.dat)."""

from __future__ import annotations

import base64
import struct

import pytest
from load_builders import make_tnef as pack
from load_builders import tnef_attribute as attribute

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes

SUBJECT, BODY, PROPERTIES, CODE_PAGE = 0x00018004, 0x0002800C, 0x00069003, 0x00069007
BEGINS, TITLE, DATA, ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
STRING, WIDE, OBJECT, BINARY = 0x001E, 0x001F, 0x000D, 0x0102


def properties(*rows):
    """Properties of one value each, behind a number with a name, one with a number, and a list of two numbers."""
    named = struct.pack("<HH16sII6sxx", 0x0003, 0x8001, bytes(16), 1, 6, "abc".encode("utf-16-le")) + bytes(4)
    numbered = struct.pack("<HH16sIIH2x", 0x0002, 0x8002, bytes(16), 0, 7, 1)
    several = struct.pack("<HHIII", 0x1003, 0x6001, 2, 5, 6)
    values = [
        struct.pack("<HHII", kind, number, 1, len(data)) + data + bytes(-len(data) % 4) for kind, number, data in rows
    ]
    return struct.pack("<I", len(rows) + 3) + named + numbered + several + b"".join(values)


def read(data, name="winmail.dat"):
    return load_bytes(RawFile("dir/" + name, name, data))


def texts(data):
    return [document.page_content for document in read(data).documents]


def test_a_packed_message_gives_its_text_and_its_attachments():
    attached = (attribute(BEGINS, bytes(14)), attribute(TITLE, b"tides.csv\0"), attribute(DATA, b"a,b\n1,2"))
    data = pack(attribute(SUBJECT, b"Tides\0"), attribute(BODY, b"High at six.\r\nLow at noon.\0"), *attached)
    assert texts(data) == ["Subject: Tides\n\nHigh at six.\nLow at noon.", "| a | b |\n| --- | --- |\n| 1 | 2 |"]
    assert read(data).documents[1].metadata["attachment"] == "tides.csv"


def test_what_stands_in_properties_is_read_in_every_kind_of_string():
    wide = (WIDE, 0x0037, "Fähre\0".encode("utf-16-le"))
    assert texts(pack(attribute(PROPERTIES, properties(wide, (STRING, 0x1000, b"Text\0"))))) == [
        "Subject: Fähre\n\nText"
    ]
    page = (BINARY, 0x1013, b"<p>Rich <b>text</b>")
    assert texts(pack(attribute(PROPERTIES, properties(page)))) == ["Rich text"]
    rich = rb"{\rtf1 Packed\par}"
    packed = struct.pack("<II4sI", len(rich) + 12, len(rich), b"MELA", 0) + rich
    assert texts(pack(attribute(PROPERTIES, properties((BINARY, 0x1009, packed))))) == ["Packed"]
    greek = attribute(CODE_PAGE, struct.pack("<II", 1253, 0))
    assert texts(pack(greek, attribute(BODY, "Καλημέρα".encode("cp1253")))) == ["Καλημέρα"]


def test_a_message_attached_to_one_is_read():
    inner = pack(attribute(BODY, b"Within"))
    about = properties((WIDE, 0x3707, "note\0".encode("utf-16-le")), (OBJECT, 0x3701, bytes(16) + inner))
    data = pack(attribute(BODY, b"Around"), attribute(BEGINS, bytes(14)), attribute(ATTACHMENT, about))
    assert texts(data) == ["Around", "Within"]


def test_attachments_that_a_mail_carries_packed_are_its_own():
    packed = pack(attribute(BEGINS, bytes(14)), attribute(TITLE, b"a.txt\0"), attribute(DATA, b"From the package."))
    mail = (
        "Subject: Hi\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\n"
        "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.b64encode(packed).decode()}\n--b--\n"
    )
    documents = read(mail.encode(), "a.eml").documents
    assert [document.page_content for document in documents] == ["Subject: Hi\n\nHello", "From the package."]
    assert documents[1].metadata["attachment"] == "a.txt"


def test_of_a_packed_message_cut_short_is_read_what_is_there():
    data = pack(attribute(SUBJECT, b"Tides\0"), attribute(PROPERTIES, properties((STRING, 0x1000, b"High at six."))))
    assert texts(data[:-9]) == ["Subject: Tides"]


@pytest.mark.parametrize("behind", [b"", b"\1", struct.pack("<BII", 1, PROPERTIES, 1 << 31), b"\xff" * 40])
def test_a_packed_message_of_which_nothing_is_left_is_no_text(behind):
    assert read(pack() + behind).outcome in ("error", "empty")
