"""The conformance suite for splitters."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from langchain_core.documents import Document

from ragkit.testing.checks import chunk_problems
from ragkit.testing.tokenizers import BoundaryTokenizer, CharacterTokenizer, LetterTokenizer, WordTokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Chunk, Tokenizer
    from ragkit.split.splitter import DocumentCutter

_PROSE = (
    "The gangway is checked at every tide, by two of the crew. Nobody boards before that! Why? Because it moves.\n\n"
    "Dr. Harrow wrote on 3 Feb. 2026 that “all is well”; the log says otherwise, see p. 12.\n"
)
_MARKDOWN = (
    "# Rules\n\nA line above all.\n\n## On board\n\n- No smoking.\n- No shouting: others sleep.\n  1. By day\n  2. "
    "By night\n\n### Meals\n\n| Day | Dish | Price |\n| --- | --- | --- |\n"
    + "| Monday | soup with bread | 4.50 |\n" * 20
    + "\n```python\ndef f(x):\n    return x\n\n\ndef g():\n    pass\n```\n\nEnd.\n"
)  # fmt: skip
_CODE = 'import os\n\n\nclass Mast:\n    """High."""\n\n    def up(self):\n        return [\n' + "            1,\n" * 40
# Scripts without spaces between words or sentences, and one that runs from right to left.
_LANGUAGES = "这是一个句子。今天天气很好！" * 12 + "\n\nيا هلا. هل هذا سؤال؟ " * 8 + "ภาษาไทยไม่มีช่องว่าง" * 10
# Combining accents, emoji joined by U+200D, unusual spaces, and words longer than any limit.
_SIGNS = "e\u0301" * 60 + "👩\u200d👩\u200d👧" * 30 + "\u00a0\u2003\u200b" * 20 + "word" * 200 + "-" * 100
_TEXTS = (
    (_PROSE * 4, "text/plain"),
    (_MARKDOWN, "text/markdown"),
    (_CODE, "text/x-python"),
    (_LANGUAGES, "text/plain"),
    (_SIGNS, "text/plain"),
    (_PROSE + _MARKDOWN + _SIGNS, "application/pdf"),
    ("  \n\t" + _PROSE.replace(" ", "   ").replace("\n", "\r\n\n\n"), "text/html"),
    ("x", "text/plain"),
    ("#\n\n##\n\n|\n\n-\n\n```", "text/markdown"),
)


class SplitterConformance:
    """What every splitter owes; a subclass gives the ``make_splitter`` fixture and runs with pytest.

    Fixtures to override:
        make_splitter: a function that makes the splitter for a tokenizer.
        documents: further documents of one's own; those of the suite by default.
    """

    @pytest.fixture
    def make_splitter(self) -> Callable[[Tokenizer], DocumentCutter]:
        """A function that makes the splitter for a tokenizer."""
        raise NotImplementedError("override the fixture `make_splitter`: return a function of a tokenizer")

    @pytest.fixture
    def documents(self) -> list[Document]:
        """Documents to cut, each with places."""
        return [_document(text, media_type, number) for number, (text, media_type) in enumerate(_TEXTS)]

    @pytest.fixture(
        # Words, characters, ASCII letters alone, and one for which a part has more tokens than in the whole: what a
        # splitter assumes about tokens breaks on one of them.
        params=[
            WordTokenizer(40),
            WordTokenizer(8),
            CharacterTokenizer(60),
            LetterTokenizer(20),
            BoundaryTokenizer(24),
        ],
        ids=lambda tokenizer: f"{type(tokenizer).__name__}-{tokenizer.max_tokens}",
    )
    def tokenizer(self, request: pytest.FixtureRequest) -> Tokenizer:
        """Tokenizers that differ in what they take for a token, and in how many they read."""
        return request.param

    def test_chunks_are_sound(
        self, make_splitter: Callable[[Tokenizer], DocumentCutter], tokenizer: Tokenizer, documents: list[Document]
    ) -> None:
        """Spans equal their text and get on, nothing is lost, no chunk is too long, each says where it stands."""
        splitter = make_splitter(tokenizer)
        for number, document in enumerate(documents):
            problems = chunk_problems(document, splitter.split(document), tokenizer)
            assert not problems, f"document {number}: {problems[:5]}"

    def test_splitting_again_gives_the_same(
        self, make_splitter: Callable[[Tokenizer], DocumentCutter], tokenizer: Tokenizer, documents: list[Document]
    ) -> None:
        """The same document gives the same chunks with the same ids, whatever was split before it."""
        splitter = make_splitter(tokenizer)
        first = [splitter.split(document) for document in documents]
        again = [make_splitter(tokenizer).split(document) for document in reversed(documents)]
        assert first == again[::-1]

    def test_ids_hang_on_the_content(
        self, make_splitter: Callable[[Tokenizer], DocumentCutter], documents: list[Document]
    ) -> None:
        """A chunk whose text is another has another id, and so has that of another document."""
        splitter = make_splitter(WordTokenizer(40))
        for document in documents:
            ids = _ids(splitter.split(document))
            turned = document.model_copy(update={"page_content": document.page_content.swapcase().replace("x", "y")})
            changed = {chunk.id: chunk.text for chunk in splitter.split(turned)}
            assert all(ids[key] == text for key, text in changed.items() if key in ids)
            elsewhere = document.model_copy(update={"metadata": {**document.metadata, "source": "elsewhere"}})
            assert not ids.keys() & _ids(splitter.split(elsewhere)).keys()

    def test_the_document_is_left_as_it_is(
        self, make_splitter: Callable[[Tokenizer], DocumentCutter], documents: list[Document]
    ) -> None:
        """Splitting changes neither text nor metadata of the document."""
        before = copy.deepcopy(documents)
        splitter = make_splitter(WordTokenizer(40))
        for document in documents:
            splitter.split(document)
        assert documents == before

    @pytest.mark.parametrize("text", ["", " ", "\n\n\t \u00a0"])
    def test_a_document_without_text_gives_no_chunk(
        self, make_splitter: Callable[[Tokenizer], DocumentCutter], text: str
    ) -> None:
        """White space is nothing to search for."""
        assert make_splitter(WordTokenizer(40)).split(_document(text, "text/plain", 0)) == []


def _document(text: str, media_type: str, number: int) -> Document:
    """Make a document whose places are pages of 150 characters."""
    places = [{"start": start, "page": page} for page, start in enumerate(range(0, len(text), 150), 1)]
    metadata = {"source": f"folder/{number}", "media_type": media_type, "title": "Rules", "places": places}
    return Document(page_content=text, metadata=metadata)


def _ids(chunks: Sequence[Chunk]) -> dict[str, str]:
    return {chunk.id: chunk.text for chunk in chunks}
