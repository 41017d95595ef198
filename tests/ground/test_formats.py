"""Answers as Markdown and HTML: nothing that is said becomes markup."""

from __future__ import annotations

import pytest

from ragkit.core.errors import ConfigError
from ragkit.core.types import Answer, Chunk, Evidence, Hit
from ragkit.ground.grounder import Grounder
from ragkit.ground.rendering import as_html, as_markdown, write

TEXT = "The <b>fee</b> is *5* & due [1] now."


@pytest.fixture
def quoted() -> Answer:
    chunk = Chunk(id="c", document_id="d", text=TEXT, start=0, end=len(TEXT), metadata={"source": "fees<1>.txt"})
    return Grounder("What is the fee?", [Evidence(Hit(chunk, 1.0, 1, "dense"), 0, len(TEXT), TEXT, 1.0)]).quote()


def test_html_escapes_what_is_said_and_links_only_its_own_markers(quoted: Answer):
    html = as_html(quoted)
    assert "<p>“The fee is *5* &amp; due [1] now.”<sup>" in html
    assert "<blockquote>The &lt;b&gt;fee&lt;/b&gt; is *5* &amp; due [1] now.</blockquote>" in html
    assert html.count('<a href="#quote-1">[1]</a>') == 1
    assert '<li id="quote-1" value="1">' in html
    assert "<cite>fees&lt;1&gt;.txt, characters 0-36</cite>" in html


def test_markdown_escapes_what_is_said_and_has_a_footnote_for_each_quote(quoted: Answer):
    said, _, note = as_markdown(quoted).split("\n")
    assert said == r"“The fee is \*5\* & due \[1\] now.”[^1]"
    assert note == r"[^1]: “The \<b\>fee\</b\> is \*5\* & due \[1\] now.” — fees\<1\>.txt, characters 0-36"


def test_a_refusal_says_why_in_every_format():
    refused = Answer(text="The sources do not answer this question.", abstained=True, reason="a <reason>")
    assert "ragkit-abstained" in as_html(refused)
    assert "a &lt;reason&gt;" in as_html(refused)
    assert r"*a \<reason\>*" in as_markdown(refused)
    assert "(a <reason>)" in write(refused, "text")


def test_an_unknown_format_is_refused_with_those_there_are(quoted: Answer):
    with pytest.raises(ConfigError, match="text, markdown, html"):
        write(quoted, "pdf")
