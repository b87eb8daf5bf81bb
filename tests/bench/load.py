"""Made-up readings for the benches: power that wanders and registers that count, with jittered source times."""

import numpy as np
from numpy.typing import NDArray

from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind
from backend.model.point import Point, PointKind, PointSpec, Unit
from backend.model.site import Place, Site

JITTER_MS = 25
KINDS = 5


class SimulatedClock:
    """Stands where the bench puts it."""

    def __init__(self, now_ms: int) -> None:
        self.at_ms = now_ms

    def now_ms(self) -> int:
        return self.at_ms

    def monotonic(self) -> float:
        return self.at_ms / 1000


def town(points: int, interval_s: float) -> tuple[list[Site], list[Device], list[Point]]:
    """Sites of 40 points each, one device per site."""
    sites: list[Site] = []
    devices: list[Device] = []
    known: list[Point] = []
    for number in range(points):
        key = f"school{number // 40}"
        if number % 40 == 0:
            sites.append(Site(key, {"en": key}, Place(35.0, 139.0), "Asia/Tokyo"))
            devices.append(Device(f"{key}/meter", key, DeviceKind.METER, {"en": "meter"}, "none", interval_s=interval_s))
        known.append(Point(f"{key}/meter", _spec(number)))
    return sites, devices, known


def _spec(number: int) -> PointSpec:
    """Of five points one is a register, two are powers, one a voltage and one a temperature."""
    match number % KINDS:
        case 0:
            return PointSpec(f"energy{number}", Unit.WATT_HOUR, PointKind.ACCUMULATING, digits=0)
        case 1 | 2:
            return PointSpec(f"power{number}", Unit.WATT, digits=0, low=-1e7, high=1e7)
        case 3:
            return PointSpec(f"voltage{number}", Unit.VOLT, digits=1, low=0, high=500)
        case _:
            return PointSpec(f"temperature{number}", Unit.CELSIUS, digits=1, low=-50, high=100)


class Load:
    """A deterministic stream of readings of all points."""

    def __init__(self, numbers: list[int], start_ms: int, interval_ms: int, seed: int) -> None:
        self._numbers = np.array(numbers, np.int32)
        self._random = np.random.default_rng(seed)
        self._interval_ms = interval_ms
        self.now_ms = start_ms
        self._kind = np.arange(len(numbers)) % KINDS
        middle = np.array([3000.0, 3000.0, 3000.0, 230.0, 25.0])[self._kind]
        self._value = middle * self._random.uniform(0.9, 1.1, len(numbers))
        self._step = np.array([8.0, 8.0, 8.0, 0.1, 0.03])[self._kind]
        self._energy = self._random.integers(10_000, 10_000_000, len(numbers)).astype(np.float64)

    def take(self, ticks: int) -> Columns:
        """The next readings of every point, tick by tick."""
        count = len(self._numbers)
        value = self._value + np.cumsum(self._random.normal(0, 1, (ticks, count)) * self._step, axis=0)
        energy = self._energy + np.cumsum(value.clip(0) * self._interval_ms / 3_600_000, axis=0)
        self._value, self._energy = value[-1], energy[-1]
        shown = np.where(self._kind == 0, np.floor(energy), np.where(self._kind < 3, np.round(value), np.round(value, 1)))
        jitter = self._random.integers(0, JITTER_MS, (ticks, count))
        at_ms = self.now_ms + self._interval_ms * np.arange(ticks)[:, None] + jitter
        self.now_ms += ticks * self._interval_ms
        return as_columns(np.tile(self._numbers, ticks), at_ms.ravel(), shown.ravel())


def as_columns(point: NDArray[np.int32], at_ms: NDArray[np.int64], value: NDArray[np.float64]) -> Columns:
    """Good readings."""
    return Columns(point, at_ms, value, np.zeros(len(point), np.uint32), np.zeros(len(point), np.uint8))
