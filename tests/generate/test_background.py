"""Work in a thread, read as a stream."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ragkit.generate.background import BackgroundRuns

if TYPE_CHECKING:
    from collections.abc import Callable


def test_items_arrive_in_order() -> None:
    runs: BackgroundRuns[int] = BackgroundRuns("test")

    def work(emit: Callable[[int], bool]) -> None:
        for number in range(5):
            emit(number)

    assert list(runs.stream(work)) == [0, 1, 2, 3, 4]


def test_an_error_in_the_thread_is_raised_where_the_stream_is_read() -> None:
    runs: BackgroundRuns[int] = BackgroundRuns("test")

    def work(emit: Callable[[int], bool]) -> None:
        emit(1)
        raise LookupError("in the thread")

    stream = runs.stream(work)
    assert next(stream) == 1
    with pytest.raises(LookupError, match="in the thread"):
        next(stream)


def test_a_reader_who_walks_away_ends_the_work() -> None:
    runs: BackgroundRuns[int] = BackgroundRuns("test")
    ended = threading.Event()

    def work(emit: Callable[[int], bool]) -> None:
        while not emit(1):
            pass
        ended.set()

    stream = runs.stream(work)
    next(stream)
    stream.close()
    assert ended.wait(timeout=30)


def test_stopping_waits_until_no_work_is_left() -> None:
    runs: BackgroundRuns[int] = BackgroundRuns("test")
    ended: list[bool] = []

    def work(emit: Callable[[int], bool]) -> None:
        while not emit(1):
            pass
        ended.append(True)

    streams = [runs.stream(work) for _ in range(3)]
    for stream in streams:
        next(stream)
    runs.stop()
    assert ended == [True] * 3
