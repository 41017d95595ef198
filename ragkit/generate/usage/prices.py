"""What tokens of a model cost, from a file that the user writes.

The file is TOML: ``currency``, and for each model, by its spec without options or by its name alone, a table with the
prices of a million tokens::

    currency = "EUR"

    ["openai:some-model"]
    input = 0.40
    cached = 0.10
    output = 1.60

ragkit brings no prices along: they change, and differ by contract. Models on this machine cost nothing.
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = ("llamacpp", "transformers")
MILLION = 1_000_000
# Names of a price in the file; "cached" may be left out.
_KEYS = {"input", "cached", "output"}


@dataclass(frozen=True, slots=True)
class Price:
    """Prices of a million tokens.

    Attributes:
        input: of prompts.
        output: of replies.
        cached: of prompts, where the provider remembers them; None costs as much as ``input``.
    """

    input: float
    output: float
    cached: float | None = None

    def of(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """Return what a call costs; ``cached_tokens`` are among ``input_tokens``."""
        cached = self.input if self.cached is None else self.cached
        # Providers count remembered tokens among those of the prompt.
        fresh = input_tokens - cached_tokens
        return (fresh * self.input + cached_tokens * cached + output_tokens * self.output) / MILLION


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by model.

    Attributes:
        currency: of all of them; empty where the file names none.
        models: by spec without options, or by name.
        path: the file they are from.
    """

    currency: str = ""
    models: Mapping[str, Price] = field(default_factory=dict[str, Price])
    path: Path | None = None

    def of(self, spec: str) -> Price | None:
        """Return the price of a model; None where it is not known. Models on this machine cost nothing."""
        name = spec.partition("?")[0]
        provider, _, model = name.partition(":")
        found = self.models.get(name) or self.models.get(model)
        return Price(0.0, 0.0, 0.0) if found is None and provider in LOCAL else found


def default_path() -> Path:
    """Return the file that prices are read from where no other is named."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"))
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "ragkit" / "prices.toml"


def load_prices(path: Path | None = None) -> Prices:
    """Read prices.

    Args:
        path: the file; None takes the default one, which need not be there.

    Raises:
        ConfigError: the file is not there, no TOML, or holds something else than prices.
    """
    chosen = path or default_path()
    if path is None and not chosen.exists():
        return Prices(path=chosen)
    try:
        table = tomllib.loads(chosen.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"the prices {chosen} cannot be read ({error.strerror}): check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the prices {chosen} are no TOML ({error}): correct the file") from error
    currency = str(table.pop("currency", ""))
    return Prices(currency, {name: _price(name, each, chosen) for name, each in table.items()}, chosen)


def _price(name: str, values: Any, path: Path) -> Price:
    wrong = not isinstance(values, dict) or set(values) - _KEYS or not {"input", "output"} <= set(values)  # pyright: ignore[reportUnknownArgumentType]
    if wrong or any(
        isinstance(value, bool) or not isinstance(value, int | float) or value < 0 for value in values.values()
    ):
        raise ConfigError(
            f"{path}: the prices of {name!r} must be numbers from 0 on named input, output and, if you like, cached, "
            "for a million tokens each"
        )
    return Price(**values)
