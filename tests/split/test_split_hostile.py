"""The embedder cuts no chunk, whatever the text: checked with a real model's tokenizer, special tokens included."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from ragkit.embed.tokens import ModelTokenizer
from ragkit.models import locate
from ragkit.split import Splitter, embedding_text

LIMIT = 256
ZALGO = st.builds(
    lambda letters, marks: "".join(letter + marks for letter in letters),
    st.text("abcdef ", min_size=1, max_size=60),
    st.text(st.characters(categories=["Mn"]), min_size=1, max_size=12),
)
PIECES = st.one_of(
    st.text(max_size=80),
    st.text("日本語中文字한국어ไทย", min_size=1, max_size=200),
    st.text("👍👩\u200d🇩🇪🏽\ufe0f❤", min_size=1, max_size=120),
    st.text("यहएकवाक्य।", min_size=1, max_size=120),
    st.text("هذاسؤال؟", min_size=1, max_size=120),
    st.binary(max_size=300).map(lambda data: base64.b64encode(data).decode()),
    st.text("abc/?&=%._-0123456789", max_size=300).map("https://example.org/".__add__),
    st.text("\u200b\u00ad\ufeff\u202e\u0000\ud800", min_size=1, max_size=80),
    st.sampled_from(["x" * 900, "a" * 101 + " ", "#" * 700, "| " * 300, "()" * 400, "\t" * 500, "1234567890" * 60]),
    st.sampled_from(
        ["# Heading\n\n", "\n\n", "| a | b |\n| --- | --- |\n", "```python\n", "- item\n", "= W =\n", "。"]
    ),
    ZALGO,
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
KINDS = ["text/plain", "text/markdown", "text/x-python", "text/yaml", "text/html", "application/json"]


@pytest.fixture(scope="module")
def tokenizer():
    folder = locate("all-MiniLM-L6-v2")
    if folder is None:
        pytest.skip("all-MiniLM-L6-v2 is not here: ragkit models pull all-MiniLM-L6-v2")
    return ModelTokenizer(folder, LIMIT)


def longest(tokenizer, chunks):
    """Tokens of the longest text that the embedder gets, as it encodes it itself."""
    return max((len(each.ids) for each in tokenizer.encode([embedding_text(chunk) for chunk in chunks])), default=0)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from(KINDS), PIECES, st.sampled_from(["passage", "sentence"]), st.sampled_from([None, 254]))
def test_no_chunk_is_longer_than_the_embedder_reads(tokenizer, text, kind, title, unit, size):
    document = Document(page_content=text, metadata={"source": "s", "media_type": kind, "title": title})
    chunks = Splitter(tokenizer, chunk_tokens=size, unit=unit).split(document)
    assert longest(tokenizer, chunks) <= LIMIT
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
    held = {index for chunk in chunks for index in range(chunk.start, chunk.end)}
    assert all(index in held or character.isspace() for index, character in enumerate(text))


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301\u0316" * 4000,
        "x" * 20_000,
        "https://example.org/" + "a1/" * 5000,
        "中文字" * 3000,
        "กขค" * 3000,
        "👩\u200d👧" * 2000,
    ],
    ids=["marks", "one letter", "address", "Chinese", "Thai", "emoji"],
)
def test_a_long_text_without_any_place_to_cut_is_cut(tokenizer, text):
    chunks = Splitter(tokenizer).split(Document(page_content=text, metadata={"title": text[:300]}))
    assert len(chunks) > 1
    assert longest(tokenizer, chunks) <= LIMIT
    assert "".join(chunk.text for chunk in chunks) == text


@pytest.mark.parametrize(
    ("sentence", "joint"),
    [
        ("今天的天气很好我们去公园散步然后回家吃饭。", ""),
        ("これは長い文章の中の一つの文です。", ""),
        ("ยินดีต้อนรับสู่เรือลำนี้และขอให้เดินทางปลอดภัย", " "),
        ("هذه جملة طويلة من النص العربي؟", " "),
        ("यह हिन्दी का एक लंबा वाक्य है।", " "),
        ("Это предложение на русском языке.", " "),
        ("이것은 한국어로 된 긴 문장입니다.", " "),
    ],
    ids=["Chinese", "Japanese", "Thai", "Arabic", "Hindi", "Russian", "Korean"],
)
def test_chunks_end_where_sentences_do_in_many_languages(tokenizer, sentence, joint):
    text = joint.join([sentence] * 80)
    chunks = Splitter(tokenizer, chunk_tokens=120).split(Document(page_content=text))
    assert len(chunks) > 1
    for chunk in chunks:
        assert chunk.text.startswith(sentence)
        assert chunk.text.endswith(sentence)
