"""What a file may cost before it is refused as too large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one file from taking the whole run; a file beyond one is an error ``too-large``.

    Attributes:
        file_bytes: size of the file itself.
        inflated_bytes: size of all that is unpacked from one archive or office package.
        inflation_ratio: unpacked to packed size of one archive member, looked at above 5 MB unpacked.
        members: entries of one archive or office package.
        pages: pages of a PDF.
        cells: cells in the used rectangle of one sheet.
        depth: files within files (an attachment of an attachment has depth 2).
    """

    file_bytes: int = 200_000_000
    inflated_bytes: int = 200_000_000
    inflation_ratio: int = 200
    members: int = 10_000
    pages: int = 20_000
    cells: int = 20_000_000
    depth: int = 3
