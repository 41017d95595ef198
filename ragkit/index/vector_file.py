"""The file of a vector cache: what FAISS wrote, then what ragkit adds to it, checked so that damage is never searched.

    FAISS's index, up to its inverted lists | the inverted lists | an array | notes as JSON | footer

Reading a file of hundreds of megabytes only to check it would take longer than all else that opening does. So what is
needed at once (everything but the lists) is checked on opening against the checksum in the file's name, and each
inverted list against its own checksum, kept in the array, before it is searched for the first time: no byte is used
that was not checked, and none is read only to be checked. An index without lists is checked whole on opening.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FOOTER = struct.Struct("<8sQQQQ")  # mark, then the bytes of the four parts before it
MARK = b"ragkit-2"
BLOCK = 1 << 20  # bytes read at a time


@dataclass(frozen=True, slots=True)
class VectorFile:
    """An open cache file.

    Attributes:
        path: where it is.
        index: FAISS's index; its vectors are mapped from the file, not read.
        array: row ids of an index without lists, checksums of the lists of one with.
        notes: what else is known of it.
    """

    path: Path
    index: Any
    array: NDArray[np.int64]
    notes: dict[str, Any]


def write(beside: Path, index: Any, array: NDArray[np.int64], notes: dict[str, Any], lists: int = 0) -> int:
    """Write a file and return its checksum.

    Args:
        beside: where; it is moved into place by the caller, so that no half file is ever in use.
        index: a FAISS index.
        array: int64.
        notes: JSON-serialisable.
        lists: bytes of the inverted lists, which FAISS writes last.

    Raises:
        OSError, RuntimeError: it cannot be written.
    """
    import faiss

    faiss.write_index(index, str(beside))
    head = beside.stat().st_size - lists
    about = json.dumps(notes).encode()
    content = np.ascontiguousarray(array, "<i8").tobytes()
    after = content + about + FOOTER.pack(MARK, head, lists, len(content), len(about))
    with beside.open("rb") as file:
        checksum = zlib.crc32(after, _checksum(file, head))
    with beside.open("ab") as file:
        file.write(after)
    return checksum


def read(path: Path, checksum: int) -> VectorFile:
    """Open a file.

    Raises:
        OSError, RuntimeError, ValueError: it cannot be read, or is not as it was written.
    """
    import faiss

    size = path.stat().st_size
    with path.open("rb") as file:
        if size < FOOTER.size:
            raise ValueError("it is cut short")
        file.seek(-FOOTER.size, 2)
        footer = file.read()
        mark, head, lists, content, about = FOOTER.unpack(footer)
        if mark != MARK or head + lists + content + about + FOOTER.size != size:
            raise ValueError("it is cut short, or of another release")
        file.seek(0)
        value = _checksum(file, head)
        file.seek(head + lists)
        after = file.read()
    if zlib.crc32(after, value) != checksum:
        raise ValueError("its content is not what was written")
    array = np.frombuffer(after, "<i8", content // 8).astype(np.int64, copy=False)
    notes = json.loads(after[content : content + about])
    # Each flag maps one kind of index; FAISS before 1.11 has the first only and reads flat ones into memory.
    flag = faiss.IO_FLAG_MMAP if lists else getattr(faiss, "IO_FLAG_MMAP_IFC", 0)
    return VectorFile(path, faiss.read_index(str(path), flag), array, notes)


def _checksum(file: Any, size: int) -> int:
    value = 0
    while size and (block := file.read(min(size, BLOCK))):
        value = zlib.crc32(block, value)
        size -= len(block)
    return value
