"""The power balance of a site: sun + battery + grid = building + cars, in the signs of the site (domain.md section 1)."""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from backend.derived.parts import Part, combined
from backend.model.quality import Quality

Floats = NDArray[np.float64]
Power = float | Floats
"""In W, one or one per instant."""
LEAST_W: Final = 50.0
"""Shares of less than this are noise: no share is given."""


class Powers(NamedTuple):
    """What flows at a site, in W; None where nobody measures it."""

    generation: Part | None
    battery: Part | None
    """+ discharge."""
    grid: Part | None
    """+ import."""
    load: Part | None
    """The building, its storage and chargers left out."""
    charging: Part | None


class Balance(NamedTuple):
    """As ``Powers``, complete: each has a value or a reason."""

    generation: Part
    battery: Part
    grid: Part
    load: Part
    charging: Part


_SOURCES: Final = frozenset({"generation", "battery", "grid"})
"""These stand on the left of the equation."""


_NAMES: Final = Powers._fields


def balanced(measured: Powers) -> Balance:
    """What is not measured follows from the others where only one is unknown; of several unknown ones each is absent.

    Where all five are measured the building's is computed all the same, so that what is shown sums; its own meter stands in
    only while another part is absent.
    """
    known = {name: part for name, part in zip(_NAMES, measured, strict=True) if part is not None}
    unknown = [name for name in _NAMES if name not in known]
    if len(unknown) == 1:
        known[unknown[0]] = _rest(unknown[0], known)
    elif unknown:
        known |= dict.fromkeys(unknown, Part.absent(Quality.BAD_NOT_SUPPORTED))
    else:
        rest = _rest("load", known)
        known["load"] = known["load"] if rest.is_absent else rest
    return Balance(*(known[name] for name in _NAMES))


def _rest(name: str, known: Mapping[str, Part]) -> Part:
    """What must flow by that name so that both sides are equal."""
    others = [other for other in _NAMES if other != name]
    signs = [-1.0 if (other in _SOURCES) == (name in _SOURCES) else 1.0 for other in others]
    parts = [known[other] for other in others]
    return combined(parts, lambda values: math.fsum(sign * value for sign, value in zip(signs, values, strict=True)))


def own_consumption_w(generation_w: Power, grid_w: Power) -> Floats:
    """Generation used at the place, storing it included: what is not exported. Never negative.

    Export is ascribed to the sun before the battery, because batteries are not discharged into the grid as a rule.
    """
    return np.maximum(generation_w - np.maximum(-np.asarray(grid_w), 0.0), 0.0)


def self_consumption(generation_w: Power, own_w: Power) -> Floats:
    """Share of generation used at the place in %; NaN where next to nothing is generated."""
    return _share(own_w, generation_w)


def self_sufficiency(consumption_w: Power, grid_w: Power) -> Floats:
    """Share of consumption, building and cars, that does not come from the grid in %; NaN where next to nothing is consumed.

    Import that charges a battery counts against it, down to 0.
    """
    return _share(np.asarray(consumption_w) - np.maximum(grid_w, 0.0), consumption_w)


def _share(part_w: Power, whole_w: Power) -> Floats:
    whole = np.asarray(whole_w, np.float64)
    share = np.divide(100.0 * np.asarray(part_w), whole, out=np.full(whole.shape, np.nan), where=whole >= LEAST_W)
    return np.clip(share, 0.0, 100.0)
