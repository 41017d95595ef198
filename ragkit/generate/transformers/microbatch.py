"""Callers that wait for the same machine are served together: batches form by themselves under load."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Job = TypeVar("Job")
Result = TypeVar("Result")


@dataclass(eq=False, slots=True)
class _Ticket(Generic[Job, Result]):
    job: Job
    results: list[Result] = field(default_factory=list[Result])  # empty until it is served


class MicroBatcher(Generic[Job, Result]):
    """Run one batch at a time; the caller that gets the turn also runs the jobs of all that wait with one of its kind.

    Nobody waits for a batch to fill: a lone caller is served at once. When a batch fails, its jobs are run one by one,
    so that a job fails for its own reasons only.

    Args:
        run: serves jobs, results in the same order.
        kind: jobs of equal kinds can be served together; None is served alone.
        size: most jobs in a batch.

    Attributes:
        turn: held while a batch runs; take it to use the machine for something else.
    """

    def __init__(
        self, run: Callable[[list[Job]], list[Result]], kind: Callable[[Job], Hashable | None], size: int
    ) -> None:
        self._run, self._kind, self._size = run, kind, size
        self._waiting: list[_Ticket[Job, Result]] = []
        self._guard = threading.Lock()
        self.turn = threading.Lock()

    def submit(self, job: Job) -> Result:
        """Serve a job, alone or with others, and return its result."""
        ticket: _Ticket[Job, Result] = _Ticket(job)
        with self._guard:
            self._waiting.append(ticket)
        try:
            # Who waits here may find on waking that a neighbour's batch has served it. Nobody waits for `turn`
            # while holding `_guard`.
            with self.turn:
                if not ticket.results:
                    self._serve(ticket)
        finally:
            with self._guard:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
        return ticket.results[0]

    def _serve(self, ticket: _Ticket[Job, Result]) -> None:
        batch = self._companions(ticket)
        if len(batch) > 1:
            try:
                self._deliver(batch)
            except Exception:  # noqa: BLE001, S110 -- each job is run again by itself and raises its own error
                pass
            else:
                return
        self._deliver([ticket])

    def _deliver(self, batch: list[_Ticket[Job, Result]]) -> None:
        for ticket, result in zip(batch, self._run([ticket.job for ticket in batch]), strict=True):
            ticket.results.append(result)

    def _companions(self, ticket: _Ticket[Job, Result]) -> list[_Ticket[Job, Result]]:
        kind = self._kind(ticket.job)
        if kind is None:
            return [ticket]
        # Tickets with results are on their way out of the list: their own threads have only not run yet.
        with self._guard:
            others = [other for other in self._waiting if other is not ticket and self._kind(other.job) == kind]
        return [ticket, *(other for other in others if not other.results)][: self._size]
