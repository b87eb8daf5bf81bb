"""Performance ratio: what a generator gives beside what its irradiance would give at standard conditions (IEC 61724-1).

PR = (P / P0) / (G / 1000 W/m2), with P the AC power, P0 the installed power and G the irradiance on the modules' plane. The
standard defines it over a reporting period: a day's is the ratio of its energies, and the value of a moment that of powers.
"""

from typing import Final

import numpy as np

from backend.derived.clear_sky import on_plane
from backend.model.site import Array, Place

STANDARD_IRRADIANCE: Final = 1000.0
"""W/m2."""
LEAST_IRRADIANCE: Final = 100.0
"""W/m2; in weaker light the ratio says more of the instruments than of the generator, and there is none."""


def performance_ratio(power_w: float, installed_kw: float, irradiance: float) -> float:
    """In %; NaN in too weak light. ``irradiance`` in W/m2 on the plane of the modules."""
    if not irradiance >= LEAST_IRRADIANCE:
        return float("nan")
    return 100.0 * power_w / (installed_kw * irradiance)


def plane_of_horizontal(irradiance: float, at_ms: int, place: Place, pv: Array) -> float:
    """Irradiance on the plane from the global horizontal one, both in W/m2.

    Its diffuse part by Erbs et al. (1982), an isotropic sky and the ground by Liu and Jordan (1963), as in ``clear_sky``.
    """
    return float(on_plane(np.array([irradiance]), np.array([at_ms], np.int64), place, pv)[0])
