"""A quantity that stands in a text, and the units that it can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 1.0  # times are in days, as dates are
_HOUR = DAY / 24

# Symbols of units: what they measure, and how many base units they are.
UNITS: Mapping[str, tuple[str, float]] = {
    "%": ("%", 0.01),
    **{sign: (sign, 1.0) for sign in "$€£¥"},
    "USD": ("$", 1.0), "EUR": ("€", 1.0), "GBP": ("£", 1.0), "JPY": ("¥", 1.0), "CHF": ("CHF", 1.0),
    "p": ("£", 0.01), "ct": ("ct", 1.0), "¢": ("ct", 1.0),
    "ms": ("time", _HOUR / 3.6e6), "s": ("time", _HOUR / 3600), "min": ("time", _HOUR / 60), "h": ("time", _HOUR),
    "d": ("time", DAY), "w": ("time", 7 * DAY), "mo": ("time", 365.25 / 12 * DAY), "y": ("time", 365.25 * DAY),
    "nm": ("length", 1e-9), "µm": ("length", 1e-6), "mm": ("length", 1e-3), "cm": ("length", 0.01),
    "m": ("length", 1.0), "km": ("length", 1e3), "in": ("length", 0.0254), "ft": ("length", 0.3048),
    "yd": ("length", 0.9144), "mi": ("length", 1609.344), "nmi": ("length", 1852.0),
    "m²": ("area", 1.0), "km²": ("area", 1e6), "ha": ("area", 1e4), "ac": ("area", 4046.86), "mi²": ("area", 2.59e6),
    "ml": ("volume", 1e-3), "mL": ("volume", 1e-3), "cl": ("volume", 0.01), "l": ("volume", 1.0),
    "L": ("volume", 1.0), "hl": ("volume", 100.0), "m³": ("volume", 1e3), "gal": ("volume", 3.785),
    "µg": ("mass", 1e-9), "mg": ("mass", 1e-6), "g": ("mass", 1e-3), "kg": ("mass", 1.0), "t": ("mass", 1e3),
    "oz": ("mass", 0.02835), "lb": ("mass", 0.4536),
    "bit": ("data", 0.125), "B": ("data", 1.0), "KB": ("data", 1e3), "kB": ("data", 1e3), "MB": ("data", 1e6),
    "GB": ("data", 1e9), "TB": ("data", 1e12), "kbit/s": ("rate", 1e3), "Mbit/s": ("rate", 1e6),
    "Gbit/s": ("rate", 1e9), "Hz": ("frequency", 1.0), "kHz": ("frequency", 1e3), "MHz": ("frequency", 1e6),
    "GHz": ("frequency", 1e9), "W": ("power", 1.0), "kW": ("power", 1e3), "MW": ("power", 1e6),
    "GW": ("power", 1e9), "hp": ("power", 745.7), "Wh": ("energy", 1.0), "kWh": ("energy", 1e3),
    "MWh": ("energy", 1e6), "GWh": ("energy", 1e9), "J": ("heat", 1.0), "kJ": ("heat", 1e3), "kcal": ("heat", 4184.0),
    "V": ("voltage", 1.0), "kV": ("voltage", 1e3), "A": ("current", 1.0), "°C": ("°C", 1.0), "°F": ("°F", 1.0),
    "°": ("°", 1.0), "km/h": ("speed", 1.0), "mph": ("speed", 1.609), "kn": ("speed", 1.852),
}  # fmt: skip
_MONEY = frozenset("$€£¥") | {"CHF", "ct"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, measure, date or time that stands in a text.

    Attributes:
        start: where it begins, in characters.
        end: where it ends.
        text: as it is written.
        readings: what it can mean: what is measured (empty for a plain number), and how much of the base unit.
        raw: the number before its unit, a scale word multiplied in.
        unit: symbol of the unit, a key of ``UNITS``; empty for none.
        step: the place of its last digit, in its unit: .1 of 1.5, a million of "six million".
        fine: whether that place is written, so that what is behind it was rounded: decimals, millions, percents.
        scale: what its digits were multiplied by: a million.
        hedge: ``about``, ``over`` or ``under`` where it is approximate; empty where not.
        words: whether it is written without digits.
        date: year, month and day, 0 where one is not given; None where it is no date.
        span: first and last year of a decade or century.
    """

    start: int
    end: int
    text: str
    readings: tuple[tuple[str, float], ...]
    raw: tuple[float, ...] = ()
    unit: str = ""
    step: float = 0.0
    fine: bool = False
    scale: float = 1.0
    hedge: str = ""
    words: bool = False
    date: tuple[int, int, int] | None = None
    span: tuple[int, int] | None = None

    @property
    def kind(self) -> str:
        """``date``, ``time``, ``percent``, ``money``, ``measure``, ``ordinal``, ``times`` or ``number``."""
        if self.date or self.span:
            return "date"
        measured = self.readings[0][0]
        if measured in _MONEY:
            return "money"
        return {"%": "percent", "clock": "time", "": "number"}.get(
            measured, measured if measured in ("ordinal", "times") else "measure"
        )
