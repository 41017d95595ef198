"""Outlook messages read as e-mail is."""

from __future__ import annotations

import logging

from load_builders import make_zip
from ole_builder import attachment, make_ole, message

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes
from ragkit.load.formats.mail.outlook import decompress_rtf
from ragkit.load.limits import Limits

SUBJECT, BODY, SENDER, ADDRESS, HTML, RTF = 0x0037, 0x1000, 0x0C1A, 0x5D01, 0x1013, 0x1009


def read(tree, **limits):
    return load_bytes(RawFile("dir/a.msg", "a.msg", make_ole(tree), limits=Limits(**limits)))


def test_a_message_is_its_headers_and_its_body():
    sent = 133_485_408_000_000_000  # 1 January 2024, 00:00 UTC, in steps of 100 ns since 1601
    file = read(
        message(
            {SUBJECT: "Fähre", BODY: "Sie fährt um neun.\r\n", SENDER: "Ann", ADDRESS: "ann@example.org"},
            fixed={0x0039: (0x40, sent)},
            recipients=[(1, "Bo", "bo@example.org"), (2, "Cy", "cy@example.org"), (1, "Di", "di@example.org")],
        )
    )
    assert file.outcome == "text", file
    assert file.documents[0].page_content == (
        "Subject: Fähre\nFrom: Ann <ann@example.org>\nTo: Bo <bo@example.org>, Di <di@example.org>\n"
        "Cc: Cy <cy@example.org>\nDate: Mon, 01 Jan 2024 00:00:00 +0000\n\nSie fährt um neun."
    )
    assert file.documents[0].metadata["title"] == "Fähre"
    assert file.media_type == "application/vnd.ms-outlook"


def test_headers_of_the_network_come_before_properties():
    headers = "From: Ann <ann@example.org>\r\nDate: Tue, 2 Jan 2024 10:00:00 +0100\r\nTo: team@example.org\r\n\r\n"
    text = read(message({SUBJECT: "Rota", BODY: "x", 0x007D: headers, SENDER: "A."})).documents[0].page_content
    assert text == (
        "Subject: Rota\nFrom: Ann <ann@example.org>\nTo: team@example.org\nDate: Tue, 2 Jan 2024 10:00:00 +0100\n\nx"
    )


def test_strings_are_read_in_the_code_page_of_the_message():
    file = read(message({SUBJECT: "Привет", BODY: "Паром"}, codec="cp1251", fixed={0x3FFD: (3, 1251)}))
    assert file.documents[0].page_content == "Subject: Привет\n\nПаром"


def test_html_is_the_body_where_there_is_no_plain_text():
    streams = {f"__substg1.0_{HTML:04X}0102": "<p>Grüße <b>aus</b> Kiel</p>".encode("cp1252")}
    file = read(message({SUBJECT: "Hi"}, streams=streams, fixed={0x3FDE: (3, 1252)}))
    assert file.documents[0].page_content.endswith("\n\nGrüße aus Kiel")


def test_rich_text_is_the_body_where_there_is_nothing_else():
    packed = rb"{\rtf1\ansi\ansicpg1252 Hello \'fcber all\par}"
    whole = len(packed).to_bytes(4, "little") * 2 + b"MELA" + bytes(4) + packed
    file = read(message({SUBJECT: "Hi"}, streams={f"__substg1.0_{RTF:04X}0102": whole}))
    assert file.documents[0].page_content == "Subject: Hi\n\nHello über all"


def test_rich_text_is_unpacked_as_its_description_shows():
    # Example 4.1.1 of [MS-OXRTFCP].
    packed = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    assert decompress_rtf(bytes.fromhex(packed)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_attachments_are_documents_and_unread_ones_are_named():
    inner = message({SUBJECT: "Inner", BODY: "Within."}, attachments=[attachment("deep.txt", b"Deepest.")], header=24)
    file = read(
        message(
            {SUBJECT: "Outer", BODY: "See below."},
            attachments=[
                attachment("stock.csv", b"name,n\nrope,7\n"),
                attachment("Inner.msg", message=inner),
                attachment("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
                attachment("pack.zip", make_zip({"a.txt": "Packed."})),
            ],
        )
    )
    told = [(document.metadata.get("attachment"), document.page_content) for document in file.documents]
    assert told == [
        (None, "Subject: Outer\n\nSee below."),
        ("stock.csv", "| name | n |\n| --- | --- |\n| rope | 7 |"),
        ("Inner.msg", "Subject: Inner\n\nWithin."),
        ("deep.txt", "Deepest."),
        ("pack.zip", "Packed."),
    ]
    assert file.documents[0].metadata["unread_attachments"] == [{"name": "photo.png", "reason": "empty"}]
    assert file.documents[-1].metadata["member"] == "a.txt"


def test_messages_within_messages_are_followed_to_the_depth_limit_and_then_named(caplog):
    tree = message({SUBJECT: "0", BODY: "x"}, header=24)
    for level in range(1, 6):
        tree = message({SUBJECT: str(level), BODY: "x"}, attachments=[attachment("m", message=tree)], header=24)
    tree["__properties_version1.0"] = bytes(32)
    with caplog.at_level(logging.ERROR):
        file = read(tree, depth=2)
    assert [document.metadata["title"] for document in file.documents] == ["5", "4", "3"]
    assert file.documents[-1].metadata["unread_attachments"] == [{"name": "m", "reason": "too-large"}]


def test_a_message_cut_short_is_corrupt_or_shows_what_is_left():
    data = make_ole(message({SUBJECT: "Cut", BODY: "Text. " * 2000}))
    for end in range(512, len(data), 997):
        file = load_bytes(RawFile("a.msg", "a.msg", data[:end]))
        assert file.outcome == "text" or file.reason in ("corrupt", "unsupported")
