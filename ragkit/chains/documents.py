"""What chains over documents take: documents, texts, paths of files, rows of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from ragkit.core.errors import ConfigError

Documentary = Document | str | Sequence[Document]

_FILE_NAME = re.compile(r"[\w./\\~-]*\w\.(?:md|txt|pdf|docx?|pptx?|xlsx?|html?|csv|tsv|jsonl?|odt|epub|rtf|eml)")


def as_documents(given: Documentary) -> tuple[Document, ...]:
    """Return documents as they are, and a text as one."""
    if isinstance(given, str):
        return (Document(given, metadata={"source": ""}),)
    return (given,) if isinstance(given, Document) else tuple(given)


def read(path: str | Path) -> list[Document]:
    """Return the documents of a file, or of all files of a folder.

    Raises:
        ConfigError: it is not there, or one of them cannot be read.
    """
    from ragkit.load import load as load_files

    if not Path(path).exists():
        raise ConfigError(f"there is no file {path}")
    out: list[Document] = []
    for file in load_files([Path(path)]):
        if file.outcome == "error":
            raise ConfigError(f"{file.source}: {file.detail or file.reason}")
        out += file.documents
    return out


def documents(given: Any) -> list[Document]:
    """Return the documents of a row: texts, paths of files, or ``{"text", "title", "source"}`` objects.

    Raises:
        ConfigError: it is none of them, or a file cannot be read.
    """
    if isinstance(given, list | tuple):
        return [document for each in given for document in documents(each)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(given, Document):
        return [given]
    if isinstance(given, dict):
        row: dict[str, Any] = dict(given)  # pyright: ignore[reportUnknownArgumentType]
        if "text" not in row:
            raise ConfigError('a document is a text, a path, or an object with "text": this one has none')
        about = {key: str(row[key]) for key in ("title", "source") if row.get(key)}
        return [Document(str(row["text"]), metadata={"source": "", **about})]
    if not isinstance(given, str | Path):
        raise ConfigError(f"a document is a text, a path, or an object with text, not {type(given).__name__}")
    if isinstance(given, str) and _FILE_NAME.fullmatch(given) and not _is_path(given):
        raise ConfigError(f"there is no file {given}")
    if not _is_path(given):
        return [Document(str(given), metadata={"source": ""})]
    return read(given)


def _is_path(given: str | Path) -> bool:
    if isinstance(given, Path):
        return True
    try:
        return bool(given.strip()) and len(given) < 1000 and "\n" not in given and Path(given).exists()
    except (OSError, ValueError):
        return False
