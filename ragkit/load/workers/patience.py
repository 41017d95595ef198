"""How a reader that works page by page reports progress, so that the time limit starts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_restart: Callable[[], None] | None = None


def still_working() -> None:
    """Start the time limit of the file at hand again; call it once a page where a page may take seconds (OCR)."""
    # The number of pages is limited too, so a file still comes to an end. Outside a worker process nothing happens.
    if _restart is not None:
        _restart()


def set_restart(restart: Callable[[], None] | None) -> None:
    """Set how the limit starts again; called by the worker for each file."""
    global _restart  # noqa: PLW0603 - a process reads one file at a time
    _restart = restart
