"""The handbook, indexed once for all tests of chains."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit import Index
from ragkit.config import DEFAULT_MODEL

HANDBOOK = Path(__file__).parents[2] / "corpora" / "handbook"


@pytest.fixture(scope="session")
def handbook(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of the handbook with the default embedder and generator."""
    folder = tmp_path_factory.mktemp("chains") / "handbook.index"
    # Without the prompt cache greedy replies do not depend on what was asked before.
    index = Index(folder, model=f"{DEFAULT_MODEL}?cache_prompt=false")
    report = index.sync(HANDBOOK)
    assert not report.count("failed")
    return index
