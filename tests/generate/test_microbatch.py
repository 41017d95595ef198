"""Batches that form by themselves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.generate.transformers.microbatch import MicroBatcher


class Machine:
    """Doubles numbers, remembers its batches, and can be held up."""

    def __init__(self, size: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.batcher: MicroBatcher[int, int] = MicroBatcher(self.run, lambda job: job % 2, size)

    def run(self, jobs: list[int]) -> list[int]:
        self.batches.append(jobs)
        self.open.wait()
        if 13 in jobs:
            raise ValueError("thirteen")
        return [2 * job for job in jobs]

    def serve(self, jobs: list[int]) -> list[int | BaseException]:
        """Let one job hold the machine while the others queue up behind it."""
        with ThreadPoolExecutor(len(jobs) + 1) as pool:
            first = pool.submit(self.batcher.submit, 0)
            while not self.batches:
                pass
            futures = [pool.submit(self.batcher.submit, job) for job in jobs]
            while len(self.batcher._waiting) < len(jobs) + 1:
                pass
            self.open.set()
            assert first.result() == 0
            return [future.exception() or future.result() for future in futures]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_every_caller_gets_the_result_of_his_own_job(jobs: list[int]) -> None:
    assert Machine().serve(jobs) == [2 * job for job in jobs]


def test_jobs_of_a_kind_that_wait_together_are_run_together() -> None:
    machine = Machine()
    machine.serve([2, 4, 6])
    assert [sorted(batch) for batch in machine.batches] == [[0], [2, 4, 6]]


def test_jobs_of_different_kinds_are_run_apart() -> None:
    machine = Machine()
    machine.serve([1, 2, 3, 4])
    assert sorted(sorted(batch) for batch in machine.batches) == [[0], [1, 3], [2, 4]]


def test_no_batch_is_larger_than_allowed() -> None:
    machine = Machine(size=2)
    machine.serve([2, 4, 6, 8])
    assert max(map(len, machine.batches)) == 2


def test_a_job_that_fails_does_not_fail_its_neighbours() -> None:
    first, second, third = Machine().serve([11, 13, 15])
    assert (first, third) == (22, 30)
    assert isinstance(second, ValueError)


def test_a_lone_job_is_served_at_once() -> None:
    machine = Machine()
    machine.open.set()
    assert machine.batcher.submit(21) == 42
    with pytest.raises(ValueError, match="thirteen"):
        machine.batcher.submit(13)
