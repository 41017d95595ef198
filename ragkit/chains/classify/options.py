"""Options of labels and of sentiment."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ragkit.chains.classify import classify, sentiment
from ragkit.chains.options import Blueprint, ChainOptions, ExamplesOptions, Resources
from ragkit.generate.generator import spec_of


class ClassifyOptions(ExamplesOptions):
    """Options of the chain `classify`."""

    labels: list[str] | None = Field(None, description="The labels; those of the examples where absent.")
    instruction: str = Field("", description="What is told of the text, in a sentence.")
    descriptions: dict[str, str] = Field(default_factory=dict, description="What labels mean.")
    mode: Literal["auto", "nearest", "likelihood", "constrained"] = "auto"

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text to Classification."""
        unnamed = self.mode == "auto" and self.model is None and self.examples is not None
        nearest = self.mode == "nearest" or unnamed
        options: dict[str, Any] = {**self.choosing, "descriptions": self.descriptions, "task": self.instruction}
        if not nearest:
            options["mode"] = self.mode
        examples = self.find_examples(resources)
        model = "" if nearest else spec_of(self.model)
        how = "nearest examples" if nearest else f"{self.mode}, {model}"
        return Blueprint(
            lambda: classify(self.labels, examples, self.model, nearest=nearest, embedder=self.embedder, **options),
            (*(() if nearest else self.picture()), ("classify", f"{how}, {self._labels()}")),
            model,
        )

    def _labels(self) -> str:
        if isinstance(self.examples, str) and self.labels is None:
            return f"the labels of {self.examples}"
        listed = self.examples if isinstance(self.examples, list) else []
        named = self.labels or [str(each.get("label", each.get("answer"))) for each in listed]
        return f"{len(set(named))} labels"


class SentimentOptions(ChainOptions):
    """Options of the chain `sentiment`."""

    k: int = Field(6, ge=0, description="Examples to show.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text to Classification, as positive or negative."""
        model = spec_of(self.model)
        steps = (
            ("examples", f"{self.k} of those that come with ragkit"),
            ("classify", f"positive or negative, {model}"),
        )
        return Blueprint(lambda: sentiment(self.model, embedder=self.embedder, k=self.k), steps, model)
