"""The figures as a Markdown table and as JSON. Standard library only."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness import Figure

HEAD = ("what", "measured", "at least", "aim", "reached", "how")


def amount(value: float | None, unit: str) -> str:
    """Write a value with its unit, as precisely as it deserves."""
    if value is None:
        return "-"
    if unit == "":
        return f"{value:.{5 if value > 0.99 else 3}f}".rstrip("0").rstrip(".")
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + (f" {unit}" if unit != "%" else " %")


def markdown(figures: Sequence[Figure], about: dict[str, Any]) -> str:
    """Return the table with a head that says where and how it was measured."""
    rows = [HEAD, tuple("---" for _ in HEAD)]
    for figure in figures:
        measured = f"**{amount(figure.value, figure.unit)}**" if figure.value is not None else "not measured"
        rows.append(
            (
                figure.what,
                measured,
                amount(figure.least, figure.unit),
                amount(figure.aim, figure.unit),
                figure.reached(),
                " ".join(figure.detail.split()).replace("|", "/"),
            )
        )
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    where = (
        f"{about['processor']}, {about['cores']} cores{', native bf16' if about['bf16'] else ', no native bf16'}, "
        f"{about['system']}, Python {about['python']}; {versions}. Load when it began: {about['load']}."
    )
    how = f"Medians of {about['rounds']} rounds in which all sides took turns, each a fresh process."
    if about["quick"]:
        how += " **A quick run on cut-down sizes: it shows that everything works, and no figure counts.**"
    return "\n".join(["# The index, measured", "", where, "", how, "", *lines, ""])


def save(folder: Path, figures: Sequence[Figure], about: dict[str, Any]) -> list[Path]:
    """Write ``index.md``, ``index.json`` and ``index.svg``; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{**dataclasses.asdict(figure), "reached": figure.reached()} for figure in figures]
    texts = {
        "index.md": markdown(figures, about),
        "index.json": json.dumps({"about": about, "figures": rows}, indent=2) + "\n",
        "index.svg": plot.svg(figures),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]
