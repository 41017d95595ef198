"""A folder to run the examples in: the handbook by relative path, and an index of it made once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from docs_blocks import ROOT
from docs_running import PRISTINE, index_once

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def prepared(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder, and what indexing the handbook printed."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "corpora" / "handbook", folder / "corpora" / "handbook")
    before = Path.cwd()
    os.chdir(folder)
    try:
        return folder, index_once()
    finally:
        os.chdir(before)


@pytest.fixture
def workspace(prepared: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder as it is before any example; the handbook is indexed in handbook.index."""
    folder, _ = prepared
    shutil.copytree(folder / PRISTINE, folder / "handbook.index")
    monkeypatch.chdir(folder)
    yield folder
    for entry in folder.iterdir():
        if entry.name not in ("corpora", PRISTINE):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
