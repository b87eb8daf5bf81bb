"""What one cell says: a number, no value and why, or something that cannot be read.

Marks of the Japan Meteorological Agency: ``)`` nearly complete, treated as normal; ``]`` too little was measured; ``#``
doubtful; ``--`` the phenomenon did not happen; ``///`` and ``×`` not measured; ``*`` the latest of several equal extremes.
"""

import math
import re
from typing import Final

from backend.model.quality import Quality

NO_VALUE: Final = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "///",
        "//",
        "/",
        "×",
        "x",
        "X",
        "…",
        "...",
        "nan",
        "na",
        "n/a",
        "null",
        "none",
        "nil",
        "*",
        "欠測",
        "#n/a",
    }
)
"""Cells that say that there is no value, in small letters."""
SENTINELS: Final = (-7999.0, -6999.0, -9999.0, -99999.0, -999.0, 99999.0, 9999.0, -8888.0)
"""Numbers that loggers write where they have none."""
CALM: Final = frozenset({"静穏", "calm", "c"})
_MARKED: Final = re.compile(r"^\s*([+-]?[\d.,]+(?:[eE][+-]?\d+)?)\s*([)\]#*@]?)\s*$")
_UNSURE: Final = {"]": Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, "#": Quality.UNCERTAIN_SENSOR_NOT_ACCURATE}
_POINTS: Final = (
    "北",
    "北北東",
    "北東",
    "東北東",
    "東",
    "東南東",
    "南東",
    "南南東",
    "南",
    "南南西",
    "南西",
    "西南西",
    "西",
    "西北西",
    "北西",
    "北北西",
)
_LETTERS: Final = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_DIRECTIONS: Final = {name: 22.5 * index for names in (_POINTS, _LETTERS) for index, name in enumerate(names)}
LABELS: Final = frozenset({"true", "false", "yes", "no"})

Cell = tuple[float | None, Quality]
"""A value in the unit of the file, or None and why."""
ABSENT: Final[Cell] = (None, Quality.BAD_NOT_CONNECTED)


def read_number(text: str, decimal: str = ".") -> Cell | None:
    """A number as loggers write it; None where the cell holds something else."""
    try:
        value = float(text) if decimal == "." else float(text.replace(".", "").replace(",", "."))
    except ValueError:
        return _read_marked(text, decimal)
    if not math.isfinite(value) or "_" in text:
        return ABSENT if "_" not in text else None
    return (value, Quality.GOOD)


def _read_marked(text: str, decimal: str) -> Cell | None:
    plain = text.strip()
    if plain.lower() in NO_VALUE:
        return ABSENT
    marked = _MARKED.match(plain)
    if marked is None:
        return None
    number = marked[1].replace(".", "").replace(",", ".") if decimal == "," else marked[1].replace(",", "")
    try:
        return float(number), _UNSURE.get(marked[2], Quality.GOOD)
    except ValueError:
        return None


def read_direction(text: str, decimal: str = ".") -> Cell | None:
    """Where the wind blows from, in degrees clockwise from north; calm air blows from nowhere."""
    plain = text.strip().rstrip(")]#")
    if plain.lower() in CALM:
        return (None, Quality.BAD_NOT_SUPPORTED)
    degrees = _DIRECTIONS.get(plain, _DIRECTIONS.get(plain.upper()))
    if degrees is None:
        return read_number(text, decimal)
    return degrees, _UNSURE.get(text.strip()[-1:], Quality.GOOD)


def is_direction(text: str) -> bool:
    """Whether a cell names a point of the compass."""
    plain = text.strip().rstrip(")]#")
    return plain in _DIRECTIONS or plain.lower() in CALM


def is_label(text: str) -> bool:
    """A truth label beside measured values, such as ``stale_data_mask``: no measured value itself."""
    return text.strip().lower() in LABELS


_JMA_QUALITY: Final = {
    8: Quality.GOOD,
    5: Quality.GOOD,
    4: Quality.UNCERTAIN_SENSOR_NOT_ACCURATE,
    2: Quality.UNCERTAIN_SENSOR_NOT_ACCURATE,
    1: Quality.BAD_NOT_CONNECTED,
    0: Quality.BAD_NOT_SUPPORTED,
}
"""品質情報 of a download: 8 normal, 5 nearly complete, 4 too little, 2 doubtful, 1 missing, 0 not observed there."""


def judged(cell: Cell, quality_cell: str) -> Cell:
    """A value in the light of the quality number beside it."""
    try:
        quality = _JMA_QUALITY[int(quality_cell)]
    except (ValueError, KeyError):
        return cell
    value, own = cell
    if quality.is_bad:
        return None, quality
    return value, own if value is None else max(own, quality)
