"""Verifiers by name or as functions: who judges whether evidence says what sentences say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ragkit.core import registry
from ragkit.core.errors import ConfigError
from ragkit.core.verdicts import Verifier

if TYPE_CHECKING:
    from ragkit.core.verdicts import Claim

Rule = Callable[[str, Sequence[str]], float]  # (sentence, sources) to whether, or how likely, they support it


class RuleVerifier:
    """A function of a sentence and its sources as a verifier.

    Args:
        rule: whether, or how likely from 0 to 1, the sources support the sentence; it is not asked where there are
            none.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        """Ask the function about each claim.

        Raises:
            ConfigError: it returns neither a truth value nor a number from 0 to 1.
        """
        return [self._judged(claim) if any(map(str.strip, claim.evidence)) else 0.0 for claim in claims]

    def _judged(self, claim: Claim) -> float:
        found: Any = self.rule(claim.text, list(claim.evidence))
        try:
            probability = float(found)
        except (TypeError, ValueError):
            probability = -1.0
        if not 0 <= probability <= 1:
            named = getattr(self.rule, "__name__", type(self.rule).__name__)
            raise ConfigError(f"the rule {named} returned {found!r}: it must return True, False or a number from 0 to 1")
        return probability


class SupportVerifier:
    """ragkit's own check of support by words, numbers, names and negations; needs no model.

    What it returns tells what passes (above one half) from what does not, and is no calibrated probability.

    Args:
        strict: whether nearly all words must stand in one source, in the same order.
        language_rules: whether the rules of the sources' language are used.
    """

    def __init__(self, *, strict: bool = False, language_rules: bool = True) -> None:
        self.strict, self.language_rules = strict, language_rules

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        """Return the share of each claim's words that its evidence holds, halved where the check does not pass."""
        return [self._judged(claim) for claim in claims]

    def _judged(self, claim: Claim) -> float:
        from ragkit.ground.verify.support import support

        found = support(
            claim.text, claim.evidence, claim.question, strict=self.strict, language_rules=self.language_rules
        )
        return found.score if found.sources else found.score / 2


def as_verifier(given: Verifier | Rule) -> Verifier:
    """Return a verifier: itself, or a function of a sentence and its sources that returns bool or a probability.

    Raises:
        ConfigError: it is neither.
    """
    if isinstance(given, Verifier):
        return given
    if callable(given):
        return RuleVerifier(given)
    raise ConfigError(
        f"a {type(given).__name__} is no verifier: give an object with judge(claims), or a function of a sentence and "
        "its sources"
    )


def load_verifier(spec: str) -> Verifier:
    """Return a verifier by its spec: ``rules``, ``generator:MODEL``, ``local:FOLDER``, or one that a package adds.

    Raises:
        ConfigError: there is none of that name, or it is no verifier.
    """
    made: Any = registry.create_named("verifiers", spec)
    try:
        return as_verifier(made)
    except ConfigError as error:
        raise ConfigError(f"the verifier {spec!r} cannot be used: {error}") from error


def rules(spec: registry.Spec) -> Verifier:
    """Return ragkit's own check of support; ``rules?strict=true`` wants nearly all words in one source.

    Raises:
        ConfigError: an option is unknown or not true or false.
    """
    known = ("strict", "language_rules")
    for name, value in spec.options.items():
        if name not in known or not isinstance(value, bool):
            raise ConfigError(f"{spec}: rules takes {' and '.join(known)}, each true or false")
    return SupportVerifier(**spec.options)
