"""Chains described in YAML: read and checked, built, shown, run over many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.pipelines.building import Built as Built
    from ragkit.pipelines.building import build as build
    from ragkit.pipelines.read import built_in as built_in
    from ragkit.pipelines.read import load as load
    from ragkit.pipelines.rows import run_rows as run_rows

_HOMES = {
    "Built": "ragkit.pipelines.building",
    "build": "ragkit.pipelines.building",
    "built_in": "ragkit.pipelines.read",
    "load": "ragkit.pipelines.read",
    "run_rows": "ragkit.pipelines.rows",
}
__all__ = ["Built", "build", "built_in", "load", "run_rows"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
