"""Worker processes as the reading of many files sees them: jobs out, outcomes back, deaths noticed and explained."""

from __future__ import annotations

import json
import logging
import os
import selectors
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from ragkit.load.workers import wire
from ragkit.load.workers.added import carried
from ragkit.load.workers.deaths import Death, verdict
from ragkit.load.workers.outcome import failed
from ragkit.load.workers.server import BEGIN, IDLE, KILL, SPAWN

if TYPE_CHECKING:
    from ragkit.load.limits import Limits
    from ragkit.load.workers.outcome import ReadResult

logger = logging.getLogger(__name__)

# Seconds beyond a file's time after which a worker is ended that the kernel's timer did not end, such as one whose
# parser blocks the signal.
GRACE = 5.0
BLOCK = 1 << 20
_PROGRAM = """
import json, sys
sys.path[:], slots = json.loads(sys.argv[1])
from ragkit.load.workers.server import main
main(slots)
"""


class ServerGone(Exception):
    """The process that workers are forked from has ended."""


@dataclass(slots=True, eq=False)
class Task:
    """A file to be read."""

    source: str  # its path
    ocr: bool = False  # read words in pictures
    reading: ReadResult | None = None  # what became of it, once that is known
    tries: int = 0  # workers that were lost over it
    suspect: bool = False  # the server ended while it was read
    waited: float = 0.0  # seconds spent waiting for its worker
    seconds: float = 0.0  # its limits
    memory: int = 0  # in bytes


@dataclass(slots=True, eq=False)
class _Slot:
    number: int
    jobs: int
    answers: int
    alive: bool = False
    leaving: bool = False  # ended by us or by itself; its notice is still to come
    fresh: bool = True  # it has read nothing yet
    task: Task | None = None
    job: int = 0
    buffer: wire.Answers = field(default_factory=lambda: wire.Answers(0))


class WorkerPool:
    """A server process and the workers forked from it; used by one run at a time.

    Args:
        slots: workers at most.
    """

    def __init__(self, slots: int) -> None:
        self.ready = False  # whether the server ever said anything
        self._released: list[Task] = []
        self._jobs = 0
        self._notices = b""
        self._selector = selectors.DefaultSelector()
        self._slots: list[_Slot] = []
        theirs: list[tuple[int, int]] = []
        # The pipes of a slot outlive its workers, so that a new one needs no descriptor passed to it.
        for number in range(slots):
            (take, give), (hear, say) = os.pipe(), os.pipe()
            os.set_blocking(hear, False)
            self._slots.append(_Slot(number, give, hear))
            theirs.append((take, say))
        try:
            self._process = _start(theirs)
        except OSError as error:
            self._close_pipes()
            raise ServerGone(f"no process could be started ({error})") from error
        finally:
            for take, say in theirs:
                os.close(take)
                os.close(say)
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it is a pipe
        self._selector.register(stdout.fileno(), selectors.EVENT_READ)
        for slot in self._slots:
            self._selector.register(slot.answers, selectors.EVENT_READ, slot)

    @property
    def slots(self) -> int:
        """Workers at most."""
        return len(self._slots)

    # -- a run ---------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a run: workers that wait are not ended any more."""
        self._command(BEGIN)

    def end(self) -> None:
        """End a run; workers that still read are killed, the others wait a while for the next run."""
        for slot in self._slots:
            if slot.task is not None:
                slot.task = None
                self._kill(slot)
        self._command(IDLE)

    def give(self, task: Task, limits: Limits) -> bool:
        """Give a file to a worker that has nothing to do; whether there was one."""
        idle = [slot for slot in self._slots if slot.task is None and not slot.leaving]
        awake = next((slot for slot in idle if slot.alive), None)
        asleep = next((slot for slot in idle if not slot.alive), None)
        # A file over which a worker died is read by a new one: what others left behind is no fault of its.
        slot = asleep if task.tries else awake or asleep
        if slot is None:
            if awake is not None:
                self._kill(awake)
            return False
        if not slot.alive:
            self._command(SPAWN, slot)
            slot.alive, slot.fresh = True, True
        self._send(slot, task, limits)
        return True

    def _send(self, slot: _Slot, task: Task, limits: Limits) -> None:
        size = _size(task.source, limits)
        task.seconds, task.memory, task.waited = limits.seconds_for(size), limits.memory_for(size), 0.0
        self._jobs += 1
        slot.task, slot.job, slot.buffer = task, self._jobs, wire.Answers(task.memory)
        job = {
            "job": slot.job,
            "source": task.source,
            "path": os.path.abspath(task.source),  # noqa: PTH100 - the server is in no folder; quicker than a Path
            "seconds": task.seconds,
            "memory": task.memory,
            "limits": asdict(limits),
            "ocr": task.ocr,
            "level": logging.getLogger("ragkit").getEffectiveLevel(),
            "added": carried(),
        }
        try:
            wire.write_all(slot.jobs, wire.job(job))
        except OSError as error:
            raise ServerGone(str(error)) from error

    def wait(self, *, block: bool) -> list[Task]:
        """Take note of what happened, waiting for something to happen where ``block`` is set.

        Returns:
            Tasks that are read, and those that are to be given to another worker (without a ``reading``).

        Raises:
            ServerGone: the server has ended; :meth:`unfinished` says which files were being read.
        """
        busy = [slot for slot in self._slots if slot.task is not None]
        left = [slot.task.seconds + GRACE - slot.task.waited for slot in busy if slot.task is not None]
        before = time.monotonic()
        # Answers, notices of ended workers, and the first file whose time is up are waited for at once.
        events = self._selector.select(max(0.0, min(left, default=GRACE)) if block else 0)
        spent = time.monotonic() - before
        gone = False
        for key, _ in events:
            if key.data is None:
                gone = not self._hear()
            else:
                self._drain(key.data)
        for slot in busy:  # only waiting counts: while nobody listens a worker cannot finish
            if slot.task is not None:
                slot.task.waited += spent
                if slot.task.waited > slot.task.seconds + GRACE:
                    self._kill(slot)
        if gone:
            raise ServerGone("the process that files are read from was ended")
        released, self._released = self._released, []
        return released

    def unfinished(self) -> list[Task]:
        """List the files that are being read, and those that nobody asked for yet."""
        return [*self._released, *(slot.task for slot in self._slots if slot.task is not None)]

    # -- answers and notices -------------------------------------------------------------------------------------

    def _drain(self, slot: _Slot) -> None:
        """Read what a worker wrote; it is this run's answer, a sign of life, or left from an abandoned run."""
        try:
            while data := os.read(slot.answers, BLOCK):
                slot.buffer.feed(data)
                self._take(slot)
        except BlockingIOError:
            return
        except ValueError as error:
            self._release(slot, failed("crashed", f"made its reader send {error}: convert it to PDF or text"))
            self._kill(slot)
            return
        if slot.answers in self._selector.get_map():  # the server has ended too; its notices say so
            self._selector.unregister(slot.answers)

    def _take(self, slot: _Slot) -> None:
        # Numbers of jobs are never used twice, so an answer from an abandoned run is recognised and dropped.
        while (answer := slot.buffer.take()) is not None:
            about, body, last = answer
            if slot.task is None or about.get("job") != slot.job:
                continue
            if "outcome" not in about:
                slot.task.waited = 0.0
                continue
            reading = wire.reading(about, body)
            for level, name, message in reading.log:
                logging.getLogger(name).log(level, "%s", message)
            self._release(slot, reading)
            slot.fresh, slot.leaving = False, slot.leaving or last

    def _release(self, slot: _Slot, reading: ReadResult | None) -> None:
        if slot.task is not None:
            slot.task.reading = reading
            self._released.append(slot.task)
            slot.task = None

    def _hear(self) -> bool:
        """Read notices of ended workers; False when there will be no more."""
        stdout = self._process.stdout
        data = os.read(stdout.fileno(), BLOCK) if stdout is not None else b""
        *lines, self._notices = (self._notices + data).split(b"\n")
        for line in lines:
            self.ready = True
            if not (notice := json.loads(line)):
                continue
            self._bury(self._slots[notice["slot"]], Death(notice["code"], notice["peak"], notice["said"]))
        return bool(data)

    def _bury(self, slot: _Slot, death: Death) -> None:
        self._drain(slot)  # it may have answered before it ended
        overdue = slot.leaving
        slot.alive = slot.leaving = False
        slot.buffer = wire.Answers(0)
        if death.stderr:
            logger.debug("a worker ended (%s): %s", death.code, death.stderr)
        if slot.task is None:
            return
        found = verdict(death, seconds=slot.task.seconds, memory=slot.task.memory, overdue=overdue)
        slot.task.tries += 1
        # A worker that had read other files before may have died of what these left behind: the file gets a new one.
        final = slot.fresh or found.reason == "timeout" or slot.task.tries > 1
        self._release(slot, found if final else None)

    # -- commands ------------------------------------------------------------------------------------------------

    def _kill(self, slot: _Slot) -> None:
        if slot.alive and not slot.leaving:
            slot.leaving = True
            self._command(KILL, slot)

    def _command(self, what: bytes, slot: _Slot | None = None) -> None:
        stdin = self._process.stdin
        try:
            assert stdin is not None  # noqa: S101 - it is a pipe
            wire.write_all(stdin.fileno(), what + bytes([slot.number if slot else 0]))
        except OSError as error:
            raise ServerGone(str(error)) from error

    def close(self) -> None:
        """End the server and all workers."""
        self.forget()
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Close this process's ends of the pipes; where no other process has them, server and workers end."""
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._close_pipes()

    def _close_pipes(self) -> None:
        for slot in self._slots:
            os.close(slot.jobs)
            os.close(slot.answers)


def _start(slots: list[tuple[int, int]]) -> subprocess.Popen[bytes]:
    """Start the server in a process group of its own: Ctrl-C is for the program, which then ends it."""
    path = [os.path.abspath(each) for each in sys.path]  # noqa: PTH100 - entries may be empty
    command = [sys.executable, *(["-I"] if sys.flags.isolated else []), "-c", _PROGRAM, json.dumps([path, slots])]
    return subprocess.Popen(  # noqa: S603 - our own program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[end for pair in slots for end in pair],
        bufsize=0,
        process_group=0,
    )


def _size(source: str, limits: Limits) -> int:
    try:
        return min(os.stat(source).st_size, limits.file_bytes)  # noqa: PTH116 - a Path for each file takes longer
    except OSError:
        return 0  # its reader says what is wrong


def unfit() -> str:
    """Say why files cannot be read in processes of their own; empty when they can."""
    if not hasattr(os, "fork") or os.name != "posix":
        return "this system has no fork"
    try:
        import_module("resource")
    except ImportError:
        return "this Python has no module resource"
    if not sys.executable:
        return "this Python does not know its own executable"
    return ""
