"""Chains described in YAML: read and checked, built, shown, run over many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.pipelines.building import Built as Built
    from ragkit.pipelines.building import build as build
    from ragkit.pipelines.read import built_in as built_in
    from ragkit.pipelines.read import load as load
    from ragkit.pipelines.rows import run_rows as run_rows
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.pipelines.building": "Built build",
            "ragkit.pipelines.read": "built_in load",
            "ragkit.pipelines.rows": "run_rows",
        },
    )
