"""What a pipeline file may say: a registered chain's options, and what all pipelines have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union

from pydantic import Field, TypeAdapter, create_model

from ragkit.chains.registry import chains, find_chain

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


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a pipeline, those that all have first."""
    common = ("description", "input", "model", "embedder")
    return [*common, *(each for each in model.model_fields if each not in common)]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of pipeline files."""
    models: Any = Union[tuple(pipeline_model(name) for name in chains())]  # noqa: UP007 - made of a list
    adapter: TypeAdapter[Any] = TypeAdapter(models)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ragkit pipeline",
        **adapter.json_schema(by_alias=True),
    }
