"""Write a document from an outline, every sentence with its quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import ANSWER_KEYS, RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.context import Answering
    from ragkit.chains.write.chain import WriteChain


def write(index: Answering, **options: Any) -> WriteChain:
    """Return a Runnable from an outline to a document whose sentences are cited.

    Args:
        index: where it is looked for.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.write.chain import WriteChain

    return WriteChain(index.chain(**{"route": "passages", **options}))


CHAINS = (
    RegisteredChain(
        "write",
        "Writes a document from an outline, every sentence with its quote.",
        "ragkit.chains.write.options:WriteOptions",
        input="outline",
        takes="headings, with what each section is to say",
        result="Answer",
        keys=ANSWER_KEYS,
        function=write,
        classes=dict.fromkeys(("Section", "WriteChain"), "ragkit.chains.write.chain"),
    ),
)
