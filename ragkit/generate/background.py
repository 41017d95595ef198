"""Work done in a thread, returned as a stream: its reader may be interrupted or leave at any time."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Item = TypeVar("Item")


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


class BackgroundRuns(Generic[Item]):
    """The runs of one engine. `stop` ends them all, which must happen before the interpreter goes down.

    Threads that are still inside native code while the interpreter is taken apart crash it, so they are daemons (the
    interpreter does not wait for a whole answer) and yet joined (by a finalizer that runs ``stop`` at exit).
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: dict[threading.Thread, threading.Event] = {}

    def stream(self, work: Callable[[Callable[[Item], bool]], None]) -> Generator[Item, None, None]:
        """Run ``work`` in a thread and yield what it emits, raising here what it raises there.

        Args:
            work: called with a function that takes an item and returns whether to stop, because the reader is gone.
        """
        queue: SimpleQueue[Item | _Failure | None] = SimpleQueue()
        cancelled = threading.Event()

        def emit(item: Item) -> bool:
            queue.put(item)
            return cancelled.is_set()

        def run() -> None:
            try:
                work(emit)
            except BaseException as error:  # noqa: BLE001 -- raised again in the thread that reads
                queue.put(_Failure(error))
            finally:
                # Before the reader learns of the end, so that the list then holds no run that is over.
                self._running.pop(threading.current_thread(), None)
                queue.put(None)

        thread = threading.Thread(target=run, name=self._name, daemon=True)
        self._running[thread] = cancelled
        try:
            thread.start()
            while (item := queue.get()) is not None:
                if isinstance(item, _Failure):
                    raise item.error
                yield item
        finally:
            cancelled.set()

    def stop(self) -> None:
        """Ask every run to stop and wait until all have stopped."""
        running = dict(self._running)
        for cancelled in running.values():
            cancelled.set()
        for thread in running:
            # A finalizer may run in any thread, also in one of these.
            if thread is not threading.current_thread():
                thread.join()
