"""Options of sums in words."""

from __future__ import annotations

from pydantic import Field

from ragkit.chains.math import math
from ragkit.chains.options import Blueprint, ChainOptions, Resources
from ragkit.generate.generator import spec_of


class MathOptions(ChainOptions):
    """Options of the chain `math`."""

    tries: int = Field(3, ge=1, le=10, description="How often the generator is asked at most.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return sum in words to Calculation."""
        model = spec_of(self.model)
        steps = (
            ("generate", f"step by step, {model}"),
            ("check", f"each equation is worked out; wrong ones are told, {self.tries} tries at most"),
        )
        return Blueprint(lambda: math(self.model, tries=self.tries), steps, model)
