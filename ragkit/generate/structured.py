"""Answers held to a JSON schema, for chat models whose runtime can enforce one."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import MissingExtra

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.runnables import Runnable

# Keywords of JSON Schema (draft 2020-12) whose values are schemas by name, and a schema or several. Those of allOf are
# left open, since they are one object together.
_NAMED = ("properties", "patternProperties", "$defs", "definitions")
_NESTED = ("items", "prefixItems", "anyOf", "oneOf")


def with_json_schema(
    model: BaseChatModel, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
) -> Runnable[LanguageModelInput, Any]:
    """Bind a schema to a model that takes ``json_schema`` as a call option, and parse its answers.

    Args:
        model: the chat model.
        schema: Pydantic class, TypedDict class or JSON schema.
        include_raw: return ``{"raw", "parsed", "parsing_error"}`` instead of the parsed answer.
        **kwargs: ``method`` and ``strict``, accepted for LangChain's sake.

    Raises:
        ValueError: another keyword is among them.
    """
    from operator import itemgetter

    from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
    from langchain_core.runnables import RunnableMap, RunnablePassthrough
    from langchain_core.utils.function_calling import convert_to_json_schema
    from langchain_core.utils.pydantic import is_basemodel_subclass

    method = kwargs.pop("method", "json_schema")
    kwargs.pop("strict", None)
    if kwargs:
        raise ValueError(f"with_structured_output does not know {', '.join(sorted(kwargs))}")
    described = {"kwargs": {"method": method}, "schema": schema}
    bound = model.bind(json_schema=convert_to_json_schema(schema), ls_structured_output_format=described)
    parser: Any = (
        PydanticOutputParser(pydantic_object=schema)
        if isinstance(schema, type) and is_basemodel_subclass(schema)
        else JsonOutputParser()
    )
    if not include_raw:
        return bound | parser
    parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")


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
