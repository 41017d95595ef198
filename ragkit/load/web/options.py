"""What reading from the web may do: how far links are followed, how politely, within which time and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

Follow = Literal["prefix", "host", "any"]


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How pages are fetched.

    Attributes:
        depth: how many links away from the pages asked for; 0 reads these alone.
        max_pages: pages fetched in all; the pages asked for are always fetched.
        follow: links that are followed: ``prefix`` those below the folder of the page asked for, ``host`` all of its
            host, ``any`` every link.
        delay: seconds between two requests to the same host; a longer ``Crawl-delay`` of its robots.txt counts more.
        allow_private: also reach addresses that are not on the public internet.
        main_content: leave out what surrounds the text of a page (menus, side bars, footers); needs trafilatura.
        page_bytes: size of a page or file, as sent and as unpacked.
        connect_seconds: time to connect.
        read_seconds: time without a byte.
        total_seconds: time for one request from first to last byte.
        redirects: redirects followed from one page.
        tell: called with a sentence when links are left out because of ``max_pages``; None logs it.

    Raises:
        ConfigError: a value is out of its range.
    """

    depth: int = 0
    max_pages: int = 100
    follow: Follow = "prefix"
    delay: float = 1.0
    allow_private: bool = False
    main_content: bool = False
    page_bytes: int = 50_000_000
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    total_seconds: float = 120.0
    redirects: int = 10
    tell: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        if self.follow not in ("prefix", "host", "any"):
            raise ConfigError(f"links are followed by prefix, host or any, not {self.follow!r}: choose one of these")
        if min(self.depth, self.delay, self.redirects) < 0 or self.max_pages < 1 or self.page_bytes < 1:
            raise ConfigError("depth, delay and redirects of WebOptions begin at 0, max_pages and page_bytes at 1")
        if min(self.connect_seconds, self.read_seconds, self.total_seconds) <= 0:
            raise ConfigError("the time limits of WebOptions are seconds above 0")
