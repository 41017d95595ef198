"""Running the command line as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ragkit.core.settings import load_settings


@dataclass(frozen=True, slots=True)
class Run:
    code: int
    out: str
    err: str


@pytest.fixture
def ragkit(tmp_path: Path, models_dir: Path) -> Callable[..., Run]:
    """Run ``ragkit`` in a process of its own, in an empty folder."""

    def run(*words: str | Path, **environment: str) -> Run:
        done = subprocess.run(
            [sys.executable, "-m", "ragkit", *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, "RAGKIT_MODELS_DIR": str(load_settings().models_dir), **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Run(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A small folder of documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "engines.md").write_text(
        "# Workshop\n\nThe harbour workshop repairs engines for the whole fleet. Repairs take nine days on average.\n"
    )
    (folder / "bread.txt").write_text("The bakery opens at six in the morning. A loaf of rye bread costs 4.20 euros.\n")
    return folder
