"""What a worker sends is checked: one whose parser was taken over can send a wrong text, and nothing else."""

from __future__ import annotations

import json

import pytest

from ragkit.load.workers import wire
from ragkit.load.workers.outcome import ReadResult, Text, failed


def received(*frames, most=10_000):
    answers = wire.Answers(most)
    for byte in b"".join(frames):
        answers.feed(bytes([byte]))
    return answers.take()


def test_an_answer_arrives_as_it_was_sent():
    reading = ReadResult("text", (Text("caf\xe9 \U0001f600", {"page": 1}), Text("", {}, "2")), media_type="text/plain")
    about, body, last = received(*wire.frames(wire.answer(7, reading), last=True))
    assert (about["job"], last) == (7, True)
    assert wire.reading(about, body) == reading


def test_half_an_answer_is_waited_for():
    whole = b"".join(wire.frames(wire.answer(1, failed("corrupt", "is damaged: get it again"))))
    assert received(whole[:-1]) is None


def test_an_answer_beyond_its_bound_is_refused():
    with pytest.raises(ValueError, match="an answer of"):
        received(*wire.frames(wire.answer(1, ReadResult("text", (Text("x" * 500, {}),)))), most=400)


@pytest.mark.parametrize("sent", [b"[]", b"7", b"nonsense", b"[" * 100_000])
def test_what_is_no_object_is_refused(sent):
    with pytest.raises(ValueError, match=r"."):
        received(*wire.frames(wire.Outgoing(sent)), most=10**6)


def whole(**changes):
    about = json.loads(wire.answer(1, ReadResult("text", (Text("word", {"source": "a"}),))).about)
    return {**about, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "great"},
        {"outcome": "empty"},
        {"outcome": "error", "documents": []},
        {"reason": "because"},
        {"documents": [{"bytes": 2, "id": None, "metadata": {}}]},
        {"documents": [{"bytes": "many", "id": None, "metadata": {}}]},
        {"documents": [{"bytes": 4, "id": None, "metadata": 7}]},
        {"documents": [7]},
        {"documents": None},
        {"pages": "all"},
        {"log": [[1]]},
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(changes):
    with pytest.raises(ValueError, match=r"."):
        wire.reading(whole(**changes), memoryview(b"word"))
