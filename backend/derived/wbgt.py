"""Wet-bulb globe temperature (WBGT) from what weather stations measure.

With irradiance: M. Ono and M. Tonouchi, "Estimation of wet-bulb globe temperature using generally measured meteorological
indices", Japanese Journal of Biometeorology 50(4), 147-157 (2014), which Japan's Ministry of the Environment uses for places
without a globe thermometer; 98 % of its estimates lie within 1 degree C.

With a globe thermometer: 0.7 Tnw + 0.2 Tg + 0.1 Ta (ISO 7243, outdoors). The natural wet bulb Tnw follows from the psychrometric
one by Bernard and Pourmoghani (1999, as in Lemke and Kjellstrom, Industrial Health 50, 2012), and that from temperature and
humidity by Stull, "Wet-bulb temperature from relative humidity and air temperature" (J. Appl. Meteor. Climatol. 50, 2011).
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])


def wbgt_of_sun(temperature_c: Number, humidity: Number, irradiance: Number, wind: Number) -> Number:
    """Outdoors, by global horizontal irradiance in W/m2, relative humidity in % and wind in m/s."""
    sun_kw = irradiance / 1000.0
    return (
        0.735 * temperature_c
        + 0.0374 * humidity
        + 0.00292 * temperature_c * humidity
        + 7.619 * sun_kw
        - 4.557 * sun_kw * sun_kw
        - 0.0572 * wind
        - 4.064
    )


def wbgt_of_globe(temperature_c: float, humidity: float, globe_c: float, wind: float) -> float:
    """By a globe thermometer, in degrees C; wind in m/s, 0 where it is not measured, which errs towards safety."""
    return 0.7 * natural_wet_bulb(temperature_c, humidity, globe_c, wind) + 0.2 * globe_c + 0.1 * temperature_c


def natural_wet_bulb(temperature_c: float, humidity: float, globe_c: float, wind: float) -> float:
    """What a wetted thermometer shows that is neither ventilated nor shaded, in degrees C."""
    wet_c = wet_bulb(temperature_c, humidity)
    if globe_c - temperature_c < 4.0:
        return temperature_c - _still_air(wind) * (temperature_c - wet_c)
    return wet_c + 0.25 * (globe_c - temperature_c) + _radiant_heat(wind)


def wet_bulb(temperature_c: float, humidity: float) -> float:
    """Psychrometric wet bulb at 1013 hPa (Stull 2011), in degrees C; within 1 degree C from 5 to 99 % and -20 to 50 degrees C."""
    return float(
        temperature_c * np.arctan(0.151977 * np.sqrt(humidity + 8.313659))
        + np.arctan(temperature_c + humidity)
        - np.arctan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * np.arctan(0.023101 * humidity)
        - 4.686035
    )


def _still_air(wind: float) -> float:
    """How far the bulb is cooled without radiant heat, as a share of what a ventilated one is."""
    if wind < 0.03:
        return 0.85
    return 1.0 if wind > 3.0 else 0.96 + 0.069 * float(np.log10(wind))


def _radiant_heat(wind: float) -> float:
    """Kelvin beside a quarter of the globe's excess that radiant heat warms the bulb."""
    if wind < 0.1:
        return 1.1
    return -0.1 if wind > 1.0 else 0.1 / wind**1.1 - 0.2
