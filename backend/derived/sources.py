"""Which points of a site measure what, by the kinds of its devices, the names of their points and the settings.

The rule, so that nothing is counted twice:

- Generation is the sum of the inverters' ``ac_power``; storage that of ``battery_power`` of batteries and chargers; cars that of
  the chargers' connectors while they charge.
- A meter named in the settings (``measures: grid``, ``load``, ``generation``, ``charging``) counts as that; several of one role
  add up, and a meter of the generators or of the chargers stands in place of these. Its generation is what it exports.
- Without such a setting the only device with ``grid_power`` is the grid's meter, the only one with ``load_power`` the building's.
  Are there several, none is believed: the settings must say which (``BAD_CONFIGURATION_ERROR``).
- Circuits (``circuit1_power`` …) are parts of the building and never added to anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from backend.derived.parts import NOTHING_THERE, Part
from backend.model import quantities as q
from backend.model.device import Device, DeviceKind, MeterRole
from backend.model.freshness import LIVE_AT_LEAST_MS, LIVE_INTERVALS
from backend.model.point import LINK
from backend.model.quality import Quality
from backend.model.site import Site

Points = Mapping[str, Mapping[str, int]]
"""Numbers of the declared points of each device, by device key and name."""
_AMBIGUOUS: Final = Part.absent(Quality.BAD_CONFIGURATION_ERROR)


class Manner(Enum):
    """How a gauge is read."""

    PLAIN = auto()
    SUN = auto()
    """Nothing in the dark and while its inverter sleeps."""
    CAR = auto()
    """Nothing while the connector is in any known state but charging."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One point that measures something, or should: its device may not have told yet what it has."""

    number: int | None
    """Of the point; None while its device has declared nothing."""
    longest_ms: int
    """An older value is no longer believed."""
    manner: Manner = Manner.PLAIN
    sign: float = 1.0
    link: int | None = None
    """Number of the device's link."""
    state: int | None = None
    """Number of the connector's state."""
    lacks: bool = False
    """The device has declared its points, and this is none of them."""


Measure = tuple[Gauge, ...] | Part | None
"""Gauges that add up, or what is known without any; None where nobody measures it."""


@dataclass(frozen=True, slots=True)
class Station:
    """A device that measures all that WBGT needs."""

    temperature: Gauge
    humidity: Gauge
    irradiance: Gauge | None
    globe: Gauge | None
    wind: Gauge | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What a site's derived values come from."""

    site: Site
    generation: Measure
    battery: Measure
    grid: Measure
    load: Measure
    charging: Measure
    station: Station | None
    plane: Gauge | None
    horizontal: Gauge | None
    shortest_ms: int
    """Shortest expected time between readings of a device."""

    @property
    def has_sun(self) -> bool:
        """Whether there is a generator."""
        return self.generation is not NOTHING_THERE


def sources_of(site: Site, devices: Sequence[Device], points: Points) -> Sources:
    """The sources of one site, from its devices in the order of the settings and what they declared."""
    found = _Search(devices, points)
    inverters = [each for each in devices if each.kind is DeviceKind.INVERTER]
    generation: Measure = tuple(found.gauge(each, q.AC_POWER.name, Manner.SUN) for each in inverters)
    if not inverters:
        generation = NOTHING_THERE if site.pv is None else None
    return Sources(
        site=site,
        generation=found.metered(MeterRole.GENERATION) or generation,
        battery=found.batteries() or NOTHING_THERE,
        grid=found.metered(MeterRole.GRID) or found.only(q.GRID_POWER.name),
        load=found.metered(MeterRole.LOAD) or found.only(q.LOAD_POWER.name),
        charging=found.metered(MeterRole.CHARGING) or found.connectors() or NOTHING_THERE,
        station=found.station(),
        plane=found.first(q.PLANE_IRRADIANCE.name),
        horizontal=found.first(q.IRRADIANCE.name),
        shortest_ms=round(1000 * min((each.interval_s for each in devices), default=5.0)),
    )


class _Search:
    """Looks for gauges among the devices of one site."""

    def __init__(self, devices: Sequence[Device], points: Points) -> None:
        self._devices = devices
        self._points = points

    def gauge(self, device: Device, name: str, manner: Manner = Manner.PLAIN, sign: float = 1.0, state: str = "") -> Gauge:
        known = self._points.get(device.key, {})
        longest_ms = round(max(LIVE_INTERVALS * device.interval_s * 1000, LIVE_AT_LEAST_MS))
        lacks = name not in known and len(self._own(device)) > 0
        return Gauge(known.get(name), longest_ms, manner, sign, known.get(LINK.name), known.get(state), lacks)

    def metered(self, role: MeterRole) -> tuple[Gauge, ...]:
        """Gauges of the meters that the settings give this role."""
        return tuple(self._meter(device, role) for device in self._devices if device.measures is role)

    def only(self, name: str) -> Measure:
        """The one device that has the point, if the settings say nothing of it."""
        having = [device for device in self._devices if device.measures is None and name in self._own(device)]
        if len(having) > 1:
            return _AMBIGUOUS
        return (self.gauge(having[0], name),) if having else None

    def batteries(self) -> tuple[Gauge, ...]:
        """Storage, cars that can give back included."""
        name = q.BATTERY_POWER.name
        return tuple(
            self.gauge(device, name)
            for device in self._devices
            if device.kind is DeviceKind.BATTERY or (device.kind is DeviceKind.CHARGER and name in self._own(device))
        )

    def connectors(self) -> tuple[Gauge, ...]:
        """What chargers give; those that are storage are left out."""
        chargers = [device for device in self._devices if device.kind is DeviceKind.CHARGER]
        return tuple(gauge for each in chargers if q.BATTERY_POWER.name not in self._own(each) for gauge in self._outlets(each))

    def _outlets(self, charger: Device) -> Iterable[Gauge]:
        own = self._own(charger)
        if q.CHARGING_POWER.name in own or not own:
            return (self.gauge(charger, q.CHARGING_POWER.name),)
        parts = sorted(name.removesuffix(".state") for name in own if name.startswith("connector") and name.endswith(".state"))
        return tuple(self.gauge(charger, f"{part}.power", Manner.CAR, state=f"{part}.state") for part in parts)

    def first(self, name: str) -> Gauge | None:
        """Of the first device that has it."""
        return next((self.gauge(device, name) for device in self._devices if name in self._own(device)), None)

    def station(self) -> Station | None:
        """The first device that has all by itself: parts of several could stand in different rooms."""
        for device in self._devices:
            own = self._own(device)
            needed = q.AMBIENT_TEMPERATURE.name in own and q.HUMIDITY.name in own
            if needed and (q.IRRADIANCE.name in own or q.GLOBE_TEMPERATURE.name in own):
                return Station(
                    self.gauge(device, q.AMBIENT_TEMPERATURE.name),
                    self.gauge(device, q.HUMIDITY.name),
                    *(
                        self.gauge(device, spec.name) if spec.name in own else None
                        for spec in (q.IRRADIANCE, q.GLOBE_TEMPERATURE, q.WIND_SPEED)
                    ),
                )
        return None

    def _meter(self, device: Device, role: MeterRole) -> Gauge:
        """By the name of the role where the meter has it, else by its power to and from the grid."""
        names = {
            MeterRole.LOAD: q.LOAD_POWER.name,
            MeterRole.GENERATION: q.AC_POWER.name,
            MeterRole.CHARGING: q.CHARGING_POWER.name,
        }
        name = names.get(role, q.GRID_POWER.name)
        if name in self._own(device):
            return self.gauge(device, name)
        return self.gauge(device, q.GRID_POWER.name, sign=-1.0 if role is MeterRole.GENERATION else 1.0)

    def _own(self, device: Device) -> Mapping[str, int]:
        """What the device itself declared, beside what every device has."""
        return {name: number for name, number in self._points.get(device.key, {}).items() if name not in _EVERY}


_EVERY: Final = ("link", "health")
