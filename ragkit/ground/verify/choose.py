"""Verifiers by name: who else judges whether sources say what a sentence says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

from ragkit.core import registry
from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Verifier(Protocol):
    """Judges one sentence."""

    def __call__(self, sentence: str, sources: Sequence[str], /) -> bool:
        """Whether the sources say what the sentence says.

        Args:
            sentence: without markers.
            sources: the sentences that are to support it, each with its heading; one at least.
        """
        ...


def load_verifier(spec: str) -> Verifier:
    """Return a verifier by its spec: ``rules``, ``generator:MODEL``, or one that a package adds.

    Raises:
        ConfigError: there is none of that name, or it is no verifier.
    """
    verifier: Any = registry.create_named("verifiers", spec)
    if not callable(verifier):
        raise ConfigError(f"the verifier {spec!r} is a {type(verifier).__name__}: its factory must return a function")
    return cast("Verifier", verifier)


def rules(spec: registry.Spec) -> Verifier:
    """Return ragkit's own check of support; ``rules?strict=true`` wants nearly all words in one source."""
    from ragkit.ground.verify.support import support

    strict = bool(spec.options.get("strict"))

    def says(sentence: str, sources: Sequence[str], /) -> bool:
        return bool(support(sentence, sources, strict=strict).sources)

    return says
