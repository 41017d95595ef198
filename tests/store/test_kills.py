"""Killed at 200 random moments: the index stays sound, shows whole documents only, and is finished by the next run."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest
from index_work import rows_file

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the runs are forked")

MOMENTS = int(os.environ.get("RAGKIT_KILLS", "200"))  # of all actions together; fewer for a quick look
SHARES = {"build": 0.3, "update": 0.3, "remove": 0.08, "compact": 0.08, "mend": 0.08, "salvage": 0.08, "reembed": 0.08}
PREPARED = {"build": [], "compact": ["index", "room"], "mend": ["index", "rows"], "salvage": ["index", "pages"]}
SERVERS = 2  # runs that go on at the same time
ENOUGH = 20  # moments of which one surely lies between two writes
ATTEMPTS = 20  # draws of a moment until one comes before the run is done
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # no threads where children are forked


class Server:
    """The process that forks, kills and checks."""

    def __init__(self) -> None:
        script = str(Path(__file__).with_name("kill_server.py"))
        self._process = subprocess.Popen(
            [sys.executable, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **ENVIRONMENT},
        )

    def ask(self, do: str, action: str, folder: Path, files: Path, delay: float | None = None) -> dict[str, Any]:
        """Have a run made, or a killed one checked and finished."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"do": do, "action": action, "folder": str(folder), "files": str(files), "delay": delay}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        assert "error" not in said, said["error"]
        return said

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Server]]:
    made = [Server() for _ in range(SERVERS)]
    yield made
    for server in made:
        server.close()


def row(file: int, number: int, version: str) -> str:
    return f"File {file} row {number} speaks of subject{file}x{number} {version}."


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two versions of a folder: half of the files changed, some gone, some new."""
    base = tmp_path_factory.mktemp("versions")
    for version, numbers in (("old", range(12)), ("new", range(3, 15))):
        (base / version).mkdir()
        for file in numbers:
            texts = {str(number): row(file, number, version if file % 2 else "") for number in range(file % 3, 12)}
            (base / version / f"{file:03}.jsonl").write_text(rows_file(texts), "utf-8")
    return {"old": base / "old", "new": base / "new"}


class Case:
    """One action on copies of one index.

    Args:
        base: an empty folder.
        server: makes the runs that are not killed.
        files: versions of the files by name.
        action: what is killed, and on which index.
    """

    def __init__(self, base: Path, server: Server, files: dict[str, Path], action: str) -> None:
        self.base = base
        self.files = files["old" if action == "build" else "new"]
        self.action = {"build": "index", "update": "index", "mend": "repair", "salvage": "repair"}.get(action, action)
        self.template = base / "template"
        for step in PREPARED.get(action, ["index"]):
            server.ask("prepare", step, self.template, files["old"] if action == "update" else self.files)
        took: list[float] = []
        for number in range(3):
            folder = self.copy(f"unkilled{number}")
            took.append(server.ask("run", self.action, folder, self.files)["seconds"])
        self.took = median(took)
        whole = server.ask("check", self.action, self.base / "unkilled0", self.files)["result"]
        assert whole["unsound"] == []
        self.after = whole["contents"]
        self.before = server.ask("check", self.action, self.template, self.files)["result"]["contents"]

    def copy(self, name: str) -> Path:
        folder = self.base / name
        if self.template.exists():
            shutil.copytree(self.template, folder)
        return folder

    def killed(self, server: Server, number: int, draw: random.Random) -> str | None:
        """Kill one run, look at what it left and finish it; returns what it held after the kill."""
        for attempt in range(ATTEMPTS):
            folder = self.copy(f"run{number}.{attempt}")
            moment = draw.uniform(0, self.took)
            if server.ask("run", self.action, folder, self.files, moment)["killed"]:
                break
            shutil.rmtree(folder)
        else:
            pytest.fail(f"no run of {self.action} lasted as long as those before")
        found = server.ask("finish", self.action, folder, self.files)["result"]
        damaged = self.action == "repair" and found["left"]["contents"] == self.before
        assert damaged or found["left"]["unsound"] == [], f"killed after {moment} s"
        assert found["whole"] == {"contents": self.after, "unsound": []}, f"killed after {moment} s"
        shutil.rmtree(folder)
        return found["left"]["contents"]


@pytest.fixture
def states(
    request: pytest.FixtureRequest, tmp_path: Path, servers: list[Server], files: dict[str, Path]
) -> tuple[Case, list[str | None]]:
    """The states that runs of an action left when they were killed, each of them checked and finished."""
    action: str = request.param
    case = Case(tmp_path, servers[0], files, action)
    moments = round(MOMENTS * SHARES[action])

    def part(place: int) -> list[str | None]:
        draw = random.Random(f"{action} {place}")
        return [case.killed(servers[place], number, draw) for number in range(place, moments, SERVERS)]

    with ThreadPoolExecutor(SERVERS) as pool:
        parts = list(pool.map(part, range(SERVERS)))
    return case, [state for left in parts for state in left]


@pytest.mark.parametrize("states", ["build", "update"], indirect=True)
def test_a_killed_indexing_run_leaves_whole_documents_and_is_finished_by_the_next(states):
    case, left = states
    assert len(left) == round(MOMENTS * SHARES["build"])
    if len(left) > ENOUGH:
        assert set(left) - {case.before, case.after}, "no kill came between two writes"


@pytest.mark.parametrize("states", ["remove", "reembed", "mend", "salvage"], indirect=True)
def test_what_is_killed_has_happened_wholly_or_not_at_all(states):
    case, left = states
    assert case.before != case.after
    assert set(left) <= {case.before, case.after}


@pytest.mark.parametrize("states", ["compact"], indirect=True)
def test_a_killed_compaction_changes_nothing_that_is_held(states):
    case, left = states
    assert case.before == case.after
    assert set(left) == {case.before}
