"""Answer questions over the tables of files, worked out on their cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from ragkit.chains.base import Model
    from ragkit.chains.table.chain import TableChain


def table(
    files: str | Path | Document | Sequence[str | Path | Document], model: Model = None, **options: Any
) -> TableChain:
    """Return a Runnable that answers a question from the tables of some files, by SQL over their cells.

    Args:
        files: paths, or documents that were loaded.
        model: generator spec, LangChain chat model, or None for the settings'.
        **options: of :class:`ragkit.chains.TableChain`.

    Raises:
        ConfigError: an option is wrong; a file that cannot be read is reported when it is first needed.
    """
    from ragkit.chains.documents import read
    from ragkit.chains.table.chain import TableChain
    from ragkit.generate.generator import as_generator

    items = [files] if isinstance(files, str | Path) or not isinstance(files, Sequence) else list(files)

    def documents() -> list[Document]:
        return [document for each in items for document in (read(each) if isinstance(each, str | Path) else [each])]

    return TableChain(documents, as_generator(model, check_spec=options.get("mode") != "words"), **options)


CHAINS = (
    RegisteredChain(
        "table",
        "Answers questions over the tables of files, worked out on their cells.",
        "ragkit.chains.table.options:TableOptions",
        input="question",
        takes="a question",
        result="TableAnswer",
        keys=(
            "text", "question", "columns", "values", "sql", "cells", "rows", "citations", "abstained", "reason",
            "problems", "tries", "model", "usage", "timings",
        ),
        function=table,
        classes={
            "TableAnswer": "ragkit.chains.table.result",
            "TableCell": "ragkit.chains.table.result",
            "TableChain": "ragkit.chains.table.chain",
        },
    ),
)  # fmt: skip
