"""Settings: argument over environment over ragkit.toml over default; what is wrong is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit import Index
from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_EMBEDDER, Settings, default_models_dir, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("RAGKIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_hold_where_nothing_is_said():
    assert (load_settings().k, load_settings().embedder, str(load_settings().index)) == (5, DEFAULT_EMBEDDER, ".ragkit")
    assert load_settings().models_dir == default_models_dir()


def test_each_source_wins_over_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "ragkit.toml").write_text("k = 7\nthreads = 3\n")
    assert (load_settings().k, load_settings().threads) == (7, 3)
    monkeypatch.setenv("RAGKIT_K", "8")
    assert (load_settings().k, load_settings().threads) == (8, 3)
    assert Settings(k=9).k == 9


@pytest.mark.parametrize(
    ("text", "what"),
    [("k = 0", "k: "), ("K9 = 1", "K9: "), ("k = 'many'", "k: "), ("k = [", "cannot be read")],
)
def test_a_wrong_file_is_an_error_that_says_where(tmp_path: Path, text: str, what: str):
    (tmp_path / "ragkit.toml").write_text(text)
    with pytest.raises(ConfigError, match=what):
        load_settings()


def test_a_wrong_variable_is_an_error_that_says_where(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RAGKIT_THREADS", "-1")
    with pytest.raises(ConfigError, match="threads: "):
        load_settings()


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load_settings().k = 9  # pyright: ignore - the test is that this fails


def test_the_number_of_threads_is_what_was_asked_for_or_what_there_is(monkeypatch: pytest.MonkeyPatch):
    assert load_settings().thread_count >= 1
    monkeypatch.setenv("RAGKIT_THREADS", "3")
    assert load_settings().thread_count == 3


def test_two_indexes_of_one_program_differ_in_what_their_arguments_say(tmp_path: Path):
    small, large = (
        Index(tmp_path / "a", chunk_tokens=50),
        Index(tmp_path / "b", settings=Settings(chunk_tokens=150, k=9)),
    )
    assert (small.settings.chunk_tokens, small.settings.k) == (50, 5)
    assert (large.settings.chunk_tokens, large.settings.k) == (150, 9)
    assert Index(tmp_path / "b", settings=large.settings, k=2).settings.chunk_tokens == 150


def test_a_wrong_keyword_names_the_class_and_the_nearest_option(tmp_path: Path):
    with pytest.raises(ConfigError, match="Index has no option 'chunk_token': did you mean chunk_tokens"):
        Index(tmp_path, chunk_token=50)
    with pytest.raises(ConfigError, match="the options of Index"):
        Index(tmp_path, chunk_tokens=0)
