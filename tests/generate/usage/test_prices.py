"""Prices from the user's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.core.errors import ConfigError
from ragkit.generate.usage.prices import Price, load_prices

FILE = """
currency = "EUR"

["openai:large"]
input = 2.0
cached = 0.5
output = 8

["small"]
input = 0.1
output = 0.2
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "prices.toml"
    place.write_text(FILE)
    return place


def test_a_model_is_found_by_its_spec_or_its_name(path: Path) -> None:
    prices = load_prices(path)
    assert prices.currency == "EUR"
    assert prices.of("openai:large?temperature=1") == Price(2.0, 8, 0.5)
    assert prices.of("anything:small") == Price(0.1, 0.2)


def test_what_nobody_priced_is_unknown_and_what_runs_here_is_free(path: Path) -> None:
    prices = load_prices(path)
    assert prices.of("openai:other") is None
    assert prices.of("llamacpp:any") == prices.of("transformers:any") == Price(0.0, 0.0, 0.0)


def test_a_price_is_for_a_million_tokens_and_remembered_ones_cost_their_own() -> None:
    assert Price(2.0, 8.0, 0.5).of(1_000_000, 500_000, 400_000) == pytest.approx(0.6 * 2 + 0.4 * 0.5 + 0.5 * 8)
    assert Price(2.0, 8.0).of(1000, 0, 1000) == pytest.approx(0.002)


def test_without_a_file_only_local_models_have_a_price(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load_prices().of("openai:large") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("= 3", "no TOML"),
        ('["m"]\ninput = 1', "'m' must be numbers"),
        ('["m"]\ninput = -1\noutput = 1', "'m' must be numbers"),
        ('["m"]\ninput = true\noutput = 1', "'m' must be numbers"),
        ('["m"]\ninput = 1\noutput = 1\nouput = 2', "'m' must be numbers"),
        ("m = 3", "'m' must be numbers"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_prices(tmp_path / "p.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_prices(tmp_path / "none.toml")
