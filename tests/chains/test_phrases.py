"""Asking for a phrase: what a grammar lets a small model begin with, and what it cannot but say."""

from __future__ import annotations

import pytest

from ragkit.chains.answer.phrases import phrase_grammar, phrase_messages, phrase_prompt
from ragkit.core.types import Chunk, Evidence, Hit

TEXT = "The lighthouse was built by Ada Brandt in 1887 from grey granite."


def evidence(text: str = TEXT, context: str = "") -> list[Evidence]:
    chunk = Chunk(id="c", document_id="d", text=text, start=0, end=len(text), metadata={"source": "s"})
    return [Evidence(Hit(chunk, 1.0, 1, "dense"), 0, len(text), text, 1.0, context=context)]


def beginnings(question: str, text: str = TEXT) -> set[str]:
    grammar = phrase_grammar(evidence(text), question)
    root = grammar.splitlines()[0]
    words = text.split()
    return {words[int(rule.strip("w()"))] for rule in root.split() if rule.strip("()").startswith("w")}


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("When was it opened?", {"1887"}),
        ("Who designed the lighthouse?", {"Ada", "Brandt"}),
        ("What stone is it made of?", {"lighthouse", "built", "Ada", "Brandt", "from", "grey", "granite."}),
        ("What was the lighthouse built of?", {"Ada", "Brandt", "from", "grey", "granite."}),
    ],
)
def test_a_phrase_begins_with_what_is_wanted_and_not_with_words_of_the_question(question: str, begins: set[str]):
    assert beginnings(question) == begins


def test_where_nothing_of_the_wanted_kind_stands_any_word_may_begin():
    assert "granite" in beginnings("When was it?", "It is of granite")


def test_quotation_marks_and_backslashes_of_the_text_are_escaped():
    grammar = phrase_grammar(evidence('say"so C:\\new'), "")
    assert 'w0 ::= "say\\"so\\n" | "say\\"so " w1' in grammar
    assert 'w1 ::= "C:\\\\new\\n"' in grammar


def test_the_text_to_continue_ends_where_the_phrase_begins():
    assert phrase_prompt("Who built it?", evidence()).endswith(f"Text: {TEXT}\nQuestion: Who built it?\nAnswer:")


def test_a_chat_model_is_told_the_heading_of_the_sentences():
    assert "About: Harbours" in phrase_messages("Who built it?", evidence(context="Harbours"))[-1].text
