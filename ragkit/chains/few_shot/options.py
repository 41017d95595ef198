"""Options of tasks with examples."""

from __future__ import annotations

from pydantic import Field

from ragkit.chains.few_shot import few_shot
from ragkit.chains.options import Blueprint, ExamplesOptions, Resources
from ragkit.generate.generator import spec_of


class FewShotOptions(ExamplesOptions):
    """Options of the chain `few_shot`."""

    instruction: str | None = Field(None, description="What to do; may be left out where examples show it.")
    max_tokens: int = Field(300, ge=1, description="Tokens of a reply.")
    after: str = Field("", description="What the text begins after in a reply; what stands before it is reasoning.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text to Completion."""
        options = {**self.choosing, **self.model_dump(include={"instruction", "max_tokens", "after"})}
        examples = self.find_examples(resources)
        model = spec_of(self.model)
        return Blueprint(
            lambda: few_shot(examples, self.model, embedder=self.embedder, **options),
            (*self.picture(), ("generate", model)),
            model,
        )
