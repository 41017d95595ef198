"""Every error ragkit raises on purpose; each message says what happened and what to do next."""

from __future__ import annotations

import re
import shlex
import sys
from typing import ClassVar


class RagkitError(Exception):
    """Base of all errors that ragkit raises on purpose.

    Attributes:
        exit_code: what the command line exits with when this error ends it.
    """

    # 1 failed, 2 wrong usage or settings, 6 index damaged or mismatched; the others are in the commands.
    exit_code: ClassVar[int] = 1


class ConfigError(RagkitError):
    """A setting, a spec string or a file of settings is wrong."""

    exit_code = 2


class MissingExtra(ConfigError):
    """A feature needs a package that is not installed.

    Args:
        feature: what was asked for, in the user's words.
        package: the package that is missing.
        extra: the ragkit extra that brings it, or None when it is no part of one.
    """

    def __init__(self, feature: str, package: str, extra: str | None = None) -> None:
        self.feature, self.package, self.extra = feature, package, extra
        install = f"pip install 'ragkit[{extra}]'" if extra else f"pip install {package}"
        super().__init__(f"{feature} needs the package {package!r}, which is not installed: run {install}")


class ModelError(RagkitError):
    """A model is unknown, absent, damaged, or of a kind that cannot do what is wanted."""


class LoadError(RagkitError):
    """A file or URL could not be read.

    Args:
        source: the path or URL.
        reason: one word of a fixed set (missing, empty, encrypted, corrupt, too-large, timeout, crashed,
            unsupported, unreadable).
        detail: a sentence a person can act on.
    """

    def __init__(self, source: str, reason: str, detail: str) -> None:
        self.source, self.reason, self.detail = source, reason, detail
        super().__init__(f"{source}: {detail}")

    def __reduce__(self) -> tuple[type[LoadError], tuple[str, str, str]]:
        """Keep the three parts when the error crosses a process boundary."""
        # Exception's own would call the class with the message alone, which this constructor does not take.
        return type(self), (self.source, self.reason, self.detail)


class IndexFolderError(RagkitError):
    """Base of the errors about an index folder."""


class IndexMissing(IndexFolderError):
    """There is no index in this folder."""


class IndexMismatch(IndexFolderError):
    """The index was made with another embedder, dimension or schema than the one at hand."""

    exit_code = 6


class IndexCorrupt(IndexFolderError):
    """A file of the index is damaged beyond what ragkit repairs by itself."""

    exit_code = 6


class IndexLocked(IndexFolderError):
    """Another process is writing to the index."""


class GenerationError(RagkitError):
    """A generator failed.

    Args:
        message: what happened and what to do.
        retryable: whether the same call may succeed later.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)


class UnclearReply(GenerationError):
    """A generator replied, also when it was asked once more, with nothing that could be the result.

    Args:
        message: what happened and what to do.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True)


class BudgetExceeded(GenerationError):
    """What was allowed to be spent on a generator is spent."""


class ContextOverflow(GenerationError):
    """A prompt does not fit the generator's context window.

    Args:
        needed: tokens of prompt and answer together.
        limit: tokens the generator can hold.
    """

    def __init__(self, needed: int, limit: int) -> None:
        self.needed, self.limit = needed, limit
        super().__init__(
            f"the prompt and its answer need {needed} tokens but the model holds {limit}: "
            "give it less text (fewer passages with -k, where there are some) or use a model with a longer context"
        )


def shell_word(text: str) -> str:
    """Quote a word of a command that a message advises, for the shells of this system."""
    if sys.platform == "win32":  # neither cmd nor PowerShell reads what shlex.quote writes as one word
        return text if re.fullmatch(r"[\w\\/:.?=+~-]+", text) else f'"{text}"'
    return shlex.quote(text)
