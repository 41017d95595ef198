"""What a file may cost before it is refused as too large."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.core.settings import Settings

# Bytes more for OCR; most of it is address space that is never touched (a page takes half a GB).
OCR_MEMORY = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that keep one file from taking the whole run; a file beyond one is an error that says which.

    Attributes:
        file_bytes: size of the file itself.
        inflated_bytes: size of all that is unpacked from one file, archives within archives included.
        inflation_ratio: unpacked to packed size of one archive member, looked at above 5 MB unpacked.
        members: entries of one archive, archives within it included, or of one office package.
        pages: pages of a PDF, pictures of a TIFF file.
        pixels: size of one picture.
        cells: cells in the used rectangle of one sheet.
        depth: files within files (an attachment of an attachment has depth 2).
        seconds: wall time for reading one file (an error ``timeout`` beyond it) ...
        seconds_per_mb: ... and how much more for each MB of the file.
        memory_bytes: memory of the process that reads a file (an error ``too-large`` beyond it) ...
        memory_ratio: ... and how many times the size of the file more.
    """

    file_bytes: int = 200_000_000
    inflated_bytes: int = 200_000_000
    inflation_ratio: int = 200
    members: int = 10_000
    pages: int = 20_000
    pixels: int = 80_000_000
    cells: int = 20_000_000
    depth: int = 3
    seconds: float = 30.0
    seconds_per_mb: float = 1.0
    memory_bytes: int = 512_000_000
    memory_ratio: float = 8.0

    @classmethod
    def configured(cls, settings: Settings | None = None) -> Limits:
        """Return the limits that settings ask for: the table ``[limits]`` of ``ragkit.toml`` or the environment.

        Args:
            settings: None reads environment and ``ragkit.toml``.

        Raises:
            ConfigError: there is no limit of a name, or its value is no positive number.
        """
        from ragkit.core.errors import ConfigError
        from ragkit.core.settings import load_settings

        known: dict[str, type[Any]] = {each.name: float if each.type == "float" else int for each in fields(cls)}
        asked = (settings or load_settings()).limits
        for name, value in asked.items():
            if name not in known or not 0 < value < float("inf"):
                raise ConfigError(
                    f"limits: {name} = {value:g} is no limit: give a positive number to one of {', '.join(known)}"
                )
        return cls(**{name: known[name](value) for name, value in asked.items()})

    def seconds_for(self, size: int) -> float:
        """Wall time for a file of so many bytes, in seconds."""
        return self.seconds + self.seconds_per_mb * size / 1e6

    def memory_for(self, size: int) -> int:
        """Memory for a file of so many bytes, in bytes."""
        return int(self.memory_bytes + self.memory_ratio * size)

    def for_ocr(self) -> Limits:
        """Return the limits for reading pictures: models and pictures take room, a page takes seconds."""
        return replace(self, seconds=4 * self.seconds, memory_bytes=self.memory_bytes + OCR_MEMORY)


@dataclass(slots=True)
class LimitsUsed:
    """What a file has used of the limits that count over all the files within it, which share one of these."""

    inflated: int = 0  # bytes unpacked
    members: int = 0  # entries of archives so far
