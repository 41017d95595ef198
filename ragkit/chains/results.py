"""What chains return, as JSON and as text for people; each result class has its own two writers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ragkit.core.types import Answer
from ragkit.ground.rendering import answer_json, render

if TYPE_CHECKING:
    from collections.abc import Mapping


@runtime_checkable
class ChainResult(Protocol):
    """What a chain returns."""

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        ...

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        ...


class Generated(Protocol):
    """A result that a generator may have had a part in."""

    @property
    def model(self) -> str:
        """Spec of the generator; empty without one."""
        ...

    @property
    def usage(self) -> Mapping[str, int]:
        """Tokens read and written."""
        ...

    @property
    def timings(self) -> Mapping[str, float]:
        """Seconds."""
        ...


def result_json(result: Any) -> dict[str, Any]:
    """Return a result of any chain in its stable JSON form.

    Raises:
        TypeError: no chain returns such a result.
    """
    if isinstance(result, Answer):
        return answer_json(result)
    return _checked(result).to_json()


def result_text(result: Any, base: str = "") -> str:
    """Write a result for people.

    Args:
        result: of any chain.
        base: folder that document paths are relative to.

    Raises:
        TypeError: no chain returns such a result.
    """
    if isinstance(result, Answer):
        return render(result, base)
    return _checked(result).to_text(base)


def _checked(result: Any) -> ChainResult:
    if not isinstance(result, ChainResult):
        raise TypeError(f"no chain returns a {type(result).__name__}: its result needs to_json and to_text")
    return result


def made_json(result: Generated) -> dict[str, Any]:
    """Return what made a result: ``model``, ``usage`` and ``timings``."""
    return {
        "model": result.model,
        "usage": {key: result.usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in result.timings.items()},
    }
