"""The record of a run: each step with its prompts, passages, scores, timings and tokens, as JSON lines in a file."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler

from ragkit.core.errors import ConfigError
from ragkit.core.types import Answer
from ragkit.ground.rendering import answer_json

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path
    from typing import TextIO
    from uuid import UUID

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult

EVENT = "ragkit."  # what the names of ragkit's own events begin with


class TraceFile(BaseCallbackHandler):
    """A LangChain callback handler that writes a JSON line for every step of every run that has it among its callbacks.

    Each line has ``step`` (``start``, ``retrieved``, ``evidence``, ``checked``, ``decided``, ``prompt``, ``reply``,
    ``end``, ``error``, or the name of another chain's event), ``seconds`` since the trace began, ``run`` and
    ``parent``. Lines of runs at the same time are mixed; ``run`` identifies them. Use it as a context manager, or call
    :meth:`close`.

    Args:
        path: the file; its content is replaced.

    Raises:
        ConfigError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file: TextIO = path.open("w", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path} cannot be written ({error.strerror}): give another place") from error
        self._lock = Lock()
        self._started = time.perf_counter()
        self._began: dict[UUID, float] = {}

    def __enter__(self) -> TraceFile:
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; what comes later is not written."""
        with self._lock:
            self._file.close()

    def _write(self, step: str, run: UUID, parent: UUID | None = None, **facts: Any) -> None:
        now = time.perf_counter()
        row = {"step": step, "seconds": round(now - self._started, 4), "run": str(run)}
        if parent is not None:
            row["parent"] = str(parent)
        line = json.dumps({**row, **facts}, ensure_ascii=False, default=str)
        with self._lock:
            # A thread that outlives the run may still report; its lines are dropped.
            if not self._file.closed:
                print(line, file=self._file, flush=True)

    def _took(self, run: UUID) -> float:
        return round(time.perf_counter() - self._began.pop(run, self._started), 4)

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write the input of a chain."""
        self._began[run_id] = time.perf_counter()
        self._write("start", run_id, parent_run_id, name=kwargs.get("name"), input=inputs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any) -> None:
        """Write what a chain returns."""
        output = answer_json(outputs) if isinstance(outputs, Answer) else outputs
        self._write("end", run_id, parent_run_id, took=self._took(run_id), output=output)

    def on_chain_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write what ended a chain."""
        self._write("error", run_id, parent_run_id, took=self._took(run_id), error=f"{type(error).__name__}: {error}")

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the exact messages, and the options they are sent with."""
        self._began[run_id] = time.perf_counter()
        sent = [{"role": each.type, "content": each.content} for batch in messages for each in batch]
        self._write("prompt", run_id, parent_run_id, messages=sent, options=kwargs.get("invocation_params", {}))

    def on_llm_end(
        self, response: LLMResult, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write the reply with its tokens."""
        replies = [
            {
                "text": each.text,
                "usage": getattr(message, "usage_metadata", None),
                "finish_reason": (getattr(message, "response_metadata", None) or {}).get("finish_reason"),
            }
            for batch in response.generations
            for each in batch
            for message in [getattr(each, "message", None)]
        ]
        self._write("reply", run_id, parent_run_id, took=self._took(run_id), replies=replies)

    def on_llm_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write what ended a call."""
        self._write("error", run_id, parent_run_id, took=self._took(run_id), error=f"{type(error).__name__}: {error}")

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write what is searched for."""
        self._began[run_id] = time.perf_counter()
        self._write("search", run_id, parent_run_id, query=query)

    def on_retriever_end(
        self, documents: Sequence[Any], *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Write what was found."""
        found = [{"text": each.page_content, "metadata": each.metadata} for each in documents]
        self._write("found", run_id, parent_run_id, took=self._took(run_id), documents=found)

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Write what ragkit's chains, or others, report of their steps."""
        self._write(name.removeprefix(EVENT), run_id, **(data if isinstance(data, dict) else {"data": data}))


@contextmanager
def traced(path: Path | None) -> Generator[list[BaseCallbackHandler]]:
    """Yield the callbacks of a run: one that writes a trace, or none without a path."""
    if path is None:
        yield []
        return
    with TraceFile(path) as trace:
        yield [trace]
