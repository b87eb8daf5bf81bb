"""When silence is no fault: what lives on the sun sleeps with it."""

import numpy as np

from backend.collector.device_task import ExpectSilence
from backend.model.device import Device, DeviceKind
from backend.model.site import Site
from backend.model.sun import elevation_deg

_LOW_SUN_DEG = 5.0
"""Below this, inverters may already or still be silent without a word."""
_DROWSY_SUN_DEG = 15.0
"""Below this, an inverter that announced its sleep is believed."""


def silence_rule(device: Device, site: Site) -> ExpectSilence:
    """The rule for one device at one site."""

    def expects_silence(now_ms: int, said_asleep: bool) -> bool:
        if device.kind is not DeviceKind.INVERTER:
            return False
        limit = _DROWSY_SUN_DEG if said_asleep else _LOW_SUN_DEG
        return float(elevation_deg(np.array([now_ms]), site.place)[0]) < limit

    return expects_silence
