"""What chains over documents take: documents, texts, paths of files, rows of a pipeline."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.documents import Document

from ragkit.core.errors import ConfigError

Documentary = Document | str | Sequence[Document]

# A text of this form alone is taken for a path with a typing error, not for a document of one word.
_FILE_NAME = re.compile(r"[\w./\\~-]*\w\.(?:md|txt|pdf|docx?|pptx?|xlsx?|html?|csv|tsv|jsonl?|odt|epub|rtf|eml)")


def as_documents(source: Documentary) -> tuple[Document, ...]:
    """Return documents as they are, and a text as one."""
    if isinstance(source, str):
        return (Document(source, metadata={"source": ""}),)
    return (source,) if isinstance(source, Document) else tuple(source)


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


def documents(value: Any) -> list[Document]:
    """Return the documents of a row: texts, paths of files, or ``{"text", "title", "source"}`` objects.

    Raises:
        ConfigError: it is none of them, or a file cannot be read.
    """
    if isinstance(value, list | tuple):
        return [document for each in value for document in documents(each)]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, Document):
        return [value]
    if isinstance(value, dict):
        row: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        if "text" not in row:
            raise ConfigError('a document is a text, a path, or an object with "text": this one has none')
        about = {key: str(row[key]) for key in ("title", "source") if row.get(key)}
        return [Document(str(row["text"]), metadata={"source": "", **about})]
    if not isinstance(value, str | Path):
        raise ConfigError(f"a document is a text, a path, or an object with text, not {type(value).__name__}")
    if isinstance(value, str) and _FILE_NAME.fullmatch(value) and not _is_path(value):
        raise ConfigError(f"there is no file {value}")
    if not _is_path(value):
        return [Document(str(value), metadata={"source": ""})]
    return read(value)


def _is_path(value: str | Path) -> bool:
    if isinstance(value, Path):
        return True
    try:
        # Longer than any file name: asking the system for it would raise, or take long for a whole document.
        return bool(value.strip()) and len(value) < 1000 and "\n" not in value and Path(value).exists()
    except (OSError, ValueError):
        return False
