"""MeterValues to samples: unit conversion, phases, places (OCPP 1.6, sections 4.7, 7.32 to 7.43)."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.drivers.ocpp.points import CONVERSIONS, DEFAULT_MEASURAND, MEASURANDS, Measurand, measurand_spec, register_spec
from backend.drivers.ocpp.stamps import read_stamp
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag
from backend.model.reading import Reading

_PHASES: Final = {"": "", "L1": "_l1", "L2": "_l2", "L3": "_l3", "L1-N": "_l1", "L2-N": "_l2", "L3-N": "_l3"} | {
    "N": "_n",
    "L1-L2": "_l1_l2",
    "L2-L3": "_l2_l3",
    "L3-L1": "_l3_l1",
}
_USUAL_PLACES: Final = {"SoC": "EV"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One number with its point and its own time."""

    spec: PointSpec
    at_ms: int
    value: float
    flags: Flag


def read_samples(connector: int, entries: Iterable[Mapping[str, Any]], now_ms: int) -> Iterator[Sample]:
    """Every number of checked meterValue entries that can be understood, each at its entry's own time."""
    for entry in entries:
        stamp = read_stamp(entry["timestamp"], now_ms)
        numbers = _Entry()
        for sample in entry["sampledValue"]:
            numbers.add(sample)
        for (measurand, suffix), value in numbers.complete():
            yield Sample(measurand_spec(connector, measurand, suffix), stamp.at_ms, value, stamp.flags)


def newest_register(connector: int, samples: Iterable[Sample]) -> float | None:
    """The energy register of a connector as these samples tell it last, in Wh."""
    name = register_spec(connector).name
    return max(((s.at_ms, s.value) for s in samples if s.spec.name == name), default=(0, None))[1]


def readings_of(device: str, samples: Iterable[Sample]) -> tuple[Reading, ...]:
    """The samples as readings of a device."""
    return tuple(Reading(f"{device}/{s.spec.name}", s.at_ms, s.value, flags=s.flags) for s in samples)


class _Entry:
    """The numbers of one instant, by measurand and suffix."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], float] = {}
        self._unreadable: set[str] = set()

    def add(self, sample: Mapping[str, Any]) -> None:
        name = sample.get("measurand", DEFAULT_MEASURAND)
        place = _place(name, sample.get("location"))
        value = _number(sample, MEASURANDS[name])
        if value is None:
            self._unreadable.add(name)
        else:
            self._values[name, place, _PHASES[sample.get("phase", "")]] = value

    def complete(self) -> Iterator[tuple[tuple[Measurand, str], float]]:
        """The numbers as sent, and the whole where only its phases were sent."""
        wholes: dict[tuple[str, str], float] = {}
        for (name, place, phase), value in self._values.items():
            yield (MEASURANDS[name], f"{place}{phase}"), value
            if phase in {"_l1", "_l2", "_l3"} and MEASURANDS[name].additive and name not in self._unreadable:
                wholes[name, place] = wholes.get((name, place), 0.0) + value
        for (name, place), value in wholes.items():
            if (name, place, "") not in self._values:
                yield (MEASURANDS[name], place), value


def _place(measurand: str, location: str | None) -> str:
    usual = _USUAL_PLACES.get(measurand, "Outlet")
    return "" if location in (None, "Outlet", usual) else f"_{location.lower()}"


def _number(sample: Mapping[str, Any], measurand: Measurand) -> float | None:
    """In the stored unit; None where it is no number or of another quantity."""
    if sample.get("format") == "SignedData":
        return None
    try:
        number = _in_stored_unit(float(sample["value"]), sample.get("unit"), measurand.unit)
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None


def _in_stored_unit(number: float, sent: str | None, stored: Unit) -> float | None:
    if sent is None:
        return number
    if stored is Unit.RATIO:
        return number / 100 if sent == "Percent" else number
    if stored is Unit.RPM:
        return number
    unit, convert = CONVERSIONS.get(sent, (None, None))
    return convert(number) if convert is not None and unit is stored else None
