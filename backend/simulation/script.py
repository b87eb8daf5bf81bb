"""What one performance of the demo town is fixed by; kept in a file, so that every process plays the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from backend.model.clock import ClockAnchor
from backend.simulation.building import PlannedStorage
from backend.simulation.plan import (
    SITES,
    PlannedCharger,
    PlannedClassroom,
    PlannedDustSensor,
    PlannedInverter,
    PlannedMeter,
    PlannedSensor,
    PlannedSite,
)

EARLIER_DAYS = 2
"""Whole days before the first one that the node is given as history."""
ECHONET = "echonet"
CAR_DAYS = 15
"""So many days of cars are made up in advance."""


@dataclass(frozen=True, slots=True)
class Script:
    """Same script, same town."""

    seed: int
    day: str
    """ISO date of the day on which it begins."""
    clock: ClockAnchor
    pattern: str
    """File of the measured day."""
    ports: Mapping[str, int]
    """Port of every device that is asked, by its key ``site/device``; and that of the node itself, as ``echonet``."""
    ocpp_port: int

    @property
    def first_day(self) -> date:
        """The day it begins."""
        return date.fromisoformat(self.day)

    @property
    def sample_s(self) -> float:
        """Between meter values of a charger by the town's clock: every ten seconds by a real one."""
        return min(10.0 * max(1.0, self.clock.speed), 3600.0)

    def write(self, path: Path) -> None:
        """Keep it as JSON."""
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=1))

    @classmethod
    def read(cls, path: Path) -> "Script":
        """What ``write`` kept. Raises ``OSError``, or ``msgspec.DecodeError`` for any other file."""
        return msgspec.json.decode(path.read_bytes(), type=cls)


def inverters() -> Iterator[tuple[str, PlannedSite, PlannedInverter]]:
    """Key, site and inverter of the whole town."""
    for site in SITES:
        for inverter in site.inverters:
            yield f"{site.key}/{inverter.key}", site, inverter


def sensors() -> Iterator[tuple[str, PlannedSite, PlannedSensor]]:
    """Key, site and weather station of the whole town."""
    for site in SITES:
        for sensor in site.sensors:
            yield f"{site.key}/{sensor.key}", site, sensor


def chargers() -> Iterator[tuple[str, PlannedSite, PlannedCharger]]:
    """Key, site and charger of the whole town."""
    for site in SITES:
        for charger in site.chargers:
            yield f"{site.key}/{charger.key}", site, charger


def metered() -> Iterator[tuple[str, PlannedSite, PlannedStorage, PlannedMeter]]:
    """Key, site, battery and meter of every site that has them."""
    for site in SITES:
        if site.storage is not None and site.meter is not None:
            yield site.key, site, site.storage, site.meter


def classrooms() -> Iterator[tuple[str, PlannedSite, PlannedClassroom]]:
    """Key, site and classroom of the whole town."""
    for site in SITES:
        if site.classroom is not None:
            yield f"{site.key}/{site.classroom.key}", site, site.classroom


def dust_sensors() -> Iterator[tuple[str, PlannedSite, PlannedDustSensor]]:
    """Key, site and dust sensor of the whole town."""
    for site in SITES:
        if site.dust is not None:
            yield f"{site.key}/{site.dust.key}", site, site.dust


def served_keys() -> list[str]:
    """What needs a port of its own: devices, and the node itself where it speaks ECHONET Lite."""
    cellars = [f"{key}/{each.key}" for key, _, *both in metered() for each in both]
    rooms = [key for key, *_ in classrooms()] + [key for key, *_ in dust_sensors()]
    return [key for key, *_ in inverters()] + [key for key, *_ in sensors()] + cellars + rooms + [ECHONET]
