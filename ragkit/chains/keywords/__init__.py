"""Find the words and phrases that say what a text is about, without a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.keywords.chain import KeywordsChain


def keywords(*, count: int = 10, words: int = 4) -> KeywordsChain:
    """Return a Runnable from a document, or several, to what they are about: phrases with score and places.

    Args:
        count: phrases at most.
        words: of a phrase at most.
    """
    from ragkit.chains.keywords.chain import KeywordsChain

    return KeywordsChain(count=count, words=words)


CHAINS = (
    RegisteredChain(
        "keywords",
        "Finds the words and phrases that say what a text is about, each with its places.",
        "ragkit.chains.keywords.chain:KeywordsOptions",
        input="text",
        takes="a text, or the path of a file",
        result="Keywords",
        keys=("keywords", "timings"),
        function=keywords,
        classes=dict.fromkeys(("Keyword", "Keywords", "KeywordsChain"), "ragkit.chains.keywords.chain"),
    ),
)
