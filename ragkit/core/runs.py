"""What one step of a LangChain sequence leaves for a later step of the same run.

``retriever | prompt | model | grounding`` hands only messages through the model; the passages travel here, keyed by the
id of the run all four steps belong to, so that batches and threads keep theirs apart.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_RUNS = 1024  # a run that never reached its last step (an error, a stopped stream) is dropped after this many

_values: OrderedDict[Any, Any] = OrderedDict()
_lock = threading.Lock()


def run_of(config: Mapping[str, Any] | None) -> Any:
    """Return the id of the sequence run a step belongs to, or None when it runs alone."""
    return getattr((config or {}).get("callbacks"), "parent_run_id", None)


def leave(config: Mapping[str, Any] | None, value: Any) -> None:
    """Leave a value for later steps of this run; does nothing for a step that runs alone."""
    run = run_of(config)
    if run is None:
        return
    # `abatch` runs the steps of many sequences in threads of one executor.
    with _lock:
        _values[run] = value
        while len(_values) > MOST_RUNS:
            _values.popitem(last=False)


def take(config: Mapping[str, Any] | None) -> Any:
    """Take what an earlier step of this run left, or None."""
    with _lock:
        return _values.pop(run_of(config), None)
