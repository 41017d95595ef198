"""Files within files: attachments and members of archives become documents, or are named with the reason why not."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, RawFile, clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ragkit.load.workers.outcome import Text

logger = logging.getLogger(__name__)

# The list is stored with a document's metadata, and with every chunk of it; the rest is counted.
_MOST_NAMED = 200


class Inside:
    """Collects the documents of the files within one file.

    Args:
        raw: the file they lie in.
        key: what such a file is called in the metadata of its documents; those that give no text are named in the
            metadata ``unread_attachments`` or ``unread_members`` with a reason each.
    """

    def __init__(self, raw: RawFile, key: Literal["attachment", "member"]) -> None:
        self.parts: list[Part] = []
        self.unread: list[dict[str, str]] = []
        self._raw = raw
        self._key = key
        self._more = 0  # unread files beyond the lists of archives within

    def read(self, name: str, data: bytes) -> None:
        """Read one file as what it is."""
        from ragkit.load.workers.outcome import read_raw

        raw = self._raw
        if raw.depth >= raw.limits.depth:
            self.lose(name, "too-large", f"lies more than {raw.limits.depth} files deep")
            return
        found = read_raw(replace(raw, name=name, data=data, media_type="", depth=raw.depth + 1))
        if found.outcome != "text":
            self.lose(name, found.reason, found.detail)
        self.parts += [self._part(name, text) for text in found.texts]

    def add(self, name: str, parts: Iterable[Part]) -> None:
        """Take the documents of a file that is part of its container's own format, such as a message in another."""
        self.parts += [replace(part, metadata={self._key: name, **part.metadata}) for part in parts]

    def lose(self, name: str, reason: str, detail: str) -> None:
        """Record a file that gives no text, and why."""
        logger.warning("%s: the %s %s %s", self._raw.source, self._key, name, detail)
        self.unread.append({"name": clean(name), "reason": reason})

    def _part(self, name: str, text: Text) -> Part:
        facts = {key: value for key, value in text.metadata.items() if key not in ("source", "part")}
        places, title, media_type = facts.pop("places", ()), facts.pop("title", ""), facts.pop("media_type")
        if self._key == "member":
            # Archives within archives look like one: a path through all of them.
            facts["member"] = clean("/".join(filter(None, (name, facts.get("member")))))
            self.unread += [{**row, "name": f"{name}/{row['name']}"} for row in facts.pop("unread_members", ())]
            self._more += facts.pop("unread_members_more", 0)
        else:
            facts.setdefault(self._key, name)
        # Ids of rows are unique in one file only.
        uid = f"{facts[self._key]}#{text.id}" if text.id is not None else None
        return Part(text.text, title or name.rpartition("/")[2], tuple(places), uid, facts, media_type)

    @property
    def metadata(self) -> dict[str, Any]:
        """What to put into the metadata of the container's own, or else its first, document."""
        if not self.unread:
            return {}
        listed = f"unread_{self._key}s"
        more = max(len(self.unread) - _MOST_NAMED, 0) + self._more
        return {listed: self.unread[:_MOST_NAMED]} | ({f"{listed}_more": more} if more > 0 else {})

    def content(self) -> Content:
        """Return the documents of a container that has no text of its own.

        Raises:
            LoadError: none of its files could be read; the reason is the one most of them have.
        """
        if self.parts:
            first = self.parts[0]
            return Content((replace(first, metadata={**first.metadata, **self.metadata}), *self.parts[1:]))
        reasons = Counter(row["reason"] for row in self.unread if row["reason"] not in ("empty", "ignored"))
        if not reasons:
            return Content(note="holds no file with text in it")
        ((reason, _),) = reasons.most_common(1)
        named = ", ".join(f"{row['name'][:80]}: {row['reason']}" for row in self.unread[:3])
        detail = f"holds no file that can be read ({named}{', ...' if len(self.unread) > 3 else ''})"
        raise LoadError(self._raw.source, reason, detail + ": unpack it and look at the files themselves")
