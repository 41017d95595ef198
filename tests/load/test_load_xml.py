"""XML, drawings and reStructuredText."""

from __future__ import annotations

import pytest

from ragkit.load.content import RawFile
from ragkit.load.files import load_bytes


def read(name, data):
    return load_bytes(RawFile("dir/" + name, name, data.encode() if isinstance(data, str) else data))


def text_of(name, data):
    file = read(name, data)
    assert file.outcome == "text", file
    return file.documents[0].page_content


def test_data_in_xml_reads_as_names_and_values():
    data = (
        '<?xml version="1.0" encoding="ISO-8859-1"?><!-- list --><stock xmlns:x="urn:x" x:date="2024-01-05">'
        '<item id="7"><name>Tau für Fähre</name><price currency="EUR">12.5</price><empty/></item>'
        "<item><name>Oil</name></item></stock>"
    )
    assert text_of("a.xml", data.encode("iso-8859-1")) == (
        "stock (date 2024-01-05):\n  item (id 7):\n    name: Tau für Fähre\n    price (currency EUR): 12.5\n"
        "  item:\n    name: Oil"
    )


def test_prose_in_xml_becomes_headings_paragraphs_lists_and_tables():
    data = (
        "<article><title>Tides</title><section><title>High &amp; low</title><para>They <emphasis>turn</emphasis> twice"
        "\n a day.</para><itemizedlist><listitem><para>Spring</para></listitem><listitem><para>Neap</para></listitem>"
        "</itemizedlist><table><title>Times</title><tgroup><thead><row><entry>Day</entry><entry>High</entry></row>"
        "</thead><tbody><row><entry>Mon</entry><entry>06:12</entry></row></tbody></tgroup></table></section></article>"
    )
    document = read("a.xml", data).documents[0]
    assert document.page_content == (
        "# Tides\n\n# High & low\n\nThey turn twice a day.\n\n- Spring\n- Neap\n\n## Times\n\n"
        "| Day | High |\n| --- | --- |\n| Mon | 06:12 |"
    )
    assert document.metadata["title"] == "Tides"


def test_pages_inside_a_feed_are_read_as_pages():
    data = (
        "<rss><channel><title>News</title><item><title>Ferry</title><description>&lt;p&gt;It &lt;b&gt;sails&lt;/b&gt;."
        "&lt;/p&gt;</description><content><![CDATA[<p>Daily.</p>]]></content></item></channel></rss>"
    )
    text = text_of("a.rss", data)
    assert "description: It sails." in text
    assert "content: Daily." in text


def test_entities_a_file_declares_are_put_in_and_those_of_other_files_are_not():
    data = (
        '<!DOCTYPE a [<!ENTITY firm "Orrin Sound"><!ENTITY evil SYSTEM "file:///etc/hostname">]>'
        "<a><b>&firm; sails.</b><c>x&evil;y</c></a>"
    )
    assert text_of("a.xml", data) == "a:\n  b: Orrin Sound sails.\n  c: xy"


@pytest.mark.parametrize(
    "data",
    [
        '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]><a>&y;</a>',
        '<!DOCTYPE a [<!ENTITY x "' + "ha" * 600 + '"] ><a b="&x;"/>',
        '<!DOCTYPE a [<!ENTITY % x "ha">%x;]><a>b</a>',
    ],
)
def test_entities_that_grow_are_refused(data):
    file = read("a.xml", data)
    assert (file.outcome, file.reason) == ("error", "corrupt")
    assert read("a.svg", data).reason == "corrupt"


def test_short_entities_put_into_attributes_a_thousand_times_stay_harmless():
    data = '<!DOCTYPE a [<!ENTITY x "' + "h" * 900 + '">]><a>' + ('<b c="' + "&x;" * 1000 + '"/>') * 50 + "</a>"
    file = read("a.xml", data)
    assert sum(len(document.page_content) for document in file.documents) < 3_000_000


@pytest.mark.parametrize("data", ["<a><b>open", "<a>&nbsp;</a>", "a < b", "<a>" * 5000 + "deep" + "</a>" * 5000])
def test_what_is_not_well_formed_is_kept_as_text(data):
    assert text_of("a.xml", data) == data


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-be"])
def test_xml_is_read_whatever_its_encoding_is_said_to_be(encoding):
    data = '<?xml version="1.0" encoding="UTF-16"?><a>Fähre</a>'.encode(encoding)
    assert text_of("a.xml", data) == "a: Fähre"


def test_a_drawing_gives_its_words():
    svg = (
        '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>Harbour</title><style>.a{}</style>'
        "<g><text>North <tspan>quay</tspan></text><text/></g></svg>"
    )
    assert text_of("a.svg", svg) == "Harbour\nNorth quay"
    assert read("plain", svg).media_type == "image/svg+xml"
    assert read("a.svg", "<svg/>").outcome == "empty"


def test_headings_of_restructuredtext_become_markdown_headings():
    text = (
        "=====\nTides\n=====\n\n.. _here:\n\nTimes\n-----\n\nText ``x``.\n\n.. include:: /etc/hostname\n\n"
        "Spring\n~~~~~~\nNeap\n~~~~\n\nAgain\n-----\n\n=====  =====\nDay    High\n=====  =====\nMon    06:12\n"
        "=====  =====\n\n::\n\n  a\n\n----\n\nend\n"
    )
    document = read("a.rst", text).documents[0]
    assert document.page_content == (
        "# Tides\n\n.. _here:\n\n## Times\n\nText ``x``.\n\n.. include:: /etc/hostname\n\n### Spring\n### Neap\n\n"
        "## Again\n\n=====  =====\nDay    High\n=====  =====\nMon    06:12\n=====  =====\n\n::\n\n  a\n\n----\n\nend\n"
    )
    assert document.metadata["title"] == "Tides"
