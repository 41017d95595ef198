"""A pipeline's description to the chain that it describes, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ragkit.chains.options import Resources
from ragkit.chains.registry import find_chain
from ragkit.pipelines.graph import GraphResult, GraphSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from langchain_core.runnables import Runnable

    from ragkit.collection import Collection
    from ragkit.pipelines.read import Loaded


@dataclass(frozen=True)
class Built:
    """A pipeline that can run.

    Attributes:
        name: its name.
        make: makes the chain.
        input: name of the field of a row that the chain works on.
        model: spec of the generator; empty where none is called.
        steps: what happens to the input one after the other, each with what it does: for the picture.
        said: content of the pipeline, settings included; results of another content are not reused.
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
            below = "\n" + " " * (width + 2)
            lines.append(f"{name:{width}}  {what}".rstrip().replace("\n", below))
        return "\n".join(lines)


def build(loaded: Loaded) -> Built:
    """Build the chain that a pipeline describes; models and index are loaded when they are first needed.

    Raises:
        ConfigError: an option is wrong.
    """
    spec = loaded.spec
    made = spec.blueprint(Resources(loaded.name, loaded.path.parent, open_index))
    if isinstance(spec, GraphSpec):
        takes, result = made.takes, GraphResult.__name__
    else:
        chain = find_chain(spec.task)
        takes, result = made.takes or chain.takes, chain.result
    steps = ((spec.input, takes), *made.steps, (result, ""))
    content = f"{made.model} {spec.model_dump_json(exclude={'description'})}"
    return Built(loaded.name, made.make, spec.input, made.model, steps, content)


def open_index(*folders: str | Path, embedder: str | None = None, model: str | None = None) -> Collection:
    """Open an index, or several as one; no folder stands for the settings'."""
    if len(folders) > 1:
        from ragkit.index import Indexes

        return Indexes(*folders, embedder=embedder, model=model)
    from ragkit.index import Index

    return Index(folders[0] if folders else None, embedder=embedder, model=model)
