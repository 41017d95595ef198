"""What a chain reports of its steps, as LangChain's custom events: for traces, progress and whoever listens."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.answer.sufficiency import Signals
    from ragkit.chains.summarize.condense import Plan
    from ragkit.core.types import Answer, Evidence, Hit


class Event(NamedTuple):
    """One step.

    Attributes:
        name: ``ragkit.retrieved``, ``ragkit.evidence``, ``ragkit.checked``, ``ragkit.decided``, ``ragkit.planned`` or
            ``ragkit.summarised``.
        data: what is known of it, as JSON can hold it; durations in seconds.
    """

    name: str
    data: dict[str, Any]


def retrieved(question: str, hits: Sequence[Hit], seconds: float) -> Event:
    """Report which passages were found."""
    passages = [
        {
            "rank": hit.rank,
            "score": hit.score,
            "dense": hit.dense,
            "source": hit.chunk.source,
            "start": hit.chunk.start,
            "end": hit.chunk.end,
            "heading": hit.chunk.heading,
            "text": hit.chunk.text,
        }
        for hit in hits
    ]
    return Event("ragkit.retrieved", {"question": question, "passages": passages, "took": round(seconds, 4)})


def chosen(evidence: Sequence[Evidence], confidence: float, seconds: float) -> Event:
    """Report which sentences were chosen, and how sure retrieval is that they answer."""
    sentences = [
        {
            "rank": each.hit.rank,
            "source": each.hit.chunk.source,
            "start": each.start,
            "end": each.end,
            "text": each.text,
            "context": each.context,
            "score": each.score,
            "cosine": each.cosine,
            "coverage": each.coverage,
        }
        for each in evidence
    ]
    return Event("ragkit.evidence", {"sentences": sentences, "confidence": confidence, "took": round(seconds, 4)})


def checked(signals: Signals) -> Event:
    """Report how likely the generator finds it that the evidence answers, beside what retrieval alone says."""
    return Event("ragkit.checked", {"answered": signals.check, "retrieval": signals.retrieval})


def decided(mode: str, model: str, confidence: float, refusal: str) -> Event:
    """Report whether it is answered, and how."""
    return Event("ragkit.decided", {"mode": mode, "model": model, "confidence": confidence, "refusal": refusal})


def rewritten(question: str, standalone: str) -> Event:
    """Report how a question of a conversation was made to stand alone."""
    return Event("ragkit.rewritten", {"question": question, "standalone": standalone})


def routed(route: str, why: str, *, asked: bool) -> Event:
    """Report which route a question takes, why, and whether the generator was asked."""
    return Event("ragkit.routed", {"route": route, "why": why, "by_model": asked})


def stepped(number: int, question: str, index: str, answer: Answer) -> Event:
    """Report what one step of a question asked, which index it was put to, and what was answered."""
    facts = {"number": number, "question": question, "index": index, "answer": answer.text}
    return Event("ragkit.step", {**facts, "abstained": answer.abstained, "citations": len(answer.citations)})


def planned(plan: Plan) -> Event:
    """Report what a summary will take at most."""
    return Event("ragkit.planned", {**asdict(plan), "line": plan.line()})


def summarised(done: int, calls: int, seconds: float, left: float | None) -> Event:
    """Report how far a summary is: calls done and in all, seconds it took and will about take."""
    rounded = None if left is None else round(left, 1)
    return Event("ragkit.summarised", {"done": done, "calls": calls, "took": round(seconds, 1), "left": rounded})


def tell(events: Sequence[Event], config: RunnableConfig) -> None:
    """Dispatch events to the callbacks of a run, if anybody listens."""
    from langchain_core.callbacks import dispatch_custom_event

    # Dispatching sets up a run manager each time: not worth it where no handler would receive the event.
    if _has_listeners(config):
        for event in events:
            dispatch_custom_event(event.name, event.data, config=config)


async def atell(events: Sequence[Event], config: RunnableConfig) -> None:
    """Dispatch events to the callbacks of a run, if anybody listens."""
    from langchain_core.callbacks import adispatch_custom_event

    if _has_listeners(config):
        for event in events:
            await adispatch_custom_event(event.name, event.data, config=config)


def _has_listeners(config: RunnableConfig) -> bool:
    return bool(getattr(config.get("callbacks"), "handlers", None))
