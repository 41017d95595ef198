"""The values of a form's fields, each with the quote that states it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json
from ragkit.core.places import place_words
from ragkit.ground.rendering import located

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Extracted:
    """The value of a field.

    Attributes:
        name: of the field.
        value: as the field's type has it; None where no source states it.
        document: source (path or URL) of the document that states it.
        start: offset of the quote in the document's text.
        end: offset behind it.
        quote: exactly the document's text at [start, end); empty without a value.
        place: all that is known of where the quote stands.
        reason: why there is no value; empty where there is one.
    """

    name: str
    value: Any = None
    document: str = ""
    start: int = 0
    end: int = 0
    quote: str = ""
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        return {
            "name": self.name,
            "value": self.value,
            "source": self.document,
            "place": dict(self.place),
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "reason": self.reason,
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        if self.value is None:
            return f"{self.name}: - ({self.reason})"
        place = ", ".join(each for each in (located(self.document, base), place_words(self.place)) if each)
        where = f"{place + ', ' if place else ''}characters {self.start}-{self.end}"
        return f"{self.name}: {self.value}\n    “{' '.join(self.quote.split())}”\n    {where}"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was extracted.

    Attributes:
        fields: every field of the schema, in its order.
        model: spec of the generator.
        usage: tokens read and written.
        timings: seconds.
        raw_text: the generator's reply.
    """

    fields: tuple[Extracted, ...]
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    raw_text: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """Values by name, None where no source states one."""
        return {each.name: each.value for each in self.fields}

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        return {"values": self.values, "fields": [each.to_json() for each in self.fields], **made_json(self)}

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        return "\n".join(each.to_text(base) for each in self.fields)
