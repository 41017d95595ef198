"""``ragkit eval answers --calibrate``: confidence fitted to an index, kept with it and told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer

from ragkit.cli.options import write_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.collection import Index
    from ragkit.ground.calibration import Calibration

SHOWN = (0.01, 0.02, 0.05, 0.1, 0.2)  # shares of wrong answers


def calibrate_index(
    index: Index, mode: str, k: int | None, count: int, seed: int, max_wrong: float | None, *, json: bool
) -> None:
    """Make questions, fit, keep and tell.

    Args:
        index: the index.
        mode: ``quote`` calibrates without a generator.
        k: passages to retrieve.
        count: questions to make.
        seed: of their draw.
        max_wrong: share of wrong answers to tell the threshold of, beside the usual ones.
        json: whether to tell it as JSON.
    """
    from ragkit.evaluate.calibrate import calibrate
    from ragkit.evaluate.made import make_questions

    generator = None if mode == "quote" else index.generator
    made = make_questions(index, count, seed=seed, generator=generator, progress=_progress("questions made"))
    fitted = calibrate(index, made, mode=mode, k=k, progress=_progress("questions asked"))  # pyright: ignore[reportArgumentType] - checked there
    index.keep_calibrations(fitted)
    shares: list[float] = sorted(set(SHOWN) if max_wrong is None else {*SHOWN, max_wrong})
    if json:
        told = {name: {**each.to_json(), "at": _rows(each, shares)} for name, each in fitted.items()}
        write_json({"kind": "calibration", "index": str(index.folder), "n": len(made), "generators": told})
        return
    typer.echo(
        f"calibrated {index.folder} by {len(made)} questions made from its sentences, with their passage and without"
    )
    for name, each in fitted.items():
        typer.echo(f"\n{f'with {name} asked whether the passages answer' if name else 'by retrieval alone'}")
        typer.echo("  wrong answers  threshold  answered of what it holds")
        for row in _rows(each, shares):
            if row["threshold"] is None:
                typer.echo(f"  {row['max_wrong']:13.0%}          -  cannot be kept")
            else:
                typer.echo(f"  {row['max_wrong']:13.0%}  {row['threshold']:9.2f}  {row['coverage']:.0%}")


def _rows(calibration: Calibration, shares: list[float]) -> list[dict[str, Any]]:
    from ragkit.errors import ConfigError

    out: list[dict[str, Any]] = []
    for share in shares:
        try:
            limit = calibration.bound(share)
        except ConfigError:
            out.append({"max_wrong": share, "threshold": None, "wrong": None, "coverage": 0.0})
            continue
        row = {
            "threshold": round(limit.threshold, 4),
            "wrong": round(limit.wrong, 4),
            "coverage": round(limit.coverage, 4),
        }
        out.append({"max_wrong": share, **row})
    return out


def _progress(what: str) -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def tell(done: int, wanted: int) -> None:
        typer.echo(f"\r{what}: {done} of {wanted}", nl=done == wanted, err=True)

    return tell
