"""What holds of every file that was loaded and of every document that was split."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ragkit.core.types import REASONS, place_at
from ragkit.split import embedding_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, LoadedFile, Tokenizer

# Control characters that are no white space, byte order marks, and surrogates, which UTF-8 cannot hold.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f\ufeff\ufffe\uffff\ud800-\udfff]")


def file_problems(file: LoadedFile) -> list[str]:
    """List what is wrong with a loaded file: its outcome, the text, the places, the metadata."""
    return list(_file_problems(file))


def _file_problems(file: LoadedFile) -> Iterator[str]:
    if file.outcome == "text":
        if file.reason or file.detail:
            yield f"text with a reason: {file.reason} {file.detail}"
        for document in file.documents:
            yield from _document_problems(document, file.source)
        return
    if file.documents:
        yield f"{file.outcome} with documents"
    if file.reason not in REASONS:
        yield f"the reason {file.reason!r} is none of {', '.join(sorted(REASONS))}"
    if len(file.detail.split()) < 3:
        yield f"the detail {file.detail!r} is no sentence"


def _document_problems(document: Document, source: str) -> Iterator[str]:
    text = document.page_content
    metadata: dict[str, Any] = document.metadata
    if not text.strip():
        yield "a document without text"
    if found := _NOT_TEXT.search(text):
        yield f"a character that is no text: U+{ord(found[0]):04X} at {found.start()}"
    if metadata.get("source") != source or not metadata.get("media_type"):
        yield "metadata without source or media type"
    try:
        json.dumps([document.id, metadata], allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        yield f"metadata or id that JSON cannot hold: {error}"
    starts = [place.get("start") for place in metadata.get("places", ())]
    if not all(type(start) is int and 0 <= start <= len(text) for start in starts):
        yield f"a place outside the text of {len(text)} characters, or without a start: {starts}"
    elif any(first > second for first, second in pairwise(starts)):
        yield f"places that are not sorted: {starts}"


def chunk_problems(document: Document, chunks: Sequence[Chunk], tokenizer: Tokenizer) -> list[str]:
    """List what is wrong with how a document was split: spans, order, what is covered, sizes, ids, places."""
    return list(_chunk_problems(document, chunks, tokenizer))


def _chunk_problems(document: Document, chunks: Sequence[Chunk], tokenizer: Tokenizer) -> Iterator[str]:
    text = document.page_content
    # A mark for each character: passages may overlap, and white space between them belongs to none.
    covered = bytearray(len(text))
    for ordinal, chunk in enumerate(chunks):
        where = f"chunk {ordinal} [{chunk.start}, {chunk.end})"
        covered[chunk.start : chunk.end] = b"\1" * (chunk.end - chunk.start)
        if chunk.ordinal != ordinal:
            yield f"{where} has ordinal {chunk.ordinal}"
        if text[chunk.start : chunk.end] != chunk.text:
            yield f"{where} does not have the document's text at its span"
        if not chunk.text or chunk.text != chunk.text.strip():
            yield f"{where} is empty, or begins or ends with white space"
        yield from _size_problems(chunk, where, tokenizer)
        place = place_at(document.metadata, chunk.start, text, chunk.end)
        if any(chunk.metadata.get(key) != value for key, value in place.items()):
            yield f"{where} does not say where it stands: {place}"
        if chunk.metadata.get("source") != document.metadata.get("source"):
            yield f"{where} does not say its source"
    for first, second in pairwise(chunks):
        if second.start <= first.start or second.end <= first.end:
            yield f"chunk {second.ordinal} does not get on from the one before it"
    lost = next((at for at, character in enumerate(text) if not covered[at] and not character.isspace()), None)
    if lost is not None:
        yield f"the character {text[lost]!r} at {lost} lies in no chunk"
    if len({chunk.id for chunk in chunks}) != len(chunks):
        yield "two chunks have the same id"


def _size_problems(chunk: Chunk, where: str, tokenizer: Tokenizer) -> Iterator[str]:
    size = tokenizer.count(embedding_text(chunk))
    if size > tokenizer.max_tokens and len(chunk.text) > 1:
        yield f"{where} has {size} tokens with its heading, more than {tokenizer.max_tokens}"
