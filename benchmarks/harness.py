"""Fresh processes, taking turns: how every figure of the benchmarks is taken. Standard library only.

This module's process stays small on purpose: a child's peak memory counts from the parent's at the fork.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HERE = Path(__file__).resolve().parent
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "CUDA_VISIBLE_DEVICES": "",  # the same cores for all
}
Sample = dict[str, Any]


class ChildFailedError(Exception):
    """A measured process ended with an error; the message holds its last words."""


class SkippedError(Exception):
    """Something that a measurement needs is not here; the message says what."""


@dataclass
class Figure:
    """One line of the table.

    Attributes:
        name: short and stable, for programs.
        what: what was measured, for people.
        unit: ``x`` (a ratio), ``%``, ``s``, ``ms``, ``MB``, or nothing.
        least: what the figure has to reach; None where nothing was asked.
        aim: what it is meant to reach.
        more_is_better: whether a larger value is a better one.
        value: the median; None when it was not taken.
        detail: both sides of a ratio, sizes, and what else explains the value; or why it was not taken.
        parts: further medians, by name.
        bars: seconds of those compared, for the plot.
    """

    name: str
    what: str
    unit: str
    least: float | None
    aim: float | None
    more_is_better: bool = False
    value: float | None = None
    detail: str = ""
    parts: Sample = field(default_factory=dict)
    bars: dict[str, float] = field(default_factory=dict)

    def reached(self) -> str:
        """Return ``aim``, ``least``, ``no``, or nothing where there is no value or nothing was asked."""
        if self.value is None or self.least is None or self.aim is None:
            return ""
        sign = 1 if self.more_is_better else -1
        for word, bound in (("aim", self.aim), ("least", self.least)):
            if sign * self.value >= sign * bound:
                return word
        return "no"


@dataclass
class Bench:
    """What a run was asked for.

    Attributes:
        data: folder of the sets.
        work: folder for prepared files and indexes, kept between runs.
        venvs: folder of the peers' environments.
        rounds: how often each side is measured.
        quick: whether sizes are cut down, to see that everything works.
        peers: whom to compare with.
        sets: for quality; empty means all.
        documents: how many to index, where that is not to be the usual number.
    """

    data: Path
    work: Path
    venvs: Path
    rounds: int = 3
    quick: bool = False
    peers: Sequence[str] = ()
    sets: Sequence[str] = ()
    documents: int | None = None

    def model(self) -> Path:
        """Return the folder of the embedding model that all sides use."""
        found = run([*ragkit(), "models", "path", "all-MiniLM-L6-v2", "--json"])
        return Path(found["path"])

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full


def fresh(work: Path, package: Path) -> None:
    """Remove the indexes that an earlier run left, if what decides an index has changed since."""
    parts = [path for name in ("load", "split", "embed", "index") for path in (package / name).rglob("*.py")]
    digest = hashlib.sha256()
    for path in sorted([*parts, *package.glob("*.py")]):
        digest.update(path.read_bytes())
    stamp = work / "code.sha256"
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        shutil.rmtree(work / "index", ignore_errors=True)
        work.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest.hexdigest())


def ragkit() -> list[str]:
    """Return the words that start ragkit: the installed command, as its users run it."""
    command = Path(sys.executable).with_name("ragkit.exe" if sys.platform == "win32" else "ragkit")
    return [str(command)] if command.exists() else [sys.executable, "-m", "ragkit"]


def script(name: str) -> list[str]:
    """Return the words that start a measurement of this folder with the project's Python."""
    return [sys.executable, str(HERE / f"{name}.py")]


def run(words: Sequence[str | Path], *, timeout: float = 7200, env: Mapping[str, str] | None = None) -> Sample:
    """Run a fresh process and return the JSON it printed, with ``wall_s`` and ``peak_mb`` added.

    Raises:
        ChildFailedError: it failed, took too long, or printed no JSON.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **QUIET, **(env or {})},
        )
        late = threading.Event()
        timer = threading.Timer(timeout, lambda: (late.set(), child.kill()))
        timer.start()
        try:
            peak = _wait(child)
        except BaseException:
            child.kill()
            raise
        finally:
            timer.cancel()
        wall = time.perf_counter() - began
        out.seek(0)
        err.seek(0)
        text, said = out.read().decode(errors="replace"), err.read().decode(errors="replace")
    if child.returncode:
        why = f"was stopped after {timeout:.0f} s" if late.is_set() else f"ended with {child.returncode}"
        raise ChildFailedError(f"{_short(words)} {why}: {said.strip()[-600:]}")
    return {**_json(text, words), "wall_s": wall, "peak_mb": peak}


def _wait(child: subprocess.Popen[bytes]) -> float | None:
    """Wait for a process; return the most memory that it, or one of its children, held, in MB."""
    if not hasattr(os, "wait4"):
        child.wait()
        return None
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def _json(text: str, words: Sequence[str | Path]) -> Sample:
    """Read the whole output, or else its last line, as a JSON object."""
    lines = text.strip().splitlines()
    for candidate in (text, lines[-1] if lines else ""):
        try:
            found = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    raise ChildFailedError(f"{_short(words)} printed no JSON: {text.strip()[-300:]!r}")


def _short(words: Sequence[str | Path]) -> str:
    return " ".join(Path(word).name if Path(word).is_absolute() else str(word) for word in words[:4])


def take_turns(sides: Mapping[str, Callable[[], Sample]], rounds: int, *, warm_up: bool = False) -> Taken:
    """Measure each side once a round, so that a machine that slows down slows all of them.

    A side that fails is left out of the later rounds; a side whose name does not begin with ``ragkit`` may fail.

    Args:
        sides: what to measure, by name.
        rounds: how often.
        warm_up: whether a first round is thrown away, because it fills the file cache.
    """
    taken = Taken({name: [] for name in sides}, {})
    for number in range(rounds + warm_up):
        for name, side in sides.items():
            if name in taken.failed:
                continue
            log(f"  round {number + 1} of {rounds + warm_up}: {name}")
            try:
                sample = side()
            except (ChildFailedError, SkippedError) as error:
                if name.startswith("ragkit"):
                    raise
                taken.failed[name] = str(error)
                log(f"  {name} is left out: {error}")
                continue
            if number or not warm_up:
                taken.samples[name].append(sample)
    return taken


@dataclass
class Taken:
    """What the rounds gave: samples by side, and why sides are missing."""

    samples: dict[str, list[Sample]]
    failed: dict[str, str]

    def median(self, side: str, key: str) -> float:
        """Return the median of a number that the samples of a side hold."""
        return median(float(sample[key]) for sample in self.samples[side])

    def present(self, sides: Sequence[str]) -> list[str]:
        """Return those of the sides that gave something."""
        return [side for side in sides if self.samples.get(side)]

    def fastest(self, sides: Sequence[str], key: str) -> str:
        """Return the side with the smallest median.

        Raises:
            SkippedError: none of them gave anything.
        """
        there = self.present(sides)
        if not there:
            raise SkippedError("; ".join(self.failed.values()) or "no peer was measured")
        return min(there, key=lambda side: self.median(side, key))


def log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> Sample:
    """Say what this machine is, for the head of the table."""
    from importlib.metadata import version

    cpu = platform.processor() or platform.machine()
    flags: set[str] = set()
    info = Path("/proc/cpuinfo")
    if info.exists():
        facts = dict(
            (part.strip() for part in line.split(":", 1)) for line in info.read_text().splitlines() if ":" in line
        )
        cpu, flags = facts.get("model name", cpu), set(facts.get("flags", "").split())
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = ("ragkit", "openvino", "faiss-cpu", "tantivy", "torch", "sentence-transformers")
    return {
        "processor": cpu,
        "cores": cores,
        "bf16": bool(flags & {"avx512_bf16", "amx_bf16"}),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "versions": {name: version(name) for name in names},
    }
