"""The words that ask for refined summaries and for differences; for those of texts see ``ragkit.prompt.summaries``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.prompt.summaries import about_text
from ragkit.text.markers import unmarked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage


def length_words(sentences: int, words: int | None = None) -> str:
    """Say how long a summary may be."""
    length = "one short sentence" if sentences == 1 else f"{sentences} short sentences"
    return f"{length}, {words} words at most" if words else length


def refine_messages(summary: str, text: str, length: str, *, title: str = "") -> list[BaseMessage]:
    """Ask for a summary that takes in a further part of the document.

    Args:
        summary: of what came before.
        text: the next part.
        length: as :func:`length_words` says it.
        title: of the document, where known.
    """
    called = f' of "{unmarked(title)}"' if title else ""
    return about_text(
        f"Summary of the earlier parts{called}:\n\n{unmarked(summary)}\n\nThe next part:\n\n{unmarked(text)}",
        f"Write one summary of the earlier parts and this part together, in {length}.",
    )


def compare_messages(texts: Sequence[tuple[str, str]], length: str, *, question: str = "") -> list[BaseMessage]:
    """Ask what documents have in common and in what they differ.

    Args:
        texts: title and text, or summary, of each document.
        length: as :func:`length_words` says it.
        question: in what to compare them; empty for all.
    """
    shown = "\n\n".join(f'Document "{unmarked(title)}":\n{unmarked(text)}' for title, text in texts)
    matter = f" regarding this: {question.strip()}" if question else ""
    return about_text(
        shown,
        f"Say in {length} in what these documents differ and what they have in common{matter}. Begin each sentence "
        "with the title of the document that it is about.",
    )
