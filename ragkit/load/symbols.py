"""Characters of fonts that show signs in the place of letters, as Word names them."""

from __future__ import annotations

from typing import Final

# By the codes of the fonts; those of Symbol are Adobe's.
_SYMBOL: Final = {
    **dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True)),
    **dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    **dict(zip(range(0x30, 0x3A), "0123456789", strict=True)),
    **dict(zip(range(0xA1, 0xAA), "ϒ′≤⁄∞ƒ♣♦♥", strict=True)),
    **dict(zip(range(0xAA, 0xC0), "♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵", strict=True)),
    **dict(zip(range(0xC0, 0xD0), "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉", strict=True)),
    **dict(zip(range(0xD0, 0xE0), "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓", strict=True)),
    0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2B: "+", 0x2D: "−", 0x3C: "<", 0x3D: "=", 0x3E: ">", 0x40: "≅",
    0x5C: "∴", 0x5E: "⊥", 0x7E: "∼", 0xE0: "◊", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_WINGDINGS: Final = {
    0x28: "☎", 0x2A: "✉", 0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "❑", 0x76: "❖", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢",
    0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2: Final = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐"}
_FONTS: Final = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
_PRIVATE: Final = 0xF000  # what Word adds to the codes of such fonts


def symbol(font: str, code: str) -> str:
    """Return the character that a sign stands for.

    Args:
        font: name of the font.
        code: its code there, in hexadecimal digits.

    Returns:
        One character; empty for ornaments that no character stands for.
    """
    try:
        number = int(code[:8], 16)
    except ValueError:
        return ""
    signs = _FONTS.get(font.lower())
    if signs is not None:
        return signs.get(number - _PRIVATE if number >= _PRIVATE else number, "")
    private = number >= _PRIVATE or 0xD800 <= number < 0xF900 or number < 0x20
    return "" if private else chr(number)
