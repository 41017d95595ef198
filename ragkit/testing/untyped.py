"""Errors of readers that are no ``LoadError``: ragkit turns each into an outcome, and tests want to see them."""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.core.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Generator


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, LoadError | MemoryError):
            return
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
        self.errors.append(f"{type(error).__name__}: {error} in {' > '.join(places)}")


@contextmanager
def untyped_errors() -> Generator[list[str]]:
    """Gather the errors that readers raise besides ``LoadError`` while files are loaded, those in attachments too.

    Yields:
        One line an error, with where it was raised; which grows as files are loaded in this process.
    """
    # Loading turns such an error into the outcome ``corrupt`` and logs it with its traceback at level DEBUG.
    logger, listener = logging.getLogger("ragkit.load"), _Listener()
    before = logger.level
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield listener.errors
    finally:
        logger.removeHandler(listener)
        logger.setLevel(before)
