"""Conformance suites for people who extend ragkit, and what tests are made of: damage, checks, servers on bad days.

The suites are pytest classes to be subclassed; pytest is the only thing they need that ragkit does not bring.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.testing.checks import chunk_problems, file_problems
    from ragkit.testing.damages import DAMAGES, damage, damage_member
    from ragkit.testing.faults import Fault, FaultyServer
    from ragkit.testing.loaders import LoaderConformance, Sample
    from ragkit.testing.scripted import ScriptedChat
    from ragkit.testing.serving import openai_server
    from ragkit.testing.splitters import SplitterConformance
    from ragkit.testing.suites import ChainConformance, RerankerConformance, StoreConformance, VerifierConformance
    from ragkit.testing.tokenizers import BoundaryTokenizer, CharacterTokenizer, LetterTokenizer, WordTokenizer
    from ragkit.testing.untyped import untyped_errors

_HOMES = {
    "VerifierConformance": "ragkit.testing.suites",
    "StoreConformance": "ragkit.testing.suites",
    "RerankerConformance": "ragkit.testing.suites",
    "ChainConformance": "ragkit.testing.suites",
    "BoundaryTokenizer": "ragkit.testing.tokenizers",
    "CharacterTokenizer": "ragkit.testing.tokenizers",
    "DAMAGES": "ragkit.testing.damages",
    "Fault": "ragkit.testing.faults",
    "FaultyServer": "ragkit.testing.faults",
    "LetterTokenizer": "ragkit.testing.tokenizers",
    "LoaderConformance": "ragkit.testing.loaders",
    "Sample": "ragkit.testing.loaders",
    "ScriptedChat": "ragkit.testing.scripted",
    "SplitterConformance": "ragkit.testing.splitters",
    "WordTokenizer": "ragkit.testing.tokenizers",
    "chunk_problems": "ragkit.testing.checks",
    "damage": "ragkit.testing.damages",
    "damage_member": "ragkit.testing.damages",
    "file_problems": "ragkit.testing.checks",
    "openai_server": "ragkit.testing.serving",
    "untyped_errors": "ragkit.testing.untyped",
}
__all__ = [
    "DAMAGES",
    "BoundaryTokenizer",
    "ChainConformance",
    "CharacterTokenizer",
    "Fault",
    "FaultyServer",
    "LetterTokenizer",
    "LoaderConformance",
    "RerankerConformance",
    "Sample",
    "ScriptedChat",
    "SplitterConformance",
    "StoreConformance",
    "VerifierConformance",
    "WordTokenizer",
    "chunk_problems",
    "damage",
    "damage_member",
    "file_problems",
    "openai_server",
    "untyped_errors",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
