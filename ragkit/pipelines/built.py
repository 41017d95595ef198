"""A pipeline that can run, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.runnables import Runnable

NO_MODEL = "no generator"


@dataclass(frozen=True)
class Built:
    """A pipeline that can run.

    Attributes:
        name: its name.
        make: makes the chain.
        input: name of the field of a row that the chain works on.
        model: spec of the generator; empty where none is called.
        steps: what happens to the input one after the other, each with what it does: for the picture.
        said: all that the pipeline says, settings included; tells results of one pipeline from those of another.
    """

    name: str
    make: Callable[[], Runnable[Any, Any]]
    input: str
    model: str
    steps: tuple[tuple[str, str], ...]
    said: str = ""

    @cached_property
    def chain(self) -> Runnable[Any, Any]:
        """A LangChain Runnable from the value of a row's ``input`` field; made when it is first needed."""
        return self.make()

    def picture(self) -> str:
        """Draw the steps, one below the other."""
        width = max(len(name) for name, _ in self.steps)
        lines: list[str] = []
        for number, (name, what) in enumerate(self.steps):
            lines += ["  |", "  v"] if number else []
            lines.append(f"{name:{width}}  {what}".rstrip())
        return "\n".join(lines)
