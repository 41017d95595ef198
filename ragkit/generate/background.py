"""Work done in a thread, read as a stream by whoever asked: the reader may be interrupted or walk away at any time."""

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
            work: called with a function that takes an item and says whether to stop, as nobody wants more.
        """
        queue: SimpleQueue[Item | _Failure | None] = SimpleQueue()
        unwanted = threading.Event()

        def emit(item: Item) -> bool:
            queue.put(item)
            return unwanted.is_set()

        def run() -> None:
            try:
                work(emit)
            except BaseException as error:  # noqa: BLE001 -- raised again in the thread that reads
                queue.put(_Failure(error))
            finally:
                self._running.pop(threading.current_thread(), None)
                queue.put(None)

        thread = threading.Thread(target=run, name=self._name, daemon=True)
        self._running[thread] = unwanted
        try:
            thread.start()
            while (item := queue.get()) is not None:
                if isinstance(item, _Failure):
                    raise item.error
                yield item
        finally:
            unwanted.set()

    def stop(self) -> None:
        """Tell every run that it is unwanted and wait until all have noticed."""
        running = dict(self._running)
        for unwanted in running.values():
            unwanted.set()
        for thread in running:
            if thread is not threading.current_thread():
                thread.join()
