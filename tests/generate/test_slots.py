"""Calls that run at the same time are bounded, whether threads or coroutines make them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest

from ragkit.generate.hosted.limits import Slots


class Most:
    """Counts how many are within a block at once."""

    def __init__(self) -> None:
        self.most = self.now = 0
        self._lock = Lock()

    def enter(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)

    def leave(self) -> None:
        with self._lock:
            self.now -= 1


def test_as_many_threads_as_there_are_slots_run_together_and_no_more() -> None:
    slots, most, together = Slots(2), Most(), Barrier(2, timeout=30)

    def work(_: int) -> None:
        with slots.hold():
            most.enter()
            together.wait()
            most.leave()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert most.most == 2


async def test_threads_and_coroutines_share_the_slots() -> None:
    slots, most = Slots(1), Most()

    def thread() -> None:
        with slots.hold():
            most.enter()
            most.leave()

    async def coroutine() -> None:
        async with slots.ahold():
            most.enter()
            await asyncio.sleep(0)
            most.leave()

    await asyncio.gather(*[asyncio.to_thread(thread) for _ in range(4)], *[coroutine() for _ in range(4)])
    assert most.most == 1


async def test_who_gives_up_waiting_takes_no_slot() -> None:
    slots = Slots(1)
    async with slots.ahold():
        waiting = asyncio.ensure_future(slots.ahold().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(30), slots.ahold():
        pass


async def test_slots_are_given_in_the_order_they_were_asked_for() -> None:
    slots, order = Slots(1), []

    async def take(number: int) -> None:
        async with slots.ahold():
            order.append(number)

    async with slots.ahold():
        waiting = []
        for number in range(5):
            waiting.append(asyncio.ensure_future(take(number)))
            await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3, 4]


def test_an_error_within_the_block_frees_the_slot() -> None:
    slots = Slots(1)
    with pytest.raises(ValueError, match="odd"), slots.hold():
        raise ValueError("odd")
    with slots.hold():
        pass
