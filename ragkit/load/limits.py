"""What a file may cost before it is refused as too large."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one file from taking the whole run; a file beyond one is an error ``too-large``.

    Attributes:
        file_bytes: size of the file itself.
        inflated_bytes: size of all that is unpacked from one file, archives within archives included.
        inflation_ratio: unpacked to packed size of one archive member, looked at above 5 MB unpacked.
        members: entries of one archive, archives within it included, or of one office package.
        pages: pages of a PDF, pictures of a TIFF file.
        pixels: size of one picture.
        cells: cells in the used rectangle of one sheet.
        depth: files within files (an attachment of an attachment has depth 2).
    """

    file_bytes: int = 200_000_000
    inflated_bytes: int = 200_000_000
    inflation_ratio: int = 200
    members: int = 10_000
    pages: int = 20_000
    pixels: int = 80_000_000
    cells: int = 20_000_000
    depth: int = 3


@dataclass(slots=True)
class Spent:
    """What one file has taken of the limits that count over all the files within it; those share one of these.

    Attributes:
        inflated: bytes unpacked.
        members: entries of archives met.
    """

    inflated: int = 0
    members: int = 0
