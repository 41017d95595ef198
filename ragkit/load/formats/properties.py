"""Authors and dates from a file's own metadata: ``author``, ``created`` and ``modified``, dates in ISO 8601."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import clean, plausible_title
from ragkit.load.formats.package import child, local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ragkit.load.formats.package import Package

logger = logging.getLogger(__name__)

_LONGEST = 300  # characters of an author
# D:20260203091240+01'00' (ISO 32000-1, 7.9.4); all from the month on may be missing.
_PDF_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)(?:00'?00'?)?|([+-])(\d\d)'?(\d\d)?'?)?"
)
_YEARS = range(1000, 10000)
# Names of meta elements (Dublin Core, Open Graph, Highwire Press); of several the first that a page has counts.
_META_AUTHOR = ("author", "dc.creator", "dcterms.creator", "article:author")
_META_CREATED = ("article:published_time", "dcterms.created", "dc.date", "dcterms.date", "date", "citation_date")
_META_MODIFIED = ("article:modified_time", "dcterms.modified", "og:updated_time", "last-modified", "revised")


def properties(
    *, author: str | Iterable[str] = "", created: str | None = "", modified: str | None = ""
) -> dict[str, str]:
    """Normalise author and dates; what is no date, and an author without a letter, are left out.

    Args:
        author: one name or several.
        created: as formats write it: ISO 8601, PDF's ``D:20260203091240Z``, or e-mail's ``Tue, 3 Feb 2026 ...``.
        modified: the same.
    """
    names = [author] if isinstance(author, str) else author
    writers = ", ".join(name for each in names if (name := " ".join(clean(each).split())))
    known = {"created": iso_date(created), "modified": iso_date(modified)}
    # Programs leave stand-ins such as "-" or "." where no author is known.
    if any(letter.isalpha() for letter in writers):
        known["author"] = writers[:_LONGEST]
    return {key: value for key, value in sorted(known.items()) if value}


def iso_date(written: str | None) -> str:
    """Write a date, or a date with its time, in ISO 8601; empty for what is no date."""
    text = (written or "").strip()
    if not text or len(text) > 100:
        return ""
    # ISO 8601 first: Python reads 20260203 as a date and not as the beginning of PDF's notation.
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        day_only = re.fullmatch(r"\d{4}-?\d\d-?\d\d", text)
        return found.date().isoformat() if day_only else found.replace(microsecond=0).isoformat()
    if re.fullmatch(r"[1-9]\d{3}-(?:0[1-9]|1[0-2])", text):
        return text
    known = _PDF_DATE.fullmatch(text)
    if known:
        return _pdf_date(known)
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(text).isoformat()
    return ""


def _pdf_date(found: re.Match[str]) -> str:
    year = int(found[1])
    month, day, *time = (None if part is None else int(part) for part in found.groups()[1:6])
    if year not in _YEARS:
        return ""
    if month is None:
        return str(year)
    zone = UTC if found[7] else None
    try:
        if found[8]:
            shift = timedelta(hours=int(found[9]), minutes=int(found[10] or 0))
            zone = timezone(-shift if found[8] == "-" else shift)
        moment = datetime(year, month, day or 1, *(part or 0 for part in time), tzinfo=zone)
    except ValueError:
        return ""
    return moment.isoformat() if time[0] is not None else moment.date().isoformat()


def package_properties(package: Package, name: str) -> tuple[str, dict[str, str]]:
    """Read title and properties of an Office Open XML or OpenDocument package; the file's ``name`` is no title."""
    if "meta.xml" in package:
        found = _fields(package, "meta.xml", "meta")
        author, created = found.get("initial-creator") or found.get("creator", ""), found.get("creation-date")
        known = properties(author=author, created=created, modified=found.get("date"))
    else:
        found = _fields(package, "docProps/core.xml")
        created, modified = found.get("created"), found.get("modified")
        known = properties(author=found.get("creator", ""), created=created, modified=modified)
    return plausible_title(found.get("title"), name), known


def _fields(package: Package, member: str, *path: str) -> dict[str, str]:
    """The texts of an element's children by name; none where the part is damaged, since the document may be sound."""
    if member not in package:
        return {}
    try:
        root = child(package.xml(member), *path)
    except LoadError as error:
        logger.warning("the properties of %s are left out: %s", error.source, error.detail)
        return {}
    return {local_name(element): element.text or "" for element in (root if root is not None else ())}


def book_properties(book: Any) -> dict[str, str]:
    """Read the metadata of an e-book's package document."""
    metadata = child(book, "metadata")
    elements = list(metadata) if metadata is not None else []
    authors = [element.text or "" for element in elements if local_name(element) == "creator"]
    dates = [element.text or "" for element in elements if local_name(element) == "date"]
    modified = [element.text or "" for element in elements if element.get("property") == "dcterms:modified"]
    return properties(author=authors, created=next(iter(dates), ""), modified=next(iter(modified), ""))


def page_properties(metas: Mapping[str, str]) -> dict[str, str]:
    """Choose from the ``meta`` elements of an HTML page, by lower-case name or property."""
    kinds = (_META_AUTHOR, _META_CREATED, _META_MODIFIED)
    author, created, modified = (next((metas[name] for name in kind if metas.get(name)), "") for kind in kinds)
    return properties(author=author, created=created, modified=modified)
