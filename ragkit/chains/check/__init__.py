"""Judge any reply of any system: a verdict on each sentence, against its sources or an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.chains.check.chain import Checked
    from ragkit.core.protocols import Embedder

CHAINS = ()  # it works on a reply and its sources, not on one text: `ragkit check` runs it over rows


def check(
    reply: str,
    sources: Sequence[str],
    *,
    question: str = "",
    verifier: Any = None,
    embedder: str | Embedder | None = None,
    strict: bool = False,
) -> Checked:
    """Judge a reply, sentence by sentence, against the sources it was written from.

    Args:
        reply: by whatever wrote it; citation marks of any custom are read and taken off.
        sources: the texts, in the order in which the marks number them.
        question: what the reply answers; short replies ("Yes.") are read with it.
        verifier: who judges what is neither quoted nor contradicted, as for :meth:`ragkit.Index.chain`.
        embedder: finds evidence that shares no word with a sentence; a spec, or an embedder. None takes the settings',
            where its model is on this machine.
        strict: whether a sentence needs nearly the words of one source.

    Raises:
        ConfigError: the verifier or the embedder is none.
        GenerationError: the model behind the verifier failed.
    """
    from ragkit.chains.check.chain import CheckChain

    chain = CheckChain(verifier, embedder=embedder, strict=strict)
    return chain.invoke({"reply": reply, "sources": list(sources), "question": question})
