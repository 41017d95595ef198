"""What checks the sentences of replies: verifier, likeness and rules, put together for a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.ground.verify import embedded
from ragkit.ground.verify.cascade import SUPPORTED, Checker
from ragkit.ground.verify.choose import SupportVerifier, as_verifier, load_verifier

if TYPE_CHECKING:
    from ragkit.core.verdicts import Verifier
    from ragkit.generate.generator import Generator
    from ragkit.ground.verify.passages import Embed

EMBEDDED, GENERATOR = "embedded", "generator"


def checker_of(
    verifier: Any = None,
    *,
    embed: Embed | None = None,
    rules: bool = True,
    strict: bool = False,
    generator: Generator | None = None,
) -> Checker:
    """Return what gives verdicts on replies.

    Args:
        verifier: an object with ``judge``, a function (sentence, sources) to whether they say it, or a spec:
            ``embedded``, ``rules``, ``generator`` (the chain's own), ``generator:MODEL``, ``local:FOLDER``, or what a
            package adds. None takes the embedded one.
        embed: texts to vectors, by which evidence is found that shares no word with a sentence.
        rules: whether the rules of the sentences' language are used.
        strict: whether only what stands in the sources in nearly the same words counts as support.
        generator: the chain's own.

    Raises:
        ConfigError: there is no such verifier, or it is none.
    """
    if strict:
        return Checker(SupportVerifier(strict=True, language_rules=rules), None, rules=rules)
    chosen = _verifier(verifier, generator)
    return Checker(chosen, embed, rules=rules, threshold=float(getattr(chosen, "threshold", SUPPORTED)))


def _verifier(verifier: Any, generator: Generator | None) -> Verifier:
    if verifier is None or verifier == EMBEDDED:
        return _embedded()
    if verifier == GENERATOR:
        if generator is None:
            raise ConfigError("there is no generator here to judge replies: name one, generator:MODEL")
        from ragkit.chains.judging import GeneratorVerifier

        return GeneratorVerifier(generator)
    return load_verifier(verifier) if isinstance(verifier, str) else as_verifier(verifier)


_loaded: list[embedded.EmbeddedVerifier] = []


def _embedded() -> Verifier:
    """Return the embedded verifier, one for the process: its model is read once."""
    if not _loaded:
        _loaded.append(embedded.EmbeddedVerifier())
    return _loaded[0]
