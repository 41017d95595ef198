"""Conformance suites for people who extend ragkit, and what tests are made of: damage, checks, servers on bad days.

The suites are pytest classes to be subclassed; pytest is the only thing they need that ragkit does not bring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.testing.checks import chunk_problems as chunk_problems
    from ragkit.testing.checks import file_problems as file_problems
    from ragkit.testing.damages import DAMAGES as DAMAGES
    from ragkit.testing.damages import damage as damage
    from ragkit.testing.damages import damage_member as damage_member
    from ragkit.testing.faults import Fault as Fault
    from ragkit.testing.faults import FaultyServer as FaultyServer
    from ragkit.testing.loaders import LoaderConformance as LoaderConformance
    from ragkit.testing.loaders import Sample as Sample
    from ragkit.testing.replies import ReplyServer as ReplyServer
    from ragkit.testing.replies import ServerReply as ServerReply
    from ragkit.testing.scripted import ScriptedChat as ScriptedChat
    from ragkit.testing.serving import openai_server as openai_server
    from ragkit.testing.splitters import SplitterConformance as SplitterConformance
    from ragkit.testing.suites import ChainConformance as ChainConformance
    from ragkit.testing.suites import RerankerConformance as RerankerConformance
    from ragkit.testing.suites import StoreConformance as StoreConformance
    from ragkit.testing.suites import VerifierConformance as VerifierConformance
    from ragkit.testing.tokenizers import BoundaryTokenizer as BoundaryTokenizer
    from ragkit.testing.tokenizers import CharacterTokenizer as CharacterTokenizer
    from ragkit.testing.tokenizers import LetterTokenizer as LetterTokenizer
    from ragkit.testing.tokenizers import WordTokenizer as WordTokenizer
    from ragkit.testing.untyped import untyped_errors as untyped_errors
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.testing.checks": "chunk_problems file_problems",
            "ragkit.testing.damages": "DAMAGES damage damage_member",
            "ragkit.testing.faults": "Fault FaultyServer",
            "ragkit.testing.loaders": "LoaderConformance Sample",
            "ragkit.testing.replies": "ReplyServer ServerReply",
            "ragkit.testing.scripted": "ScriptedChat",
            "ragkit.testing.serving": "openai_server",
            "ragkit.testing.splitters": "SplitterConformance",
            "ragkit.testing.suites": "ChainConformance RerankerConformance StoreConformance VerifierConformance",
            "ragkit.testing.tokenizers": "BoundaryTokenizer CharacterTokenizer LetterTokenizer WordTokenizer",
            "ragkit.testing.untyped": "untyped_errors",
        },
    )
