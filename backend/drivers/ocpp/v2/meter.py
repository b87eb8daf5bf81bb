"""Meter values of OCPP 2.x: numbers with a unit and a multiplier, put into the form that 1.6 has (2.0.1, SampledValueType)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from backend.drivers.ocpp.meter import Sample, newest_register, read_samples
from backend.drivers.ocpp.points import DEFAULT_MEASURAND, MEASURANDS

_LARGEST_POWER_OF_TEN: Final = 12
_BEGIN: Final = frozenset({"Transaction.Begin"})

Entries = Iterable[Mapping[str, Any]]


def samples_of(evse: int, entries: Entries, now_ms: int) -> tuple[Sample, ...]:
    """Every number that can be understood, at its own time; EVSE 0 is the station's main meter."""
    return tuple(read_samples(evse, _plain(entries, None), now_ms))


def register_at_begin(evse: int, entries: Entries, now_ms: int) -> float | None:
    """The energy register that is marked as the one of the transaction's beginning, in Wh."""
    return newest_register(evse, read_samples(evse, _plain(entries, _BEGIN), now_ms))


def first_register(evse: int, samples: Iterable[Sample]) -> float | None:
    """The earliest energy register among these samples, in Wh."""
    registers = (newest_register(evse, [sample]) for sample in sorted(samples, key=lambda sample: sample.at_ms))
    return next((register_wh for register_wh in registers if register_wh is not None), None)


def _plain(entries: Entries, contexts: frozenset[str] | None) -> Iterator[Mapping[str, Any]]:
    for entry in entries:
        samples = (s for s in entry["sampledValue"] if contexts is None or s.get("context") in contexts)
        yield {"timestamp": entry["timestamp"], "sampledValue": [plain for s in samples if (plain := _sample(s)) is not None]}


def _sample(sample: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """As OCPP 1.6 would say it; None where we keep no such quantity."""
    measurand = sample.get("measurand", DEFAULT_MEASURAND)
    unit: Mapping[str, Any] = sample.get("unitOfMeasure", {})
    value = _scaled(sample["value"], unit.get("multiplier", 0))
    if measurand not in MEASURANDS or value is None:
        return None
    plain = {"value": value, "measurand": measurand} | {name: sample[name] for name in ("phase", "location") if name in sample}
    return plain | {"unit": unit["unit"]} if "unit" in unit else plain


def _scaled(value: float, power: int) -> float | None:
    try:
        return float(value) * 10.0**power if abs(power) <= _LARGEST_POWER_OF_TEN else None
    except OverflowError:
        return None
