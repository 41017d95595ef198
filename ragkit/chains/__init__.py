"""The arrows joined: each function returns a LangChain Runnable with typed input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.chains.answer.chain import AnswerChain as AnswerChain
    from ragkit.chains.chat.chain import ChatChain as ChatChain
    from ragkit.chains.chat.chain import Conversation as Conversation
    from ragkit.chains.chat.chain import Turn as Turn
    from ragkit.chains.classify.chain import Classification as Classification
    from ragkit.chains.classify.chain import Classifier as Classifier
    from ragkit.chains.code.chain import CodeAnswer as CodeAnswer
    from ragkit.chains.code.chain import CodeChain as CodeChain
    from ragkit.chains.extract.chain import ExtractChain as ExtractChain
    from ragkit.chains.extract.chain import Extracted as Extracted
    from ragkit.chains.extract.chain import Extraction as Extraction
    from ragkit.chains.few_shot.chain import Completion as Completion
    from ragkit.chains.few_shot.chain import FewShotChain as FewShotChain
    from ragkit.chains.make import answer as answer
    from ragkit.chains.make import chat as chat
    from ragkit.chains.make import classify as classify
    from ragkit.chains.make import code as code
    from ragkit.chains.make import extract as extract
    from ragkit.chains.make import few_shot as few_shot
    from ragkit.chains.make import math as math
    from ragkit.chains.make import multi_hop as multi_hop
    from ragkit.chains.make import rewrite as rewrite
    from ragkit.chains.make import sentiment as sentiment
    from ragkit.chains.make import summarize as summarize
    from ragkit.chains.make import table as table
    from ragkit.chains.make import translate as translate
    from ragkit.chains.make import write as write
    from ragkit.chains.math.chain import Calculation as Calculation
    from ragkit.chains.math.chain import MathChain as MathChain
    from ragkit.chains.multi_hop.chain import StepsChain as StepsChain
    from ragkit.chains.rewrite.chain import RewriteChain as RewriteChain
    from ragkit.chains.rewrite.chain import Rewritten as Rewritten
    from ragkit.chains.summarize.chain import SummaryChain as SummaryChain
    from ragkit.chains.table.chain import TableAnswer as TableAnswer
    from ragkit.chains.table.chain import TableChain as TableChain
    from ragkit.chains.widen import Reading as Reading
    from ragkit.chains.write.chain import Section as Section
    from ragkit.chains.write.chain import WriteChain as WriteChain

_HOMES = {
    "AnswerChain": "ragkit.chains.answer.chain",
    "Calculation": "ragkit.chains.math.chain",
    "ChatChain": "ragkit.chains.chat.chain",
    "Classification": "ragkit.chains.classify.chain",
    "Classifier": "ragkit.chains.classify.chain",
    "CodeAnswer": "ragkit.chains.code.chain",
    "CodeChain": "ragkit.chains.code.chain",
    "Completion": "ragkit.chains.few_shot.chain",
    "Conversation": "ragkit.chains.chat.chain",
    "ExtractChain": "ragkit.chains.extract.chain",
    "Extracted": "ragkit.chains.extract.chain",
    "Extraction": "ragkit.chains.extract.chain",
    "FewShotChain": "ragkit.chains.few_shot.chain",
    "MathChain": "ragkit.chains.math.chain",
    "Reading": "ragkit.chains.widen",
    "RewriteChain": "ragkit.chains.rewrite.chain",
    "Rewritten": "ragkit.chains.rewrite.chain",
    "Section": "ragkit.chains.write.chain",
    "StepsChain": "ragkit.chains.multi_hop.chain",
    "SummaryChain": "ragkit.chains.summarize.chain",
    "TableAnswer": "ragkit.chains.table.chain",
    "TableChain": "ragkit.chains.table.chain",
    "Turn": "ragkit.chains.chat.chain",
    "WriteChain": "ragkit.chains.write.chain",
    "answer": "ragkit.chains.make",
    "chat": "ragkit.chains.make",
    "classify": "ragkit.chains.make",
    "code": "ragkit.chains.make",
    "extract": "ragkit.chains.make",
    "few_shot": "ragkit.chains.make",
    "math": "ragkit.chains.make",
    "multi_hop": "ragkit.chains.make",
    "rewrite": "ragkit.chains.make",
    "sentiment": "ragkit.chains.make",
    "summarize": "ragkit.chains.make",
    "table": "ragkit.chains.make",
    "translate": "ragkit.chains.make",
    "write": "ragkit.chains.make",
}
__all__ = [
    "AnswerChain",
    "Calculation",
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
    "MathChain",
    "Reading",
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
    "sentiment",
    "summarize",
    "table",
    "translate",
    "write",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
