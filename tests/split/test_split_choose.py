"""Splitters named by a spec, ragkit's own and added ones."""

from __future__ import annotations

import pytest
from langchain_core.documents import Document
from split_helpers import WordTokenizer

from ragkit.core.errors import ConfigError
from ragkit.core.registry import register, unregister
from ragkit.split import Splitter, load_splitter


class Whole:
    """Cuts nothing."""

    def __init__(self, tokenizer, most=0):
        self.most = most

    def split(self, document):
        return []


@pytest.fixture
def whole():
    register("splitters", "whole", Whole)
    yield
    unregister("splitters", "whole")


def test_a_spec_gives_ragkits_own_splitter_its_options():
    tokenizer = WordTokenizer(40)
    splitter = load_splitter("structure?chunk_tokens=10&headings=false", tokenizer, chunk_tokens=20, overlap_tokens=4)
    assert splitter == Splitter(tokenizer, chunk_tokens=10, overlap_tokens=4, headings=False)


def test_an_added_splitter_takes_its_own_options_only(whole):
    splitter = load_splitter("whole?most=3", WordTokenizer(40), chunk_tokens=20)
    assert (type(splitter), splitter.most) == (Whole, 3)
    assert splitter.split(Document("text")) == []


def test_an_unknown_splitter_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'structure'"):
        load_splitter("structures", WordTokenizer(40))


def test_a_wrong_option_is_named(whole):
    with pytest.raises(ConfigError, match=r"'least'.*check its options"):
        load_splitter("whole?least=3", WordTokenizer(40))
    with pytest.raises(ConfigError, match="chunk_tokens is 41: choose from 1 to 40"):
        load_splitter("structure?chunk_tokens=41", WordTokenizer(40))
