"""Options of questions of several steps."""

from __future__ import annotations

from pydantic import Field

from ragkit.chains.multi_hop import multi_hop
from ragkit.chains.options import NO_MODEL, AnsweringOptions, Blueprint, Resources


class MultiHopOptions(AnsweringOptions):
    """Options of the chain `multi_hop`."""

    steps: int = Field(4, ge=1, le=20, description="Steps at most.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return question of several steps to Answer."""
        named = self.index if isinstance(self.index, list) else [self.index] if self.index else []
        each = {"embedder": self.embedder, "model": self.model}
        indexes = {folder: resources.open_index(folder, **each) for folder in named}
        if not indexes:
            index = resources.open_index(**each)
            indexes = {str(index.name): index}
        model = self.generator_of(next(iter(indexes.values())))
        steps = (
            ("decompose", f"to {self.steps} steps at most"),
            *((("route", f"each to one of {', '.join(indexes)}"),) if len(indexes) > 1 else ()),
            ("answer", f"step by step, {model or NO_MODEL}"),
            ("combine", "from what the steps rest on"),
        )
        return Blueprint(lambda: multi_hop(indexes, steps=self.steps, **self.answering), steps, model)
