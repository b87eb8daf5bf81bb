"""From decoded points to readings, health and sleep. Pure: time and memory come as arguments."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backend.drivers.contract import Report
from backend.drivers.sunspec.codec import Absence, Decoded
from backend.drivers.sunspec.events import NORMAL_AT_NIGHT, complaints
from backend.drivers.sunspec.feeds import Feed
from backend.drivers.sunspec.memory import Memory
from backend.drivers.sunspec.tables import EVENTS, STATE
from backend.model.device import DeviceKind
from backend.model.point import PointKind
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import BatteryState, DeviceHealth, InverterState, StateSet

QUIET_W: Final = 5.0
"""Up to here an inverter that says it sleeps is believed."""
_RESTING: Final = frozenset({InverterState.OFF, InverterState.SLEEPING, InverterState.STANDBY})


@dataclass(frozen=True, slots=True)
class Sample:
    """What one poll gave for one point."""

    feed: Feed
    decoded: Decoded

    @property
    def number(self) -> float | None:
        """In the stored unit, a state in our own vocabulary."""
        value = self.decoded.value
        if value is None or isinstance(value, str):
            return None
        if self.feed.spec.name == STATE:
            return float(self.feed.source.states.get(int(value), 0))
        return value * self.feed.factor


def judge(kind: DeviceKind, device: str, samples: Sequence[Sample], at_ms: int, memory: Memory, now: float) -> Report:
    """One poll's report. Updates the memory."""
    values = {sample.feed.spec.name: sample.number for sample in samples}
    if all(value is None for name, value in values.items() if name not in (STATE, EVENTS)):
        memory.wake(now)
    if kind is DeviceKind.INVERTER:
        memory.fall_asleep(_sleeps(values, memory), now)
    readings = [_reading(device, sample, at_ms, memory, now) for sample in samples]
    memory.seen.update(name for name, value in values.items() if value is not None)
    found = _complaints(samples, asleep=memory.asleep)
    return Report(
        readings,
        max((severity for _, severity in found), default=DeviceHealth.OK),
        tuple(key for key, _ in sorted(found, key=lambda entry: -entry[1])),
        memory.asleep,
    )


def _sleeps(values: dict[str, float | None], memory: Memory) -> bool:
    state = values.get(STATE)
    powers = [values.get("ac_power"), values.get("dc_power")]
    if state is not None:
        return state in _RESTING and all(power is None or power <= QUIET_W for power in powers)
    if all(power is None for power in powers):
        return memory.asleep or not memory.seen
    return False


def _reading(device: str, sample: Sample, at_ms: int, memory: Memory, now: float) -> Reading:
    name = sample.feed.spec.name
    key = f"{device}/{name}"
    value = sample.number
    if value is None:
        return Reading.absent(key, at_ms, _reason(sample.decoded.absence, expected=name in memory.seen or memory.asleep))
    if not math.isfinite(value):
        return Reading.absent(key, at_ms, Quality.BAD_DEVICE_FAILURE)
    if sample.feed.spec.kind is PointKind.ACCUMULATING and not memory.trusts(name, value, now):
        return Reading.absent(key, at_ms, Quality.BAD_NOT_CONNECTED)
    return Reading(key, at_ms, value)


def _reason(absence: Absence | None, *, expected: bool) -> Quality:
    match absence:
        case Absence.TRUNCATED:
            return Quality.BAD_NOT_SUPPORTED
        case _ if expected:
            return Quality.BAD_NOT_CONNECTED
        case Absence.NO_SCALE | Absence.BAD_SCALE:
            return Quality.BAD_CONFIGURATION_ERROR
        case _:
            return Quality.BAD_NOT_SUPPORTED


def _complaints(samples: Sequence[Sample], *, asleep: bool) -> list[tuple[str, DeviceHealth]]:
    found: list[tuple[str, DeviceHealth]] = []
    for sample in samples:
        if sample.feed.spec.name == EVENTS and isinstance(sample.decoded.value, int):
            found += complaints(sample.decoded.value, sample.feed.source.bits)
    if asleep:
        found = [entry for entry in found if entry[0] not in NORMAL_AT_NIGHT]
    if any(_says_fault(sample) for sample in samples) and all(severity < DeviceHealth.FAULT for _, severity in found):
        found.append(("FAULT", DeviceHealth.FAULT))
    return found


def _says_fault(sample: Sample) -> bool:
    match sample.feed.spec.states:
        case StateSet.INVERTER:
            return sample.number == InverterState.FAULT
        case StateSet.BATTERY:
            return sample.number == BatteryState.FAULT
        case _:
            return False
