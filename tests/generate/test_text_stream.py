"""Tokens to text, and the end of it at a stop string."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ragkit.generate.transformers.text import Detokenizer, StopFilter

short = st.text("abc", min_size=1, max_size=3)


def cut(text: str, stops: list[str]) -> str:
    """What stands before the stop string that is complete first."""
    for end in range(len(text) + 1):
        starts = [end - len(stop) for stop in stops if text[:end].endswith(stop)]
        if starts:
            return text[: min(starts)]
    return text


@given(st.lists(st.text("abcd", max_size=4)), st.lists(short, max_size=3))
def test_however_text_is_cut_up_it_ends_before_the_first_stop_string(pieces: list[str], stops: list[str]) -> None:
    stop_filter = StopFilter(stops)
    shown = "".join(stop_filter.feed(piece) for piece in pieces)
    if not stop_filter.stopped:
        shown += stop_filter.close()
    assert shown == cut("".join(pieces), stops)


def test_text_that_only_begins_like_a_stop_string_is_held_back_and_then_shown() -> None:
    stop_filter = StopFilter(["END"])
    assert [stop_filter.feed(piece) for piece in ("an E", "N", "d")] == ["an ", "", "ENd"]


def test_empty_stop_strings_stop_nothing() -> None:
    stop_filter = StopFilter([""])
    assert stop_filter.feed("text") == "text"
    assert not stop_filter.stopped


@given(text=st.text())
def test_pieces_of_any_script_add_up_to_the_text(byte_tokenizer: Any, text: str) -> None:
    detokenizer = Detokenizer(byte_tokenizer)
    tokens = byte_tokenizer(text, verbose=False)["input_ids"]
    pieces = [detokenizer.feed(token) for token in tokens]
    assert "".join(pieces) + detokenizer.close() == byte_tokenizer.decode(tokens, clean_up_tokenization_spaces=False)


def test_no_piece_holds_half_a_character(byte_tokenizer: Any) -> None:
    detokenizer = Detokenizer(byte_tokenizer)
    pieces = [detokenizer.feed(token) for token in byte_tokenizer("né東🙂")["input_ids"]]
    assert [piece for piece in pieces if piece] == ["n", "é", "東", "🙂"]


def test_a_character_that_never_completes_is_shown_as_a_replacement_character(byte_tokenizer: Any) -> None:
    detokenizer = Detokenizer(byte_tokenizer)
    assert detokenizer.feed(byte_tokenizer("é")["input_ids"][0]) == ""
    assert detokenizer.close() == "\N{REPLACEMENT CHARACTER}"
