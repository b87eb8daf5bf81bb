"""The colours of the sky by the altitude of the sun, never in a middle tone where no text could be read."""

from dataclasses import dataclass
from functools import lru_cache

from backend.model.sun import RISE_DEG

Stops = tuple[tuple[float, str], ...]
"""Colours from the zenith (0) to the horizon (1)."""

_POSITIONS = (0.0, 0.42, 0.74, 1.0)

_TINTED_BELOW_DEG = 12.0

_LIGHT_RISING: tuple[tuple[float, tuple[str, str, str, str]], ...] = (
    (RISE_DEG, ("#BFCBEA", "#DCCFE4", "#F6CFC6", "#FFDDBE")),
    (4.0, ("#C3DAF2", "#DEE3F0", "#F9E4CF", "#FFEACB")),
    (14.0, ("#BFE3F7", "#E0F1F8", "#FDF5DF", "#FFF9EC")),
)
_LIGHT_SETTING: tuple[tuple[float, tuple[str, str, str, str]], ...] = (
    (RISE_DEG, ("#C4C6E6", "#E8C4C8", "#FFC795", "#FFD7A3")),
    (4.0, ("#C6D8EF", "#EBDCE0", "#FFDFB2", "#FFE7C2")),
    (14.0, ("#BFE3F7", "#E0F1F8", "#FDF5DF", "#FFF9EC")),
)
_DARK: tuple[tuple[float, tuple[str, str, str, str]], ...] = (
    (-18.0, ("#081026", "#0D1935", "#14233F", "#1A2B47")),
    (-9.0, ("#0B1633", "#131F45", "#262750", "#392C52")),
    (RISE_DEG, ("#101F47", "#232453", "#44284F", "#5E3245")),
)


@dataclass(frozen=True, slots=True)
class SkyView:
    """What the sky looks like."""

    stops: Stops
    dark: bool
    """Whether text on it is light."""
    tinted: bool = False
    """A light sky with a low sun: text needs deeper colours."""
    stars: float = 0.0
    """How many of the stars are out, 0 to 1."""


@lru_cache(maxsize=64)
def sky_at(altitude_deg: float, rising: bool) -> SkyView:
    """The sky for an altitude; pass it rounded, since each is another picture.

    Light and dark meet at the moment of sunrise and sunset: between them lie tones on which no text reaches 7:1.
    """
    if altitude_deg < RISE_DEG:
        stars = min(1.0, max(0.0, (-6.0 - altitude_deg) / 9.0))
        return SkyView(_between(_DARK, altitude_deg), dark=True, stars=round(stars, 2))
    return SkyView(
        _between(_LIGHT_RISING if rising else _LIGHT_SETTING, altitude_deg), dark=False, tinted=altitude_deg < _TINTED_BELOW_DEG
    )


def colour_at(stops: Stops, position: float) -> str:
    """The colour between two stops."""
    previous = stops[0]
    for stop in stops:
        if position <= stop[0]:
            span = stop[0] - previous[0]
            return mix(previous[1], stop[1], (position - previous[0]) / span if span else 0.0)
        previous = stop
    return stops[-1][1]


def mix(first: str, second: str, share: float) -> str:
    """``first`` with ``share`` (0 to 1) of ``second`` over it."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _between(table: tuple[tuple[float, tuple[str, str, str, str]], ...], altitude_deg: float) -> Stops:
    low = table[0]
    for high in table:
        if altitude_deg <= high[0]:
            span = high[0] - low[0]
            share = max(0.0, (altitude_deg - low[0]) / span) if span else 0.0
            return tuple((p, mix(a, b, share)) for p, a, b in zip(_POSITIONS, low[1], high[1], strict=True))
        low = high
    return tuple(zip(_POSITIONS, low[1], strict=True))
