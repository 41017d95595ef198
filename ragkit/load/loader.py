"""The LangChain document loader over ragkit's own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.document_loaders import BaseLoader

from ragkit.load.files import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import LoadedFile
    from ragkit.load.limits import Limits

logger = logging.getLogger(__name__)


class FileLoader(BaseLoader):
    """Load files and folders of any format as LangChain Documents.

    Args:
        paths: a path or several; folders are walked.
        include: patterns of files to read, as in ``.gitignore``; all when empty.
        exclude: patterns of files and folders to leave out.
        limits: what one file may cost; None takes the configured ones.
        workers: files to read at once; None takes the configured number of threads.
        isolate: whether files are read in processes of their own; None takes the setting.
        ocr: read words in pictures and in scanned pages too, with the extra ``ocr``.

    Attributes:
        failures: files of the last run that gave no text, errors and empty ones alike; each is logged too.
        skipped: paths of the last run that were left out, with the reason.
    """

    def __init__(
        self,
        paths: Iterable[str | Path] | str | Path,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        limits: Limits | None = None,
        workers: int | None = None,
        isolate: bool | None = None,
        ocr: bool = False,
    ) -> None:
        self.paths = [paths] if isinstance(paths, str | Path) else list(paths)
        self.include, self.exclude = include, exclude
        self.limits, self.workers, self.isolate = limits, workers, isolate
        self.ocr = ocr
        self.failures: list[LoadedFile] = []
        self.skipped: list[LoadedFile] = []

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents file by file.

        Raises:
            LoadError: a path does not exist.
        """
        self.failures, self.skipped = [], []
        for file in load(
            self.paths,
            include=self.include,
            exclude=self.exclude,
            limits=self.limits,
            workers=self.workers,
            isolate=self.isolate,
            ocr=self.ocr,
        ):
            if file.outcome == "skipped":
                self.skipped.append(file)
            elif file.outcome != "text":
                self.failures.append(file)
                logger.warning("%s: %s: %s", file.source, file.reason, file.detail)
            yield from file.documents
