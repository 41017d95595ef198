"""When a hosted model's call is worth another try, and after how long, beyond what its client library tries itself."""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from ragkit.core.errors import GenerationError

CLIENT_LIBRARY_WAITS = 120.0  # seconds; OpenAI's library obeys a longer Retry-After by giving up
LONGEST_WAIT = 300.0  # seconds
_FIRST_WAIT, _LAST_WAIT = 0.5, 8.0  # seconds between tries when nobody says how long


class CutShort(GenerationError):
    """A reply ended before it was whole."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to wait for a hosted model.

    The client libraries retry what they recognise: connections, timeouts, statuses such as 429 and 503 with a
    Retry-After up to two minutes. This adds a longer Retry-After, a reply that is no JSON, and one that was cut short.

    Attributes:
        retries: tries after the first.
        longest: seconds of a Retry-After that are still waited for.
    """

    retries: int = 2
    longest: float = LONGEST_WAIT

    def wait(self, error: BaseException | None, tried: int = 0) -> float | None:
        """Return the seconds to wait before the next try; None when there is to be none.

        Args:
            error: what the last try raised.
            tried: retries so far.
        """
        asked = retry_after(error)
        if asked is not None and asked > CLIENT_LIBRARY_WAITS:
            # Later than asked, never earlier, and not at the same moment as everybody else who was sent away.
            return asked * random.uniform(1.0, 1.05) if asked <= self.longest else None  # noqa: S311
        if isinstance(error, RuntimeError) and "loop is closed" in str(error):
            return 0.0  # a connection kept alive from another asyncio.run; the failure has dropped it
        if isinstance(error, (CutShort, json.JSONDecodeError)) or _endless(error):
            return min(_FIRST_WAIT * 2**tried, _LAST_WAIT) * random.uniform(0.75, 1.0)  # noqa: S311
        return None


def retry_after(error: BaseException | None) -> float | None:
    """Return the seconds that a server asks to wait in the Retry-After header of the reply behind an error.

    The header holds seconds or an HTTP date (RFC 9110, section 10.2.3).
    """
    value = _asked(error)
    if value is None:
        return None
    try:
        seconds = float(value)
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None


def _asked(error: BaseException | None) -> str | None:
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    return None if headers is None else headers.get("retry-after")


def _endless(error: BaseException | None) -> bool:
    """Whether the header holds a number beyond all floats: no time, yet the client library gives up on it."""
    try:
        return math.isinf(float(_asked(error) or ""))
    except ValueError:
        return False
