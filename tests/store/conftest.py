"""A folder of files and an index of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from index_work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    made = Work(tmp_path)
    yield made
    made.store.close()
