"""The figures as one SVG: how far each is above or below what was asked, and the seconds of those compared."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness import Figure

WIDTH, LABEL, BAR, LINE = 980, 450, 400, 22
LOWEST, HIGHEST = 0.25, 16.0  # of the scale; a figure beyond it is drawn at its end
REACHED, MISSED, PEER = "#2a7f62", "#c1553b", "#8a8f98"


def advantage(value: float, asked: float, *, more_is_better: bool) -> float:
    """Return how many times better a value is than what was asked; 1 is just reached."""
    better, worse = (value, asked) if more_is_better else (asked, value)
    return min(HIGHEST, max(LOWEST, better / worse)) if worse > 0 else HIGHEST


def place(times: float) -> float:
    """Return the position of a multiple on the logarithmic scale, in pixels from the label's end."""
    return BAR * log10(times / LOWEST) / log10(HIGHEST / LOWEST)


def svg(figures: Sequence[Figure]) -> str:
    """Return the whole picture."""
    parts: list[str] = []
    top = 40
    parts.append(text(10, 24, "times better than asked (line: at least; mark: aim)", "start", bold=True))
    began = top
    for figure in figures:
        if figure.value is not None and figure.least is not None and figure.aim is not None:
            parts += compared(figure, figure.value, figure.least, figure.aim, top)
            top += LINE
    line = LABEL + place(1)
    parts.append(f'<path d="M{line:.1f} {began - 6}V{top}" stroke="#222"/>')
    for figure in figures:
        if figure.bars:
            top += 34
            parts.append(text(10, top - 12, f"{figure.what}: seconds", "start", bold=True))
            longest = max(figure.bars.values())
            for side, seconds in figure.bars.items():
                parts += bar(top, side, BAR * seconds / longest, f"{seconds:.2f} s", side.startswith("ragkit"))
                top += LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + 12}" width="{WIDTH}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{chr(10).join(parts)}\n</svg>\n'
    )


def compared(figure: Figure, value: float, least: float, aim: float, top: float) -> list[str]:
    """Draw one figure from the line of what was asked to where it is."""
    at = place(advantage(value, least, more_is_better=figure.more_is_better))
    mark = LABEL + place(advantage(aim, least, more_is_better=figure.more_is_better))
    left, colour = min(at, place(1)), MISSED if figure.reached() == "no" else REACHED
    return [
        text(LABEL - 8, top + 12, figure.what if len(figure.what) < 70 else figure.what[:67] + "...", "end"),
        f'<rect x="{LABEL + left:.1f}" y="{top}" width="{abs(at - place(1)) + 1:.1f}" height="14" fill="{colour}"/>',
        f'<path d="M{mark:.1f} {top - 2}v18" stroke="#222" stroke-dasharray="2 2"/>',
        text(LABEL + BAR + 8, top + 12, f"{value:.4g} {figure.unit}".strip(), "start"),
    ]


def bar(top: float, label: str, width: float, says: str, ours: bool) -> list[str]:
    return [
        text(LABEL - 8, top + 12, label, "end"),
        f'<rect x="{LABEL}" y="{top}" width="{width:.1f}" height="14" fill="{REACHED if ours else PEER}"/>',
        text(LABEL + width + 6, top + 12, says, "start"),
    ]


def text(x: float, y: float, words: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222"{weight}>{escape(words)}</text>'
