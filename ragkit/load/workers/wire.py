"""Messages between ragkit and its worker processes: JSON and UTF-8 behind their lengths, checked on arrival.

Nothing is pickled: a worker whose parser was taken over by a file can send a wrong text, and nothing else.
"""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from ragkit.core.types import REASONS, LoadOutcome
from ragkit.load.workers.outcome import ReadResult, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

# A job: length of the JSON, the JSON. An answer: lengths of the JSON and of all texts, whether the worker ends after;
# the JSON with the length of each text; the texts in UTF-8, outside of the JSON, which would escape them.
_JOB = struct.Struct("<I")
_ANSWER = struct.Struct("<IQ?")


def write_all(descriptor: int, *parts: bytes) -> None:
    """Write all bytes; waits while nobody reads."""
    for part in parts:
        left = memoryview(part)  # a pipe takes 64 KiB at once
        while left:
            left = left[os.write(descriptor, left) :]


def _read_exactly(descriptor: int, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        block = os.read(descriptor, count - len(found))
        if not block:
            return b""
        found += block
    return bytes(found)


def job(value: dict[str, Any]) -> bytes:
    """Encode a job."""
    data = json.dumps(value).encode()
    return _JOB.pack(len(data)) + data


def read_job(descriptor: int) -> dict[str, Any] | None:
    """Wait for a job; None when there will be no more."""
    head = _read_exactly(descriptor, _JOB.size)
    data = _read_exactly(descriptor, _JOB.unpack(head)[0]) if head else b""
    return json.loads(data) if data else None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What became of a file, encoded: the JSON, and the texts behind it."""

    about: bytes
    texts: Sequence[bytes] = ()


def answer(number: int, reading: ReadResult) -> Outgoing:
    """Encode what became of the file of a job."""
    texts = [each.text.encode("utf-8", "replace") for each in reading.texts]
    about = {
        "job": number,
        "outcome": reading.outcome,
        "reason": reading.reason,
        "detail": reading.detail,
        "media_type": reading.media_type,
        "pages": reading.pages,
        "log": reading.log,
        "documents": [
            {"bytes": len(text), "id": each.id, "metadata": each.metadata}
            for text, each in zip(texts, reading.texts, strict=True)
        ],
    }
    return Outgoing(json.dumps(about, default=str).encode(), texts)


def sign_of_life(number: int) -> list[bytes]:
    """Encode that the reader of a file makes progress."""
    return frames(Outgoing(json.dumps({"job": number}).encode()))


def frames(answer: Outgoing, *, last: bool = False) -> list[bytes]:
    """Put the lengths before an answer; ``last`` says that the worker ends after it."""
    return [_ANSWER.pack(len(answer.about), sum(map(len, answer.texts)), last), answer.about, *answer.texts]


class Answers:
    """Bytes that arrive from a worker, cut into answers of at most ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._bytes = bytearray()

    def feed(self, data: bytes) -> None:
        """Add what arrived."""
        self._bytes += data

    def take(self) -> tuple[dict[str, Any], memoryview, bool] | None:
        """Return the next whole answer: its JSON, its texts, whether the worker ends; None when it is not whole yet.

        Raises:
            ValueError: it is none.
        """
        if len(self._bytes) < _ANSWER.size:
            return None
        head, body, last = _ANSWER.unpack_from(self._bytes)
        # Before anything is stored for it: a parser that was taken over could claim any length.
        if head + body > self.most:
            raise ValueError(f"an answer of {head + body} bytes")
        middle, end = _ANSWER.size + head, _ANSWER.size + head + body
        if len(self._bytes) < end:
            return None
        whole, self._bytes = self._bytes, self._bytes[end:]
        try:
            about: Any = json.loads(whole[_ANSWER.size : middle])
        except RecursionError as error:
            raise ValueError("an answer too deep to read") from error
        if not isinstance(about, dict):
            raise ValueError("an answer that is no object")  # noqa: TRY004 - what is wrong is what was sent
        return cast("dict[str, Any]", about), memoryview(whole)[middle:end], last


def reading(about: dict[str, Any], body: memoryview) -> ReadResult:
    """Decode what became of a file.

    Raises:
        ValueError: it is not what a worker sends.
    """
    try:
        texts: list[Text] = []
        start = 0
        for each in about["documents"]:
            end = start + int(each["bytes"])
            metadata = dict[str, Any](each["metadata"])
            texts.append(Text(str(body[start:end], "utf-8"), metadata, _text_or_none(each["id"])))
            start = end
        outcome, reason, pages = about["outcome"], about["reason"], about["pages"]
        # All that a worker sends is checked, so that nothing but a wrong text can come of one that was taken over.
        sound = outcome in get_args(LoadOutcome) and (reason in REASONS or not reason)
        if not sound or start != len(body) or (outcome == "text") != bool(texts) or (outcome == "error") > bool(reason):
            raise ValueError("an answer that contradicts itself")
        return ReadResult(
            outcome,
            tuple(texts),
            str(reason),
            str(about["detail"]),
            str(about["media_type"]),
            None if pages is None else int(pages),
            tuple((int(level), str(name), str(message)) for level, name, message in about["log"]),
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"an answer without its parts ({error!r})") from error


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
