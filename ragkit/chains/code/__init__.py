"""Answer questions about a code base, and write code that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.chains.code.chain import CodeChain


class Coded(Protocol):
    """An indexed code base: a :class:`ragkit.Index`."""

    @property
    def code(self) -> Callable[..., CodeChain]:
        """Called with options, returns request to CodeAnswer as a Runnable."""
        ...


def code(index: Coded, **options: Any) -> CodeChain:
    """Return a Runnable from a question about a code base, or a task in it, to a :class:`ragkit.chains.CodeAnswer`.

    Args:
        index: the indexed code base.
        **options: of :meth:`ragkit.Index.code`.
    """
    return index.code(**options)


CHAINS = (
    RegisteredChain(
        "code",
        "Answers questions about an indexed code base, and writes code that fits it.",
        "ragkit.chains.code.options:CodeOptions",
        input="request",
        takes="a question about a code base, or what is to be written",
        result="CodeAnswer",
        keys=(
            "text", "question", "abstained", "reason", "citations", "blocks", "tries", "flags",
            "model", "usage", "timings",
        ),
        function=code,
        classes={"CodeAnswer": "ragkit.chains.code.result", "CodeChain": "ragkit.chains.code.chain"},
    ),
)  # fmt: skip
