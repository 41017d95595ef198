"""Questions made from the sentences of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit import Index
from ragkit.core.errors import ConfigError
from ragkit.evaluate.made import make_questions
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from pathlib import Path


def test_a_question_knows_the_sentence_it_was_made_from(handbook: Index) -> None:
    made = make_questions(handbook, 20)
    assert len(made) == 20
    documents = {hit.source: hit for hit in handbook.store.chunks(handbook.store.row_ids().tolist()).values()}
    for each in made:
        text, _ = handbook.store.document(documents[each.source].document_id, each.source) or ("", {})
        assert text[each.start : each.end] == each.sentence
        assert set(terms(each.question)) < set(terms(each.sentence))


def test_the_same_seed_makes_the_same_questions(handbook: Index) -> None:
    assert make_questions(handbook, 5, seed=3) == make_questions(handbook, 5, seed=3)
    assert make_questions(handbook, 5, seed=3) != make_questions(handbook, 5, seed=4)


def test_a_generator_asks_in_words_of_its_own(handbook: Index) -> None:
    made = make_questions(handbook, 4, generator=handbook.generator)
    assert any(each.question.endswith("?") for each in made)
    assert all("\n" not in each.question and each.question not in each.sentence for each in made)


def test_a_passage_holds_the_sentence_wherever_it_stands_again(handbook: Index) -> None:
    (each, *_) = make_questions(handbook, 1)
    hits = handbook.search(each.sentence, k=3)
    assert each.holds(hits[0])
    assert not all(each.holds(hit) for hit in hits)


def test_an_index_without_prose_says_so(tmp_path: Path, models_dir: Path) -> None:
    (tmp_path / "note.txt").write_text("Herons.")
    index = Index(tmp_path / "index")
    index.sync(tmp_path / "note.txt")
    with pytest.raises(ConfigError, match="index prose first"):
        make_questions(index, 5)
