"""A pipeline's description to the chain it describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.pipelines import over_index, over_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.pipelines.built import Built
    from ragkit.pipelines.read import Loaded


def build(loaded: Loaded) -> Built:
    """Build the chain that a pipeline describes; models and index are loaded when they are first needed.

    Raises:
        ConfigError: an option is wrong.
    """
    built = BUILDERS[loaded.spec.task](loaded, loaded.spec)
    return replace(built, said=f"{built.model} {loaded.spec.model_dump_json(exclude={'description'})}")


BUILDERS: dict[str, Callable[[Loaded, Any], Built]] = {
    "answer": over_index.answer,
    "chat": over_index.chat,
    "multi_hop": over_index.multi_hop,
    "write": over_index.write,
    "code": over_index.code,
    "search": over_index.search,
    "table": over_texts.table,
    "summarize": over_texts.summarize,
    "compare": over_texts.compare,
    "few_shot": over_texts.few_shot,
    "classify": over_texts.classify,
    "sentiment": over_texts.sentiment,
    "extract": over_texts.extract,
    "translate": over_texts.translate,
    "rewrite": over_texts.rewrite,
    "math": over_texts.math,
}
