"""JSON schemas as transformers models are held to them: what that needs, and what a schema leaves open."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, cast

from ragkit.core.errors import MissingExtra

# Keywords of JSON Schema (draft 2020-12) whose values are schemas by name, and a schema or several. Those of allOf are
# left open, since they are one object together.
_NAMED = ("properties", "patternProperties", "$defs", "definitions")
_NESTED = ("items", "prefixItems", "anyOf", "oneOf")


def check_installed() -> None:
    """Check that the package which holds transformers models to a schema is installed.

    Raises:
        MissingExtra: llguidance is not installed.
    """
    if find_spec("llguidance") is None:
        raise MissingExtra("structured output of transformers models", "llguidance", "structured")


def closed(schema: Any) -> Any:
    """Return a JSON schema whose objects have no properties but the named ones, where it does not say otherwise.

    JSON schema leaves objects open; a model held to an open one may go on inventing properties.
    """
    if isinstance(schema, list):
        return [closed(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        if key in _NAMED and isinstance(value, dict):
            made[key] = {name: closed(each) for name, each in cast("dict[str, Any]", value).items()}
        else:
            made[key] = closed(value) if key in _NESTED else value
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made
