"""The process that worker processes are forked from: small, one thread, nothing of the program that uses ragkit.

Each slot has two pipes that outlive its workers: jobs to the worker, answers from it. Commands come on standard input,
two bytes each; what became of a worker goes to standard output, a JSON line. When standard input ends, so does all.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from ragkit.load.readers import READERS
from ragkit.load.workers.worker import serve

if TYPE_CHECKING:
    from types import FrameType

SPAWN, KILL, BEGIN, IDLE = b"s", b"k", b"b", b"i"
PARSERS = ("lxml.etree", "pypdfium2", "selectolax.lexbor", "python_calamine", "chardet")
IDLE_SECONDS = 30.0  # after the last run, until workers that wait for the next one are ended
TAIL = 1500  # bytes of a worker's last words that are passed on; a notice has to fit a pipe at once


@dataclass(slots=True)
class _ServerSlot:
    jobs: int
    answers: int
    output: int  # file that takes what the worker and its parsers print
    pid: int = 0


class Server:
    """The loop over commands and ended workers.

    Args:
        slots: file descriptors (jobs, answers) of each.
    """

    def __init__(self, slots: list[tuple[int, int]]) -> None:
        self.slots = [_ServerSlot(jobs, answers, _scratch()) for jobs, answers in slots]
        self.crashed = self.ready = self.idle = False
        self.wake, self._woken = os.pipe()
        for end in (self.wake, self._woken):
            os.set_blocking(end, False)

    def run(self) -> NoReturn:
        """Serve until standard input ends."""
        os.chdir("/")  # a folder that is anybody's working folder cannot be unmounted
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, _nothing)
        # Signals only write to a pipe, and the loop does the work: a handler could run in the middle of a fork.
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        os.write(1, b"{}\n")  # ready
        while True:
            ready, _, _ = select.select([0, self.wake], [], [], IDLE_SECONDS if self.idle else None)
            if not ready:
                self.idle = False
                self.kill_all()
            if self.wake in ready:
                os.read(self.wake, 4096)
                self._reap()
            if 0 in ready:
                self._command(os.read(0, 2))

    def _command(self, command: bytes) -> None:
        if not command:
            self.kill_all()
            os._exit(0)
        what, slot = command[:1], self.slots[command[1]]
        self.idle = what == IDLE
        if what == SPAWN and not slot.pid:
            self._fork(slot)
        elif what == KILL and slot.pid:
            os.kill(slot.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """End all workers."""
        for slot in self.slots:
            if slot.pid:
                os.kill(slot.pid, signal.SIGKILL)

    def _fork(self, slot: _ServerSlot) -> None:
        # Parsers are imported once a worker has crashed, as more forks will follow: with them a fork costs 4 ms, a
        # fresh interpreter 349 ms. Before that each worker imports what its files need and no more.
        if self.crashed and not self.ready:
            self.ready = True
            preload()
        pid = os.fork()
        if pid:
            slot.pid = pid
            return
        try:
            self._become_worker(slot)
        except BaseException:  # noqa: BLE001 - this copy of the server must not go on as one
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _become_worker(self, slot: _ServerSlot) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(slot.output, 1)  # parsers print; what they print is no answer
        os.dup2(slot.output, 2)
        # Pipes of other workers must close in this one, or their ends would never be seen.
        for other in self.slots:
            if other is not slot:
                os.close(other.jobs)
                os.close(other.answers)
            os.close(other.output)
        for end in (nothing, self.wake, self._woken):
            os.close(end)
        serve(slot.jobs, slot.answers)

    def _reap(self) -> None:
        while any(slot.pid for slot in self.slots):
            pid, status, used = os.wait4(-1, os.WNOHANG)
            if not pid:
                return
            slot = next((each for each in self.slots if each.pid == pid), None)
            if slot is not None:
                self._report(slot, os.waitstatus_to_exitcode(status), used.ru_maxrss)

    def _report(self, slot: _ServerSlot, code: int, peak: int) -> None:
        slot.pid = 0
        self.crashed = self.crashed or code != 0
        while select.select([slot.jobs], [], [], 0)[0] and os.read(slot.jobs, 65536):
            pass  # a job that no worker took is sent again
        size = os.fstat(slot.output).st_size
        words = os.pread(slot.output, TAIL, max(0, size - TAIL)).decode("ascii", "replace").replace("\ufffd", "?")
        os.ftruncate(slot.output, 0)
        os.lseek(slot.output, 0, os.SEEK_SET)
        peak *= 1 if sys.platform == "darwin" else 1024
        notice = {"slot": self.slots.index(slot), "code": code, "peak": peak, "said": words}
        try:
            os.write(1, json.dumps(notice).encode() + b"\n")
        except BrokenPipeError:  # the program ended, and its workers saw that before this process did
            self.kill_all()
            os._exit(0)


def _nothing(number: int, frame: FrameType | None) -> None:
    """Let a signal through, so that it wakes the loop."""


def _scratch() -> int:
    """Open a file without a name, for what parsers print; its end explains how a worker died."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("ragkit-worker")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def preload() -> None:
    """Import what readers need, for all workers to come."""
    for name in (*PARSERS, *sorted({target.partition(":")[0] for target in READERS.values()})):
        try:
            import_module(name)
        except ImportError:
            continue  # the reader that needs it says so, of its file


def main(slots: list[list[int]]) -> NoReturn:
    """Run the server.

    Args:
        slots: file descriptors (jobs, answers) of each slot.
    """
    Server([(jobs, answers) for jobs, answers in slots]).run()
