"""Damaged files to read: random bytes, and small sound files of every format after up to four mishaps."""

from __future__ import annotations

import base64
import gzip
import io
import os
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "load"))  # the builders of sample files are there
from load_samples import SAMPLES

from ragkit.testing import DAMAGES, damage, damage_member

FILES = Path(os.environ.get("RAGKIT_FUZZ_FILES") or Path(__file__).parents[2] / ".." / "shared/documents/files")
LARGEST = 3_000_000  # bytes; a larger file takes long and shows nothing else
EXTENSIONS = sorted({sample.name.partition(".")[2] for sample in SAMPLES} | {"", "bin", "xls", "zip", "png", "msg"})
MAGIC = [sample.data[:16] for sample in SAMPLES] + [
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"",
    b"\xff\xfe",
]

_PART = st.integers(0, 1 << 16).map(lambda number: number / (1 << 16))
# Wrong numbers and words inside a member get further than other damage, which a checksum or the XML parser refuses.
_KINDS = (*DAMAGES, "renumber", "renumber", "insert")
_MISHAP = st.tuples(st.sampled_from(_KINDS), _PART, _PART.map(lambda part: part**4), st.integers(0, 999), st.booleans())
_WRAPPING = st.sampled_from(
    [(), (), (), (), ("gz",), ("zip",), ("tar",), ("eml",), ("eml", "zip"), ("zip", "tar", "gz")]
)


@cache
def seeds() -> dict[str, bytes]:
    """Sound files by name: those the tests make, and real ones where they are on this machine."""
    real = sorted(FILES.iterdir()) if FILES.is_dir() else []
    small = [path for path in real if path.is_file() and path.stat().st_size <= LARGEST]
    return {sample.name: sample.data for sample in SAMPLES} | {path.name: path.read_bytes() for path in small}


@dataclass(frozen=True)
class Damaged:
    """A sound file and what happens to it; short to print, unlike the bytes.

    Attributes:
        name: name of the sound file.
        mishaps: kind of damage, where it begins, how far it goes, a choice, whether inside a member; see ``damage``.
        others: names of the files that are spliced in, one a mishap.
        renamed: its new name, if any.
        wrapping: what it is put into, innermost first.
    """

    name: str
    mishaps: tuple[tuple[str, float, float, int, bool], ...]
    others: tuple[str, ...]
    renamed: str
    wrapping: tuple[str, ...]

    def file(self) -> tuple[str, bytes]:
        """Do the damage; return name and content."""
        data = seeds()[self.name]
        for (kind, first, length, choice, inside), name in zip(self.mishaps, self.others, strict=True):
            other = seeds()[name] if kind == "splice" else b""
            change = partial(
                damage, kind=kind, first=first, second=min(1.0, first + length), choice=choice, other=other
            )
            data = damage_member(data, choice, change) if inside else change(data)
        name = self.renamed or self.name
        for kind in self.wrapping:
            name, data = wrapped(name, data, kind)
        return name, data


@dataclass(frozen=True)
class Random:
    """Random bytes behind what may be the first bytes of a format."""

    name: str
    head: bytes
    rest: bytes

    def file(self) -> tuple[str, bytes]:
        """Return name and content."""
        return self.name, self.head + self.rest


def random_files() -> st.SearchStrategy[Random]:
    """Random bytes, most of them behind the first bytes of a format."""
    return st.builds(
        Random, st.sampled_from(EXTENSIONS).map("a.{}".format), st.sampled_from(MAGIC), st.binary(max_size=2000)
    )


@st.composite
def damaged_files(draw: st.DrawFn) -> Damaged:
    """A sound file of some format after a few mishaps, perhaps under another name or inside another file."""
    names = list(seeds())
    mishaps = draw(st.lists(_MISHAP, min_size=1, max_size=4))
    others = [draw(st.sampled_from(names)) for _ in mishaps]
    renamed = f"renamed.{draw(st.sampled_from(EXTENSIONS))}" if draw(st.integers(0, 7)) == 7 else ""
    return Damaged(draw(st.sampled_from(names)), tuple(mishaps), tuple(others), renamed, draw(_WRAPPING))


def wrapped(name: str, data: bytes, kind: str) -> tuple[str, bytes]:
    """Put a file into a compressed file, an archive or a message."""
    if kind == "gz":
        return name + ".gz", gzip.compress(data, 1, mtime=0)
    if kind == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), data)
        return "archive.zip", buffer.getvalue()
    if kind == "tar":
        buffer, about = io.BytesIO(), tarfile.TarInfo(name)
        about.size = len(data)
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.addfile(about, io.BytesIO(data))
        return "archive.tar", buffer.getvalue()
    if kind == "eml":
        head = f'Subject: file\nContent-Disposition: attachment; filename="{name}"\n'
        head += "Content-Transfer-Encoding: base64\n\n"
        return "message.eml", head.encode() + base64.encodebytes(data)
    return name, data
