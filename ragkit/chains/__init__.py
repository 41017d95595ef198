"""The arrows joined: each function returns a LangChain Runnable with typed input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.chains.answering import AnswerChain as AnswerChain
    from ragkit.chains.calculating import Calculation as Calculation
    from ragkit.chains.calculating import MathChain as MathChain
    from ragkit.chains.chatting import ChatChain as ChatChain
    from ragkit.chains.chatting import Conversation as Conversation
    from ragkit.chains.chatting import Turn as Turn
    from ragkit.chains.classifying import Classification as Classification
    from ragkit.chains.classifying import Classifier as Classifier
    from ragkit.chains.coding import CodeAnswer as CodeAnswer
    from ragkit.chains.coding import CodeChain as CodeChain
    from ragkit.chains.completing import Completion as Completion
    from ragkit.chains.completing import FewShotChain as FewShotChain
    from ragkit.chains.extracting import ExtractChain as ExtractChain
    from ragkit.chains.extracting import Extracted as Extracted
    from ragkit.chains.extracting import Extraction as Extraction
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
    from ragkit.chains.rewriting import RewriteChain as RewriteChain
    from ragkit.chains.rewriting import Rewritten as Rewritten
    from ragkit.chains.stepping import StepsChain as StepsChain
    from ragkit.chains.summarizing import SummaryChain as SummaryChain
    from ragkit.chains.tabulating import TableAnswer as TableAnswer
    from ragkit.chains.tabulating import TableChain as TableChain
    from ragkit.chains.widen import Reading as Reading
    from ragkit.chains.writing import Section as Section
    from ragkit.chains.writing import WriteChain as WriteChain

_HOMES = {
    "AnswerChain": "answering",
    "Calculation": "calculating",
    "ChatChain": "chatting",
    "Classification": "classifying",
    "Classifier": "classifying",
    "CodeAnswer": "coding",
    "CodeChain": "coding",
    "Completion": "completing",
    "Conversation": "chatting",
    "ExtractChain": "extracting",
    "Extracted": "extracting",
    "Extraction": "extracting",
    "FewShotChain": "completing",
    "Reading": "widen",
    "Section": "writing",
    "StepsChain": "stepping",
    "SummaryChain": "summarizing",
    "TableAnswer": "tabulating",
    "TableChain": "tabulating",
    "Turn": "chatting",
    "WriteChain": "writing",
    "answer": "make",
    "chat": "make",
    "classify": "make",
    "code": "make",
    "extract": "make",
    "few_shot": "make",
    "RewriteChain": "rewriting",
    "Rewritten": "rewriting",
    "MathChain": "calculating",
    "math": "make",
    "multi_hop": "make",
    "rewrite": "make",
    "sentiment": "make",
    "summarize": "make",
    "table": "make",
    "translate": "make",
    "write": "make",
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

        return getattr(import_module(f"ragkit.chains.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
