"""What the robots.txt of each host allows (RFC 9309), asked for once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.core.errors import LoadError
from ragkit.load.web.client import AGENT
from ragkit.load.web.page import MOVED

if TYPE_CHECKING:
    from protego import Protego

    from ragkit.load.web.address import Address
    from ragkit.load.web.client import Client, Response

_BYTES = 512_000  # RFC 9309, 2.5, asks for 500 KiB at least
_REDIRECTS = 5
_LONGEST_DELAY = 60.0
# The names in rules for other programs; those for ragkit and for all (*) stay.
_OTHER_AGENT = re.compile(rf"(?im)^([ \t]*+user[- ]?agent[ \t]*+:?+[ \t]*+)(?!\*[ \t]*+(?:#|\r|$)|{AGENT}\b)[^\r\n]*")


class Robots:
    """Rules by origin.

    A host without a robots.txt (status 4xx) allows everything, one that fails to send it (5xx, unreachable) nothing.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rules: dict[tuple[str, str], Protego | LoadError] = {}

    def check(self, address: Address) -> float:
        """Return the seconds to leave between requests to the host of an address that may be read.

        Raises:
            LoadError: the rules forbid it (``ignored``), or cannot be had (as the request failed).
        """
        key = (address.scheme, address.authority)
        if key not in self._rules:
            self._rules[key] = self._ask(address)
        rules = self._rules[key]
        if isinstance(rules, LoadError):
            raise LoadError(address.url, rules.reason, rules.detail)
        if not rules.can_fetch(address.url, AGENT):
            detail = f"is not read, since the robots.txt of {address.host} forbids it: ask its owner for the file"
            raise LoadError(address.url, "ignored", detail)
        return min(max(rules.crawl_delay(AGENT) or 0.0, self._client.options.delay), _LONGEST_DELAY)

    def _ask(self, address: Address) -> Protego | LoadError:
        from protego import Protego

        try:
            answer = self._followed(address.joined("/robots.txt"))
        except LoadError as error:
            if error.reason == "too-large":
                return LoadError(error.source, "ignored", f"is not read: the robots.txt of {address.host} is too large")
            return error
        if answer.status >= 500 or answer.status == 429:
            detail = f"is not read now: {address.host} fails to say what it allows (robots.txt: HTTP {answer.status})"
            return LoadError(address.url, "unreadable", f"{detail}; try again later")
        text = answer.body.decode("utf-8", "replace").removeprefix("\ufeff")
        # Rules for others are put under one name: a file that names thousands would cost its length squared.
        return Protego.parse(_OTHER_AGENT.sub(r"\g<1>another", text))

    def _followed(self, address: Address) -> Response:
        for _ in range(_REDIRECTS + 1):
            answer = self._client.get(address, limit=_BYTES)
            if answer.status not in MOVED or "location" not in answer.headers:
                return answer
            address = address.joined(answer.headers["location"])
        raise LoadError(address.url, "unreadable", f"is not read: the robots.txt of {address.host} redirects for ever")
