"""Public names of a package that are imported when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_exports(
    package: str, homes: Mapping[str, str], own: str = ""
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make the ``__getattr__``, ``__dir__`` and ``__all__`` of a package's ``__init__``.

    Type checkers and editors cannot follow it. They read imports of the same names, and report other names because
    they do not see ``__getattr__``::

        if TYPE_CHECKING:
            from ragkit.core.types import Answer as Answer
        else:
            __getattr__, __dir__, __all__ = lazy_exports(__name__, {"ragkit.core.types": "Answer"})

    Args:
        package: its ``__name__``.
        homes: the modules that define the names, absolute or relative to the package (``.files``), each with its
            names, separated by spaces.
        own: public names that the ``__init__`` defines itself.

    Returns:
        The functions ``__getattr__`` and ``__dir__``, and the list ``__all__``, in alphabetical order.
    """
    # `import ragkit` must not import torch or LangChain's model modules: a name's module is imported at its first use.
    home_of = {name: home for home, names in homes.items() for name in names.split()}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(home_of[name], package), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of})

    return find, names, sorted({*home_of, *own.split()})
