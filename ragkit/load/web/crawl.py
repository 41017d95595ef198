"""The pages asked for, and those that links on them lead to, within bounds: each once, breadth first."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError, MissingExtra
from ragkit.load.limits import Limits
from ragkit.load.web.address import DEFAULT_PORTS, Address, parse_address
from ragkit.load.web.links import find_links
from ragkit.load.web.options import WebOptions
from ragkit.load.web.page import GONE, MOVED, NOT_MODIFIED, WebPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ragkit.load.web.client import Response

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Visit:
    """How far one address was followed."""

    address: Address
    hops: list[str] = field(default_factory=list[str])
    response: Response | None = None


class Crawl:
    """One run over web pages.

    Args:
        urls: the pages asked for.
        options: how far, how politely, how long.
        limits: bounds for the content of a page.
        include: patterns as in ``.gitignore`` over the path of an address; with any, only links that match are
            followed.
        exclude: patterns of links that are not followed.
        known: returns the headers of a conditional request for an address that was read before.
        network: what ``ragkit.load.web.client.Client`` takes besides the options (resolver, trust, clock, sleep).

    Raises:
        LoadError: an address is none that is read (``unsupported``).
        MissingExtra: the packages for it are not installed.
    """

    def __init__(
        self,
        urls: Iterable[str],
        options: WebOptions | None = None,
        *,
        limits: Limits | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        known: Callable[[str], Mapping[str, str]] | None = None,
        ocr: bool = False,
        **network: Any,
    ) -> None:
        for package in ("httpcore2", "idna", "protego"):
            if find_spec(package) is None:
                raise MissingExtra("reading web pages", package, "web")
        from ragkit.load.web.client import Client
        from ragkit.load.web.robots import Robots

        self.options = options or WebOptions()
        if self.options.main_content:
            from ragkit.load.web.article import require

            require()
        self._start = [parse_address(url) for url in urls]
        self._limits, self._known, self._ocr = limits or Limits.configured(), known, ocr
        self._patterns = _compiled(include), _compiled(exclude)
        self._client = Client(self.options, **network)
        self._robots = Robots(self._client)
        self._roots: list[Address] = []  # where the pages asked for were found, redirects followed
        self._done: set[Address] = set()

    def pages(self, again: Iterable[str] = ()) -> Iterator[WebPage]:
        """Yield the pages asked for and, breadth first, those that links lead to.

        Args:
            again: addresses from an earlier run; those below the pages asked for that no link led to in this one are
                requested at the end, whatever the page limit, to learn which are gone.
        """
        # A generator, so that connections close however its consumer stops.
        try:
            yield from self._linked()
            for address in _addresses(again):
                page = self._page(address, deepest=True, linked=True) if self._below(address) else None
                if page is not None:
                    yield page
        finally:
            self._client.close()

    def _linked(self) -> Iterator[WebPage]:
        waiting = deque((address, 0) for address in self._start)
        found = set(self._start)
        fetched = 0
        while waiting:
            address, depth = waiting.popleft()
            if address in self._done:
                continue
            # Pages asked for come before all links, since the queue is in the order of depth: they are never cut.
            if depth and fetched >= self.options.max_pages:
                self._report_left(1 + sum(further not in self._done for further, _ in waiting))
                return
            deepest = depth >= self.options.depth
            page = self._page(address, deepest=deepest, linked=depth > 0)
            if page is None:
                continue
            fetched += page.response is not None
            if not depth:
                self._roots.append(page.address)
            if not deepest and page.error is None and page.is_html:
                links = [link for link in find_links(page.address, page.content) if link not in found]
                wanted = [link for link in links if self._wanted(link)]
                found.update(wanted)
                waiting.extend((link, depth + 1) for link in wanted)
            yield page

    def _page(self, address: Address, *, deepest: bool, linked: bool) -> WebPage | None:
        """Request one address; None where it leads to a page that was requested already."""
        visit = _Visit(address)
        try:
            if not self._follow(visit, deepest=deepest, linked=linked):
                return None
            error = _refusal(visit.address, visit.response.status) if visit.response else None
        except LoadError as failure:
            error = failure
        how = self._limits, self.options.main_content, linked, self._ocr
        return WebPage(visit.address, tuple(visit.hops), visit.response, error, *how)

    def _follow(self, visit: _Visit, *, deepest: bool, linked: bool) -> bool:
        """Follow redirects; False where one leads to a page that was requested already."""
        # Each hop is judged like an address that was asked for: its network, robots.txt and, for links, the bounds.
        for _ in range(self.options.redirects + 1):
            address = visit.address
            if address.url in visit.hops:
                detail = "redirects in a circle, as pages do that want cookies: save the page and load the file"
                raise LoadError(address.url, "unreadable", detail)
            if address in self._done:
                return False
            self._done.add(address)
            # Again at each hop, so that a link within bounds cannot lead out of them by a redirect.
            if linked and not self._within(address):
                raise LoadError(address.url, "ignored", "lies outside of what was asked for: give its address too")
            delay = self._robots.check(address)
            # "Not modified" comes without the links of a page, so it is asked for only where they are not needed.
            asked = self._known(address.url) if self._known and deepest else {}
            limit = min(self.options.page_bytes, self._limits.file_bytes)
            visit.response = self._client.get(address, asked, delay=delay, limit=limit)
            if visit.response.status not in MOVED:
                return True
            visit.hops.append(address.url)
            visit.address = self._next(address, visit.response.headers)
        detail = "redirects too often: open it in a browser to see where to"
        raise LoadError(visit.address.url, "unreadable", detail)

    def _next(self, address: Address, headers: Mapping[str, str]) -> Address:
        if "location" not in headers:
            raise LoadError(address.url, "unreadable", "redirects to nowhere: open it in a browser to see what it is")
        try:
            return address.joined(headers["location"].strip())
        except LoadError as error:
            raise LoadError(address.url, "unsupported", f"redirects to {error.source}, which {error.detail}") from error

    def _wanted(self, link: Address) -> bool:
        include, exclude = self._patterns
        path = link.path.lstrip("/")
        if (include and not include.match_file(path)) or (exclude and exclude.match_file(path)):
            return False
        return self._within(link)

    def _within(self, link: Address) -> bool:
        return self.options.follow == "any" or self._below(link)

    def _below(self, link: Address) -> bool:
        whole_host = self.options.follow == "host"
        return any(
            _same_host(root, link) and (whole_host or link.path.startswith(root.path[: root.path.rindex("/") + 1]))
            for root in self._roots
        )

    def _report_left(self, count: int) -> None:
        message = f"{count} links were not followed, since the limit of {self.options.max_pages} pages is reached"
        (self.options.tell or logger.warning)(f"{message}: raise --max-pages (WebOptions.max_pages)")


def _same_host(one: Address, other: Address) -> bool:
    # http and https of one host are the same; a port of its own is another server.
    usual = all(each.port == DEFAULT_PORTS[each.scheme] for each in (one, other))
    return one.host == other.host and (usual or one.port == other.port)


def _addresses(urls: Iterable[str]) -> Iterator[Address]:
    """Yield those among the sources of an index that may be asked for; others came from elsewhere than the web."""
    for url in urls:
        try:
            yield parse_address(url)
        except LoadError:
            logger.debug("%s is not requested again", url)


def _compiled(patterns: Sequence[str]) -> Any:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns) if patterns else None


def _refusal(address: Address, status: int) -> LoadError | None:
    """The error that a status stands for; None for content."""
    if status in (200, 203, 204, 205, NOT_MODIFIED):
        return None
    if status in GONE:
        return LoadError(address.url, "missing", f"is not there (HTTP {status}): check the address")
    if status in (401, 402, 403, 407, 451):
        detail = f"is not sent to programs without a login (HTTP {status}): save the page and load the file"
    elif status in (408, 429, 500, 502, 503, 504):
        detail = f"cannot be had just now (HTTP {status}): try again later, with a longer --delay"
    else:
        detail = f"cannot be had (HTTP {status}): open it in a browser to see what is wrong"
    return LoadError(address.url, "unreadable", detail)
