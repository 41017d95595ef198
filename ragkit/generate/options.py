"""Options of a generator spec: names and values checked, with a hint in the error."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pydantic import ValidationError

    from ragkit.core.registry import Spec


def check_names(spec: Spec, names: Iterable[str], known: Collection[str], otherwise: str) -> None:
    """Refuse unknown names of options.

    Args:
        spec: the spec that has them, for the message.
        names: the options' names.
        known: those that are right.
        otherwise: the hint where no known name is like the wrong one.

    Raises:
        ConfigError: a name is not known.
    """
    for name in sorted(set(names) - set(known)):
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else otherwise
        raise ConfigError(f"unknown option {name!r} in {str(spec)!r}: {hint}")


def describe(error: ValidationError) -> str:
    """Say in one line what pydantic found wrong."""
    problems: list[Any] = error.errors()
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)


def as_stop_list(value: Any) -> Any:
    """Let one stop string stand for a list of one, as it must in a spec."""
    return [str(value)] if isinstance(value, (str, int, float)) else value
