"""What the chat models that run in this process have in common: options, structured output, one shared engine."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Any

from langchain_core.language_models import BaseChatModel
from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError

from ragkit.core.errors import ConfigError
from ragkit.generate.options import as_stop_list, check_names, describe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable

    from ragkit.core.registry import Spec


class LocalChat(BaseChatModel):
    """A chat model whose weights are in this process.

    Attributes:
        model: name or path of the model.
        temperature: 0 is greedy.
        max_tokens: longest answer; None lets it run to the end of the context.
        seed: for sampling at temperatures above 0; None draws one.
        min_p: least probability relative to the likeliest token, from 0 to 1.
        repeat_penalty: above 1 makes tokens that were used less likely.
        stop: strings that end the answer and are left out of it.
        models_dir: folder of model files; None is ragkit's setting.
    """

    model: str
    temperature: float = Field(default=0.0, ge=0)
    max_tokens: int | None = Field(default=512, ge=1)
    seed: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repeat_penalty: float | None = Field(default=None, gt=0)
    stop: Annotated[list[str] | None, BeforeValidator(as_stop_list)] = None
    models_dir: str | None = Field(default=None, exclude=True, repr=False)

    _engine: Any = PrivateAttr(default=None)

    @classmethod
    def from_spec(cls, spec: Spec) -> Self:
        """Make one from ``provider:MODEL?option=value``.

        Raises:
            ConfigError: an option is unknown or its value is wrong.
            ModelError: the model cannot be used.
        """
        known = set(cls.model_fields) - set(BaseChatModel.model_fields) - {"model"}
        check_names(spec, spec.options, known, f"known: {', '.join(sorted(known))}")
        values: dict[str, Any] = {"model": spec.model, **spec.options}
        if spec.settings is not None:
            values.setdefault("models_dir", str(spec.settings.models_dir))
            if spec.settings.threads and "threads" in cls.model_fields:
                values.setdefault("threads", spec.settings.threads)
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(f"wrong option in {str(spec)!r}: {describe(error)}") from error

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """Count the tokens of messages as the model counts them, the chat template's own included.

        Raises:
            ConfigError: there are tools among the arguments; local models take none.
        """
        if tools:
            raise ConfigError(f"{type(self).__name__} takes no tools: leave them out")
        return self._prompt_size(messages)

    @abstractmethod
    def _prompt_size(self, messages: list[BaseMessage]) -> int: ...

    def close(self) -> None:
        """Release the loaded model; it leaves memory when no other instance uses it, and comes back on next use."""
        self._engine = None

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Make the model answer in a JSON schema: its runtime holds it to that, whatever ``method`` is asked for.

        Args:
            schema: Pydantic class, TypedDict class or JSON schema.
            include_raw: return ``{"raw", "parsed", "parsing_error"}`` instead of the parsed answer.
            **kwargs: ``method`` and ``strict``, which make no difference here.

        Raises:
            MissingExtra: a transformers model without the extra ``structured``.
            ValueError: another keyword is among them.
        """
        from operator import itemgetter

        from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
        from langchain_core.runnables import RunnableMap, RunnablePassthrough
        from langchain_core.utils.function_calling import convert_to_json_schema
        from langchain_core.utils.pydantic import is_basemodel_subclass

        self._require_structured()
        method = kwargs.pop("method", "json_schema")
        kwargs.pop("strict", None)
        if kwargs:
            raise ValueError(f"with_structured_output does not know {', '.join(sorted(kwargs))}")
        # LangChain's tracers and tests look for this description of what a model is bound to.
        described = {"kwargs": {"method": method}, "schema": schema}
        bound = self.bind(json_schema=convert_to_json_schema(schema), ls_structured_output_format=described)
        parser: Any = JsonOutputParser()
        if isinstance(schema, type) and is_basemodel_subclass(schema):
            parser = PydanticOutputParser(pydantic_object=schema)
        if not include_raw:
            return bound | parser
        parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")

    def _require_structured(self) -> None:
        """Raise where what holds an answer to a schema is not installed."""
