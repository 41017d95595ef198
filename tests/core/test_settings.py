"""Settings: argument over environment over ragkit.toml over default; what is wrong is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_EMBEDDER, Settings, default_models_dir, settings, thread_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import os

    for name in [name for name in os.environ if name.startswith("RAGKIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_defaults_hold_where_nothing_is_said():
    assert (settings().k, settings().embedder, str(settings().index)) == (5, DEFAULT_EMBEDDER, ".ragkit")
    assert settings().models_dir == default_models_dir()


def test_each_source_wins_over_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ragkit.toml").write_text("k = 7\nthreads = 3\n")
    assert (settings().k, settings().threads) == (7, 3)
    settings.cache_clear()
    monkeypatch.setenv("RAGKIT_K", "8")
    assert (settings().k, settings().threads) == (8, 3)
    assert Settings(k=9).k == 9


@pytest.mark.parametrize(
    ("text", "what"),
    [("k = 0", "k: "), ("K9 = 1", "K9: "), ("k = 'many'", "k: "), ("k = [", "cannot be read")],
)
def test_a_wrong_file_is_an_error_that_says_where(tmp_path: Path, text: str, what: str):
    (tmp_path / "ragkit.toml").write_text(text)
    with pytest.raises(ConfigError, match=what):
        settings()


def test_a_wrong_variable_is_an_error_that_says_where(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAGKIT_THREADS", "-1")
    with pytest.raises(ConfigError, match="threads: "):
        settings()


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        settings().k = 9  # pyright: ignore - the test is that this fails


def test_the_number_of_threads_is_what_was_asked_for_or_what_there_is(monkeypatch: pytest.MonkeyPatch):
    assert thread_count() >= 1
    settings.cache_clear()
    monkeypatch.setenv("RAGKIT_THREADS", "3")
    assert thread_count() == 3
