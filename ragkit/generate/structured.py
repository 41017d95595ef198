"""Answers held to a JSON schema, for chat models whose runtime can enforce one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.runnables import Runnable


def with_json_schema(
    model: BaseChatModel, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
) -> Runnable[LanguageModelInput, Any]:
    """Bind a schema to a model that takes ``json_schema`` as a call option, and parse what it answers.

    Args:
        model: the chat model.
        schema: Pydantic class, TypedDict class or JSON schema.
        include_raw: return ``{"raw", "parsed", "parsing_error"}`` instead of the parsed answer.
        **kwargs: ``method`` and ``strict``, accepted for LangChain's sake.

    Raises:
        ValueError: another keyword was given.
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
