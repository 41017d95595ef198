"""Chains: a folder each, which lists its own in ``CHAINS``; each function returns a LangChain Runnable."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import RegisteredChain, built_in, find_chain

# A folder and its function have one name. Once a folder is imported it is the attribute of this package, so all are
# imported now, before anybody can, and the functions take their place.
from ragkit.chains.answer import answer as answer  # isort: skip
from ragkit.chains.chat import chat as chat
from ragkit.chains.classify import classify as classify
from ragkit.chains.classify import sentiment as sentiment
from ragkit.chains.code import code as code
from ragkit.chains.extract import extract as extract
from ragkit.chains.few_shot import few_shot as few_shot
from ragkit.chains.math import math as math
from ragkit.chains.multi_hop import multi_hop as multi_hop
from ragkit.chains.rewrite import rewrite as rewrite
from ragkit.chains.rewrite import translate as translate
from ragkit.chains.search import search as search
from ragkit.chains.summarize import summarize as summarize
from ragkit.chains.table import table as table
from ragkit.chains.write import write as write

if TYPE_CHECKING:
    from ragkit.chains.answer.chain import AnswerChain as AnswerChain
    from ragkit.chains.chat.chain import ChatChain as ChatChain
    from ragkit.chains.chat.chain import Conversation as Conversation
    from ragkit.chains.chat.chain import Turn as Turn
    from ragkit.chains.classify.chain import Classifier as Classifier
    from ragkit.chains.classify.result import Classification as Classification
    from ragkit.chains.code.chain import CodeChain as CodeChain
    from ragkit.chains.code.result import CodeAnswer as CodeAnswer
    from ragkit.chains.extract.chain import ExtractChain as ExtractChain
    from ragkit.chains.extract.result import Extracted as Extracted
    from ragkit.chains.extract.result import Extraction as Extraction
    from ragkit.chains.few_shot.chain import FewShotChain as FewShotChain
    from ragkit.chains.few_shot.result import Completion as Completion
    from ragkit.chains.math.chain import MathChain as MathChain
    from ragkit.chains.math.result import Calculation as Calculation
    from ragkit.chains.multi_hop.chain import StepsChain as StepsChain
    from ragkit.chains.options import Blueprint as Blueprint
    from ragkit.chains.options import ChainOptions as ChainOptions
    from ragkit.chains.options import Resources as Resources
    from ragkit.chains.rewrite.chain import RewriteChain as RewriteChain
    from ragkit.chains.rewrite.result import Rewritten as Rewritten
    from ragkit.chains.search.result import Hits as Hits
    from ragkit.chains.summarize.chain import SummaryChain as SummaryChain
    from ragkit.chains.table.chain import TableChain as TableChain
    from ragkit.chains.table.result import TableAnswer as TableAnswer
    from ragkit.chains.widen import Reading as Reading
    from ragkit.chains.write.chain import Section as Section
    from ragkit.chains.write.chain import WriteChain as WriteChain

__all__ = [
    "AnswerChain",
    "Blueprint",
    "Calculation",
    "ChainOptions",
    "ChatChain",
    "Classification",
    "Classifier",
    "CodeAnswer",
    "CodeChain",
    "Completion",
    "Conversation",
    "ExtractChain",
    "Extracted",
    "Extraction",
    "FewShotChain",
    "Hits",
    "MathChain",
    "Reading",
    "RegisteredChain",
    "Resources",
    "RewriteChain",
    "Rewritten",
    "Section",
    "StepsChain",
    "SummaryChain",
    "TableAnswer",
    "TableChain",
    "Turn",
    "WriteChain",
    "answer",
    "chat",
    "classify",
    "code",
    "extract",
    "few_shot",
    "math",
    "multi_hop",
    "rewrite",
    "search",
    "sentiment",
    "summarize",
    "table",
    "translate",
    "write",
]

_CLASSES = {
    "Blueprint": "ragkit.chains.options",
    "ChainOptions": "ragkit.chains.options",
    "Reading": "ragkit.chains.widen",
    "Resources": "ragkit.chains.options",
}
for _chain in built_in().values():
    _CLASSES.update(_chain.classes)
    if _chain.function is not None:
        globals()[_chain.name] = _chain.function


def __getattr__(name: str) -> Any:
    if name in _CLASSES:
        return getattr(import_module(_CLASSES[name]), name)
    from ragkit.core import registry

    if name in registry.known("chains") and (function := find_chain(name).function) is not None:
        return function
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
