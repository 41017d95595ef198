"""A phrase as the whole reply."""

from __future__ import annotations

from ragkit.core.types import Answer, Chunk, Evidence, Hit
from ragkit.ground.grounder import Grounder

TEXT = "He joined the U.S. Army. It was 1917."


def test_a_phrase_with_stops_in_it_stays_one_phrase():
    chunk = Chunk(id="c", document_id="d", text=TEXT, start=0, end=len(TEXT), metadata={"source": "s"})
    grounder = Grounder("What did he join?", [Evidence(Hit(chunk, 1.0, 1, "dense"), 0, 24, TEXT[:24], 1.0)], short=True)
    answer = Answer() + grounder.start()
    for token in ("the U", ".S. Ar", "my\n"):
        answer += grounder.feed(token)
    answer += grounder.close()
    assert answer.text == "the U.S. Army [1]"
    assert answer.raw_text == "the U.S. Army\n"
