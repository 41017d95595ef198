"""Pipelines over an index: answer, chat, multi_hop, write, code, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableLambda

from ragkit.chains import make
from ragkit.chains.chat.chain import Conversation, Turn
from ragkit.core.errors import ConfigError
from ragkit.core.settings import load_settings
from ragkit.pipelines.built import NO_MODEL, Built

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from ragkit.collection import Collection
    from ragkit.pipelines import spec as kinds
    from ragkit.pipelines.read import Loaded


def _index(spec: kinds.Answer | kinds.Search | kinds.Code) -> Collection:
    folders = [spec.index] if isinstance(spec.index, str) else spec.index or []
    if len(folders) > 1:
        from ragkit.index import Indexes

        return Indexes(*folders, embedder=spec.embedder, model=spec.model)
    from ragkit.index import Index as One

    return One(folders[0] if folders else None, embedder=spec.embedder, model=spec.model)


def _over(index: Collection, spec: kinds.Answer | kinds.Search | kinds.Code) -> str:
    shown = spec.index if isinstance(spec.index, list) else [index.name]
    return f"{', '.join(shown)}, {spec.k or load_settings().k} passages"


def answer(loaded: Loaded, spec: kinds.Answer) -> Built:
    """Question to Answer."""
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "guard"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question"),
        ("search", _over(index, spec)),
        ("evidence", "sentences that bear on the question"),
        ("decide", "answer or refuse"),
        *((("generate", model),) if model else ()),
        ("ground", f"each sentence with its quote, unsupported ones: {spec.unsupported}"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.answer(index, **options), spec.input, model, steps)


def chat(loaded: Loaded, spec: kinds.Chat) -> Built:
    """A conversation's question to Answer."""
    index = _index(spec)
    options = spec.model_dump(
        include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "guard", "rewriting"}
    )
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question and the turns before it"),
        ("rewrite", f"to a question that stands alone: {spec.rewriting}"),
        ("search", f"{_over(index, spec)}, with what was said"),
        ("answer", f"as the pipeline answer, {model or NO_MODEL}"),
        ("Answer", ""),
    )
    return Built(
        loaded.name, lambda: RunnableLambda(conversation) | make.chat(index, **options), spec.input, model, steps
    )


def multi_hop(loaded: Loaded, spec: kinds.MultiHop) -> Built:
    """Question of several steps to Answer."""
    from ragkit.index import Index as One

    folders = spec.index if isinstance(spec.index, list) else [spec.index or str(load_settings().index)]
    indexes = {folder: One(folder, embedder=spec.embedder, model=spec.model) for folder in folders}
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "guard", "steps"})
    model = "" if spec.mode == "quote" else next(iter(indexes.values())).model_spec
    steps = (
        (spec.input, "a question"),
        ("decompose", f"to {spec.steps} steps at most"),
        *((("route", f"each to one of {', '.join(folders)}"),) if len(folders) > 1 else ()),
        ("answer", f"step by step, {model or NO_MODEL}"),
        ("combine", "from what the steps rest on"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.multi_hop(indexes, **options), spec.input, model, steps)


def write(loaded: Loaded, spec: kinds.Write) -> Built:
    """Outline to Answer, a document."""
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "threshold", "max_wrong", "unsupported", "judge", "guard"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "headings, with what each section is to say"),
        ("search", f"for each section: {_over(index, spec)}"),
        ("write", f"each section, {model or NO_MODEL}"),
        ("ground", "each sentence with its quote, sections that the sources do not know say so"),
        ("Answer", ""),
    )
    return Built(loaded.name, lambda: make.write(index, **options), spec.input, model, steps)


def code(loaded: Loaded, spec: kinds.Code) -> Built:
    """Request about a code base to CodeAnswer."""
    index = _index(spec)
    options = spec.model_dump(include={"mode", "k", "tries"})
    model = "" if spec.mode == "quote" else index.model_spec
    steps = (
        (spec.input, "a question about a code base, or what is to be written"),
        ("search", f"definitions: {_over(index, spec)}"),
        *((("generate", model),) if model else ()),
        ("check", f"names and parameters are there; wrong code is told, {spec.tries} tries at most"),
        ("CodeAnswer", ""),
    )
    return Built(loaded.name, lambda: make.code(index, **options), spec.input, model, steps)


def conversation(given: Any) -> Conversation:
    """Return the conversation of a row: a question, or ``{"question", "turns": [{"question", "answer"}], "summary"}``.

    Raises:
        ConfigError: it is neither.
    """
    if isinstance(given, str):
        return Conversation(given)
    try:
        turns = [Turn(str(turn["question"]), str(turn["answer"])) for turn in given.get("turns", ())]
        return Conversation(str(given["question"]), turns, str(given.get("summary") or ""))
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigError(
            'a conversation is a question, or an object with "question" and "turns", each with "question" and "answer"'
        ) from error


def search(loaded: Loaded, spec: kinds.Search) -> Built:
    """Query to Hits."""
    index = _index(spec)
    options = spec.model_dump(include={"k", "mode", "filter", "diversity", "rerank"})
    chain: Runnable[Any, Any] = RunnableLambda(lambda query: index.search(query, **options), name="search")
    extra = (("rerank", spec.rerank),) if spec.rerank else ()
    steps = ((spec.input, "a query"), ("search", f"{_over(index, spec)}, {spec.mode}"), *extra, ("Hits", ""))
    return Built(loaded.name, lambda: chain, spec.input, "", steps)
