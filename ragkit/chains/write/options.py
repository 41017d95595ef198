"""Options of documents from an outline."""

from __future__ import annotations

from ragkit.chains.options import NO_MODEL, AnsweringOptions, Blueprint, Resources
from ragkit.chains.write import write


class WriteOptions(AnsweringOptions):
    """Options of the chain `write`."""

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return outline to Answer, a document."""
        index = self.open(resources)
        model = self.generator_of(index)
        steps = (
            ("search", f"for each section: {self.over(index)}"),
            ("write", f"each section, {model or NO_MODEL}"),
            ("ground", "each sentence with its quote, sections that the sources do not know say so"),
        )
        return Blueprint(lambda: write(index, **self.answering), steps, model)
