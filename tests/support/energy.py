"""A school with sun, battery, grid meter, chargers and a weather station, as derived values see it."""

from collections.abc import Sequence

import numpy as np

from backend.derived.derivations import Derivations
from backend.model import quantities as q
from backend.model.columns import Columns
from backend.model.device import Device, DeviceKind, MeterRole
from backend.model.point import LINK, Point, PointKind, PointSpec, Unit
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.site import Array, Place, Site
from backend.model.states import Connectivity, ConnectorState

NOON_MS = 1_716_260_400_000
"""2024-05-21 12:00 in Japan."""
SITE = Site("school", {"en": "School"}, Place(35.6585, 139.454), "Asia/Tokyo", Array(20.0))
CAR_STATE = PointSpec("connector1.state", Unit.STATE, PointKind.STATUS, digits=0)
CAR_POWER = PointSpec("connector1.power", Unit.WATT)


def device(key: str, kind: DeviceKind, measures: MeterRole | None = None, interval_s: float = 5.0) -> Device:
    return Device(f"{SITE.key}/{key}", SITE.key, kind, {}, "", interval_s=interval_s, measures=measures)


INVERTER = device("pcs1", DeviceKind.INVERTER)
BATTERY = device("battery", DeviceKind.BATTERY)
METER = device("meter", DeviceKind.METER)
CHARGER = device("ev1", DeviceKind.CHARGER, interval_s=30.0)
STATION = device("weather", DeviceKind.SENSOR)
OWN: dict[str, tuple[PointSpec, ...]] = {
    INVERTER.key: (q.AC_POWER, LINK),
    BATTERY.key: (q.BATTERY_POWER, q.SOC, LINK),
    METER.key: (q.GRID_POWER, LINK),
    CHARGER.key: (CAR_STATE, CAR_POWER, LINK),
    STATION.key: (q.AMBIENT_TEMPERATURE, q.HUMIDITY, q.IRRADIANCE, q.WIND_SPEED, LINK),
}
QUIET: dict[str, float] = {
    "school/pcs1/ac_power": 12_000.0,
    "school/battery/battery_power": -3_000.0,
    "school/meter/grid_power": -2_000.0,
    "school/ev1/link": float(Connectivity.CONNECTED),
    "school/ev1/connector1.state": float(ConnectorState.AVAILABLE),
    "school/weather/ambient_temperature": 24.0,
    "school/weather/humidity": 60.0,
    "school/weather/irradiance": 700.0,
    "school/weather/wind_speed": 2.0,
}
"""12 kW of sun: 3 into the battery, 2 exported, 7 for the building; no car."""


class School:
    """Derived values under test, spoken to by key; time stands where it is put."""

    def __init__(self, devices: Sequence[Device] = (INVERTER, BATTERY, METER, CHARGER, STATION)) -> None:
        self.derivations = Derivations()
        self.numbers: dict[str, int] = {}
        self.now_ms = NOON_MS
        self._number_derived(self.derivations.define([SITE], devices))

    def declare(self, own: dict[str, tuple[PointSpec, ...]] | None = None) -> None:
        for key, specs in (OWN if own is None else own).items():
            points = [Point(key, spec) for spec in specs]
            self._number(points)
            self._number_derived(self.derivations.declare(points, self.numbers, self.now_ms))

    def say(self, *readings: Reading) -> dict[str, Reading]:
        """What is derived from a group, by name."""
        found = self.derivations.take(self._columns(readings), self.now_ms)
        keys = {number: key for key, number in self.numbers.items()}
        derived: dict[str, Reading] = {}
        for row in range(len(found)):
            key, value, quality = keys[int(found.point[row])], float(found.value[row]), Quality(int(found.quality[row]))
            assert key not in derived
            told = None if np.isnan(value) else value
            derived[key] = Reading(key, int(found.at_ms[row]), told, quality, int(found.flags[row]))  # type: ignore[arg-type]
        return {key.removeprefix("school/derived/"): reading for key, reading in derived.items()}

    def quiet(self, **changed: float) -> dict[str, Reading]:
        """All of ``QUIET`` now, with changes by the last part of the key."""
        return self.say(*(Reading(key, self.now_ms, changed.get(key.rpartition("/")[2], value)) for key, value in QUIET.items()))

    def _number(self, points: Sequence[Point]) -> None:
        for point in points:
            self.numbers.setdefault(point.key, len(self.numbers) + 1)

    def _number_derived(self, points: Sequence[Point]) -> None:
        self._number(points)
        self.derivations.number(points, self.numbers)

    def _columns(self, readings: Sequence[Reading]) -> Columns:
        return Columns(
            np.array([self.numbers[reading.point] for reading in readings], np.int32),
            np.array([reading.at_ms for reading in readings], np.int64),
            np.array([np.nan if reading.value is None else reading.value for reading in readings], np.float64),
            np.array([reading.quality for reading in readings], np.uint32),
            np.array([reading.flags for reading in readings], np.uint8),
        )


def school() -> School:
    """With everything declared."""
    found = School()
    found.declare()
    return found
