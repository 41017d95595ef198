"""Options of answers over an index."""

from __future__ import annotations

from ragkit.chains.options import Blueprint, Resources, RoutedOptions


class AnswerOptions(RoutedOptions):
    """Options of the chain `answer`."""

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return question to Answer."""
        index = self.open(resources)
        model = self.generator_of(index)
        steps = (
            ("route", "to the chain of the question's kind" if self.route == "auto" else self.route),
            ("search", self.over(index)),
            ("evidence", "sentences that bear on the question"),
            ("decide", "answer or refuse"),
            *((("generate", model),) if model else ()),
            ("ground", f"each sentence with its quote, unsupported ones: {self.unsupported}"),
        )
        return Blueprint(lambda: index.chain(**self.answering), steps, model)
