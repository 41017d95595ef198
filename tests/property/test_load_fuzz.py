"""Any bytes through every loader: an outcome with a reason that was foreseen, sound text, no crash, no hang.

``RAGKIT_FUZZ_CASES=10000`` tries so many instead of a few hundred and reports all that goes wrong, with how often;
``RAGKIT_FUZZ_SEED`` chooses others, ``RAGKIT_FUZZ_FILES`` names a folder of further files to damage.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from fuzz_cases import damaged_files, random_files
from fuzz_worker import Worker
from hypothesis import HealthCheck, Phase, given, seed, settings

CASES = int(os.environ.get("RAGKIT_FUZZ_CASES", "0"))
SEED = int(os.environ.get("RAGKIT_FUZZ_SEED", "1"))
KEEP = os.environ.get("RAGKIT_FUZZ_KEEP")  # a folder for the files that something went wrong with

SLOW = 3.0  # seconds; such files are worth a look, and are kept too

quick = settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=HealthCheck)
thorough = settings(
    max_examples=max(CASES, 1), deadline=None, database=None, phases=[Phase.generate], suppress_health_check=HealthCheck
)


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.mark.skipif(CASES > 0, reason="the thorough test runs instead")
@pytest.mark.parametrize("files", [random_files(), damaged_files()], ids=["random", "damaged"])
def test_any_file_ends_with_an_outcome_that_was_foreseen(files, worker):
    @quick
    @given(files)
    def check(case):
        problems = worker.read(*case.file()).problems
        assert not problems, f"{case}: {problems}"

    check()


def keep(file, why):
    if KEEP:
        digest = hashlib.sha256(file[1]).hexdigest()[:8]
        (Path(KEEP) / f"{digest}-{file[0]}").write_bytes(file[1])
        (Path(KEEP) / f"{digest}.txt").write_text(f"{file[0]}\n{why}\n")


@pytest.mark.skipif(CASES == 0, reason="set RAGKIT_FUZZ_CASES, for example to 10000; takes minutes")
def test_many_files_end_with_outcomes_that_were_foreseen(worker, capsys):
    outcomes, problems, slowest = Counter(), Counter(), []

    @seed(SEED)
    @thorough
    @given(random_files() | damaged_files() | damaged_files() | damaged_files())
    def check(case):
        file = case.file()
        verdict = worker.read(*file)
        outcomes[verdict.outcome] += 1
        slowest.append((round(verdict.seconds, 2), file[0]))
        for problem in verdict.problems:
            alike = re.sub(r"0x[0-9a-f]+|\d{2,}|'[^']*'", "#", problem)
            problems[alike] += 1
            if problems[alike] <= 3:
                keep(file, problem)
        if verdict.seconds > SLOW:
            keep(file, f"took {verdict.seconds:.1f} s")

    check()
    report = [f"{sum(outcomes.values())} files: {dict(outcomes.most_common())}; slowest {sorted(slowest)[-5:]}"]
    report += [f"{count:6} {problem}" for problem, count in problems.most_common()]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(report) + "\n")
    assert not problems, f"{sum(problems.values())} of {len(slowest)} files"
