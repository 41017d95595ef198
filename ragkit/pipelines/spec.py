"""What a pipeline file may say: a registered chain's options, and what all pipelines have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union

from pydantic import Field, TypeAdapter, create_model

from ragkit.chains.registry import chains, find_chain
from ragkit.pipelines.graph import GraphSpec

if TYPE_CHECKING:
    from pydantic import BaseModel


def camel(name: str) -> str:
    """Return a chain's name as that of a class."""
    return "".join(part.capitalize() for part in name.split("_"))


@cache
def pipeline_model(name: str) -> type[BaseModel]:
    """Return the model of pipelines of one chain."""
    chain = find_chain(name)
    fields: dict[str, Any] = {
        "task": (Literal[name], ...),
        "description": (
            str,
            Field(min_length=1, description="What it does, in a sentence; `ragkit run --list` shows it."),
        ),
        "input": (str, Field(chain.input, description=f"Name of the field of a row that holds {chain.takes}.")),
    }
    return create_model(camel(name), __base__=chain.load_options(), __doc__=chain.summary, **fields)


@cache
def step_model(name: str) -> type[BaseModel]:
    """Return the model of the steps of one chain."""
    chain = find_chain(name)
    fields: dict[str, Any] = {
        "task": (Literal[name], ...),
        "name": (str, Field(pattern=r"^[A-Za-z][\w-]*$", description="What later steps and results call it.")),
        "input": (Any, Field(None, description=f"{chain.takes}; with ${{input}}, ${{item}}, ${{steps.NAME.FIELD}}.")),
        "for_each": (str | None, Field(None, description="A list, such as ${steps.NAME.FIELD}: run for each of it.")),
        "when": (
            dict[str, Any] | None,
            Field(None, description="steps.NAME.FIELD to a value, a list, {not: ...} or {empty: ...}: all must hold."),
        ),
    }
    return create_model(f"{camel(name)}Step", __base__=chain.load_options(), __doc__=chain.summary, **fields)


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a pipeline, those that all have first."""
    names = ("description", "name", "task", "input", "for_each", "when", "model", "embedder")
    common = [each for each in names if each in model.model_fields]
    return [*common, *(each for each in model.model_fields if each not in common)]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of pipeline files."""
    steps: Any = Union[tuple(step_model(name) for name in chains())]  # noqa: UP007 - made of a list
    several: Any = (list[steps], Field(min_length=1))
    graph = create_model("Graph", __base__=GraphSpec, __doc__=GraphSpec.__doc__, steps=several)
    models: Any = Union[(*(pipeline_model(name) for name in chains()), graph)]
    adapter: TypeAdapter[Any] = TypeAdapter(models)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ragkit pipeline",
        **adapter.json_schema(by_alias=True),
    }
