"""Options of a generator spec checked against the fields of the chat model they configure."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from ragkit.core.registry import Spec

    Model = TypeVar("Model", bound=BaseChatModel)


def model_from_spec(kind: type[Model], spec: Spec) -> Model:
    """Make a chat model of ``kind`` from a spec.

    Raises:
        ConfigError: an option is unknown or its value is wrong.
    """
    known = own_fields(kind) - {"model"}
    unknown = sorted(set(spec.options) - known)
    if unknown:
        near = get_close_matches(unknown[0], known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
        raise ConfigError(f"unknown option {unknown[0]!r} in {str(spec)!r}: {hint}")
    values: dict[str, Any] = {"model": spec.model, **spec.options}
    if spec.settings is not None:
        for name, value in (("models_dir", str(spec.settings.models_dir)), ("threads", spec.settings.threads or None)):
            if name in kind.model_fields:
                values.setdefault(name, value)
    try:
        return kind(**values)
    except ValidationError as error:
        raise ConfigError(f"wrong option in {str(spec)!r}: {describe(error)}") from error


def own_fields(kind: type[BaseChatModel]) -> set[str]:
    """Name the fields that a chat model adds to LangChain's own."""
    from langchain_core.language_models import BaseChatModel

    return set(kind.model_fields) - set(BaseChatModel.model_fields)


def describe(error: ValidationError) -> str:
    """Say in one line what pydantic found wrong."""
    problems: list[Any] = error.errors()
    return "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems)


def as_stop_list(value: Any) -> Any:
    """Let one stop string stand for a list of one, as it must in a spec."""
    return [str(value)] if isinstance(value, (str, int, float)) else value
