"""Classify a text into one of a closed set of labels; sentiment is one such set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.chains.base import Model
    from ragkit.chains.classify.chain import Classifier
    from ragkit.chains.examples import Examples
    from ragkit.core.types import Embedder


def classify(
    labels: Sequence[str] | None = None,
    examples: Examples = None,
    model: Model = None,
    *,
    nearest: bool | None = None,
    embedder: str | Embedder | None = None,
    **options: Any,
) -> Classifier:
    """Return a Runnable from a text to its label, always one of the labels.

    Args:
        labels: the labels; None takes the answers of the examples.
        examples: a file of examples, an index of them, or examples; None for none.
        model: generator spec, LangChain chat model, or None for the settings'.
        nearest: whether the nearest examples decide, without a generator; None does so where there are examples, and
            neither model nor mode is given.
        embedder: finds the examples that are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.Classifier`.

    Raises:
        ConfigError: an option is wrong.
    """
    from ragkit.chains.classify.chain import Classifier
    from ragkit.chains.examples import as_pool
    from ragkit.generate.generator import as_generator

    # Examples alone are enough, so no model is loaded unless one, or a mode that needs one, is asked for.
    if nearest is None:
        nearest = examples is not None and model is None and options.get("mode", "auto") == "auto"
    if nearest:
        options["mode"] = "nearest"
    generator = None if nearest else as_generator(model)
    return Classifier(labels, pool=as_pool(examples, embedder), generator=generator, **options)


def sentiment(model: Model = None, *, embedder: str | Embedder | None = None, **options: Any) -> Classifier:
    """Return a Runnable that tells whether a text speaks well or badly of something: ``positive`` or ``negative``.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: finds the built-in examples that are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.Classifier`; ``examples`` take the place of the built-in ones.
    """
    from ragkit.chains.classify.sentiment import EXAMPLES, TASK

    merged: dict[str, Any] = {"task": TASK, "k": 6, "balanced": True, "nearest": False, **options}
    return classify(None, merged.pop("examples", None) or EXAMPLES, model, embedder=embedder, **merged)


_KEYS = ("label", "probability", "probabilities", "mode", "examples", "left_out", "model", "usage", "timings")
CHAINS = (
    RegisteredChain(
        "classify",
        "Tells which of a closed set of labels a text has.",
        "ragkit.chains.classify.options:ClassifyOptions",
        input="text",
        takes="a text",
        result="Classification",
        keys=_KEYS,
        function=classify,
        classes={
            "Classification": "ragkit.chains.classify.result",
            "Classifier": "ragkit.chains.classify.chain",
        },
    ),
    RegisteredChain(
        "sentiment",
        "Tells whether a text speaks well or badly of something.",
        "ragkit.chains.classify.options:SentimentOptions",
        input="text",
        takes="a text",
        result="Classification",
        keys=_KEYS,
        function=sentiment,
    ),
)
