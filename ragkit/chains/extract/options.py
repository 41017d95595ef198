"""Options of forms: which fields, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ragkit.chains.extract import extract
from ragkit.chains.options import Blueprint, ChainOptions, Resources
from ragkit.generate.generator import spec_of

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


class FieldSpec(BaseModel):
    """A field that is extracted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field("", description="What it means.")
    type: Literal["string", "number", "integer", "boolean"] = "string"
    choices: list[str] | None = Field(None, description="Values it may have.")

    def schema_of(self) -> dict[str, Any]:
        """Return it as JSON Schema has it."""
        named = {"type": self.type, "description": self.description}
        return named | ({"enum": self.choices} if self.choices else {})


class ExtractOptions(ChainOptions):
    """Options of the chain `extract`."""

    fields: dict[str, FieldSpec | str] = Field(
        min_length=1, description="Fields by name, each with what it means, or with description, type and choices."
    )

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text or file to Extraction."""
        fields = {
            name: (FieldSpec.model_validate({"description": each}) if isinstance(each, str) else each).schema_of()
            for name, each in self.fields.items()
        }

        def chain() -> Runnable[Any, Any]:
            from langchain_core.runnables import RunnableLambda

            from ragkit.chains.documents import documents

            schema = {"type": "object", "properties": fields}
            return RunnableLambda(documents) | extract(schema, self.model, embedder=self.embedder)

        model = spec_of(self.model)
        steps = (
            ("read", "to documents"),
            ("search", f"what bears on {', '.join(self.fields)}"),
            ("generate", f"values and their sources, {model}"),
            ("check", "each value stands in its quote, or is null"),
        )
        return Blueprint(chain, steps, model)
