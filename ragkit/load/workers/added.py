"""Formats that a program adds while it runs, by name, so that worker processes can find them too.

Functions are not pickled: a job names the module and the function, and the worker imports them. What has no such name
(of ``__main__``, a lambda, a local function) is read in the program itself.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.registry import register, registered, unregister
from ragkit.load.detect import extension_of
from ragkit.load.plugins import KIND, Format
from ragkit.load.readers import added_readers, set_added_readers

if TYPE_CHECKING:
    from collections.abc import Mapping

_adopted: dict[str, Any] = {}


def nameless() -> list[str]:
    """List the extensions of formats whose readers no other process can import: of ``__main__``, or local."""
    return sorted(
        extension
        for extension, added in registered(KIND).items()
        if isinstance(added, Format) and not _name(added.read)  # what is no Format is an error in any process
    )


def stays(path: str) -> bool:
    """Tell whether a file may be of a format whose reader no other process can import, by its name or how it begins."""
    # Only such files are read in the program itself; one reader without a name must not switch isolation off for all.
    own = {extension: registered(KIND)[extension] for extension in nameless()}
    if not own:
        return False
    if extension_of(path) in own:
        return True
    marks = tuple(magic for added in own.values() for magic in added.magic)
    if not marks:
        return False
    try:
        with Path(path).open("rb") as file:
            return file.read(max(map(len, marks))).startswith(marks)
    except OSError:
        return False  # its reader says what is wrong


def carried() -> dict[str, Any]:
    """Return all that this program added and another process can import, as JSON."""
    formats = {
        extension: [added.media_type, name, [magic.hex() for magic in added.magic]]
        for extension, added in registered(KIND).items()
        if isinstance(added, Format) and (name := _name(added.read))
    }
    broken = [extension for extension, added in registered(KIND).items() if not isinstance(added, Format)]
    return {"readers": added_readers(), "formats": formats, "broken": broken}


def adopt(added: Mapping[str, Any]) -> None:
    """Add, in a worker process, what :func:`carried` returned in the program; what was added before is removed."""
    set_added_readers(added["readers"])
    formats, broken = added["formats"], added["broken"]
    for extension in set(registered(KIND)) - set(formats) - set(broken):
        unregister(KIND, extension)
        _adopted.pop(extension, None)
    for extension in broken:
        register(KIND, extension, extension)  # no Format here either, so that the error is the same
    for extension, about in formats.items():
        # A worker reads many files: what it has adopted already is not imported again.
        if _adopted.get(extension) != about:
            media_type, name, magic = about
            register(KIND, extension, Format(media_type, _found(name), tuple(map(bytes.fromhex, magic))))
            _adopted[extension] = about


def _name(function: Any) -> str:
    """Return where a function can be imported from; empty when it cannot."""
    module, path = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if not module or module == "__main__" or not path.replace(".", "").isidentifier():
        return ""
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return f"{module}:{path}" if found is function else ""


def _found(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found
