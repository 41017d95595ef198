"""A process of its own that reads damaged files one after the other, so that a crash or hang in a parser is seen."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import signal
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

DEADLINE = 60.0  # seconds for one file; far beyond what any takes, this is a hang
MEMORY = 6 << 30  # bytes of address space; a parser that wants more gets MemoryError


@dataclass(frozen=True)
class Verdict:
    """What became of one file: its outcome, how long it took in seconds, and what is wrong with that."""

    outcome: str
    seconds: float
    problems: tuple[str, ...]


class Worker:
    """Reads files in a process that is started again whenever a file ends it."""

    def __init__(self) -> None:
        self._process = None
        self._trace = Path(tempfile.mkstemp(prefix="fuzz-", suffix=".trace")[1])

    def read(self, name: str, data: bytes) -> Verdict:
        if self._process is None:
            self._start()
        try:
            self._connection.send((name, data))
            if self._connection.poll(DEADLINE):
                return self._connection.recv()
            what = f"hang of more than {DEADLINE:.0f} s"
            os.kill(self._process.pid, signal.SIGABRT)  # faulthandler then says where
        except (EOFError, OSError):
            what = "crash"
        self._process.join(10)
        code = self._process.exitcode
        self._process = None
        said = f"{what} (exit code {code}): {self._trace.read_text(errors='replace')[-1500:]}"
        return Verdict(what.split()[0], DEADLINE, (said,))

    def close(self) -> None:
        if self._process is not None:
            self._connection.close()
            self._process.join(10)
        self._trace.unlink(missing_ok=True)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, str(self._trace)), daemon=True)
        self._process.start()
        theirs.close()


def _serve(connection, trace: str) -> None:
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Path(trace).open("w") as log:
        faulthandler.enable(log)
        while True:
            try:
                name, data = connection.recv()
            except EOFError:
                return
            connection.send(_judge(name, data))


def _judge(name: str, data: bytes) -> Verdict:
    import time

    from ragkit.load import RawFile
    from ragkit.load.files import load_bytes
    from ragkit.testing import file_problems, untyped_errors

    start = time.perf_counter()
    with untyped_errors() as untyped:
        file = load_bytes(RawFile(f"folder/{name}", name, data))
    problems = [*untyped, *file_problems(file)]
    if file.reason == "crashed":
        problems.append(f"crashed: {file.detail}")
    return Verdict(file.reason or file.outcome, time.perf_counter() - start, tuple(problems))
