"""Options of questions about a code base."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ragkit.chains.options import Blueprint, IndexOptions, Resources


class CodeOptions(IndexOptions):
    """Options of the chain `code`."""

    mode: Literal["auto", "quote", "answer", "write"] = "auto"
    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked for code at most.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return request about a code base to CodeAnswer."""
        index = self.open(resources)
        model = "" if self.mode == "quote" else index.model_spec
        steps = (
            ("search", f"definitions: {self.over(index)}"),
            *((("generate", model),) if model else ()),
            ("check", f"names and parameters are there; wrong code is told, {self.tries} tries at most"),
        )
        return Blueprint(lambda: index.code(mode=self.mode, k=self.k, tries=self.tries), steps, model)
