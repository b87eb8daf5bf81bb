"""When to poll: on a grid of its own per device, without drift, leaving out what was missed."""

import math
import zlib


def phase(device: str) -> float:
    """A device's place within its period, 0 to 1, the same at every start, so that polls spread evenly."""
    return zlib.crc32(device.encode()) / 2**32


def next_slot(origin_s: float, period_s: float, now_s: float) -> float:
    """The first instant ``origin + n * period`` after now; slots that went by are left out, not made up for."""
    passed = math.floor((now_s - origin_s) / period_s)
    slot = origin_s + (passed + 1) * period_s
    return slot if slot > now_s else slot + period_s
