"""What the end of a worker process means for the file it was reading."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from ragkit.load.workers.outcome import ReadResult, failed

_NO_MEMORY = re.compile(r"(?i)memory allocation of \d+|out of memory|bad_alloc|MemoryError|cannot allocate memory")
# Share of the memory that it may have, above which a signal is taken for an allocation that failed.
_NEARLY = 0.8
_TIME_IS_UP = frozenset(signal.Signals[name] for name in ("SIGALRM", "SIGXCPU") if hasattr(signal, name))


@dataclass(frozen=True, slots=True)
class Death:
    """How a worker ended."""

    code: int  # exit code; the negative number of a signal
    peak: int = 0  # the most memory that it ever had, in bytes
    stderr: str = ""  # the end of what it wrote to standard output and error


def verdict(death: Death, *, seconds: float, memory: int, overdue: bool) -> ReadResult:
    """Make the outcome of the file, for which the worker had so many seconds and bytes of memory.

    ``overdue`` says that the program ended the worker, since it did not come to an end.
    """
    if overdue or -death.code in _TIME_IS_UP:
        detail = f"was not read within {seconds:.0f} s: save it again or split it, or raise Limits.seconds"
        return failed("timeout", detail)
    # The kernel's out-of-memory killer is the only other sender of SIGKILL: ours is reported as overdue.
    by_system = death.code == -signal.SIGKILL
    if _NO_MEMORY.search(death.stderr) or by_system or (death.code < 0 and death.peak > _NEARLY * memory):
        detail = f"needs more than {memory / 1e6:.0f} MB of memory: split it or raise Limits.memory_bytes"
        return failed("too-large", detail if not by_system else "needs more memory than the machine had: split it")
    detail = f"ended the process that read it ({_named(death.code)}): convert it to PDF or text"
    return failed("crashed", detail)


def _named(code: int) -> str:
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"
