"""From what an object said to readings, health and the state of its connector. Pure: time and memory come as arguments."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from backend.drivers.contract import Report
from backend.drivers.echonet.feeds import Feed, value_of
from backend.drivers.echonet.memory import Memory
from backend.drivers.echonet.number import REASONS, Absence
from backend.drivers.echonet.plate import read_clock
from backend.drivers.echonet.states import health_of
from backend.drivers.echonet.tables.rows import StateRow, Table, Values
from backend.model.device import ConnectorStatus
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointSpec
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading

AHEAD_MS: Final = 5 * 60_000
OLDEST_MS: Final = 2 * 3_600_000
"""A measurement's own time beyond these is not believed: then the time at which it came, marked as suspect."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: an object, its points and where they come from."""

    device: str
    table: Table
    feeds: Sequence[Feed]
    states: Sequence[StateRow]
    missing: Sequence[PointSpec]
    zone: ZoneInfo

    @property
    def points(self) -> tuple[Point, ...]:
        """All that may be reported."""
        specs = (*(feed.spec for feed in self.feeds), *(row.spec for row in self.states), *self.missing)
        return tuple(Point(self.device, spec) for spec in specs)

    @property
    def epcs(self) -> frozenset[int]:
        """What has to be asked for."""
        states = (epc for row in self.states for epc in row.epcs)
        return frozenset((*(feed.epc for feed in self.feeds), *states, 0x80, 0x88, 0x89))


def judge(subject: Subject, values: Values, asked: Collection[int], at_ms: int, memory: Memory) -> Report:
    """What a poll or an announcement gave: ``asked`` are the properties that it should speak of."""
    readings = [
        reading for feed in subject.feeds if feed.epc in asked and (reading := _fed(subject, feed, values, at_ms, memory))
    ]
    states = [row for row in subject.states if not set(row.epcs).isdisjoint(asked)]
    readings += [_state(subject, row, values, at_ms) for row in states]
    memory.seen.update(reading.point.rpartition("/")[2] for reading in readings if reading.value is not None)
    health, causes = health_of(values)
    report = Report(readings, health, causes)
    return _with_connector(subject, values, at_ms, memory, report) if states and subject.table.connector else report


def unsupported(subject: Subject, at_ms: int) -> list[Reading]:
    """What the object does not have though its class should; told once per session."""
    return [Reading.absent(f"{subject.device}/{spec.name}", at_ms, REASONS[Absence.NOT_IN_MAP]) for spec in subject.missing]


def _fed(subject: Subject, feed: Feed, values: Values, at_ms: int, memory: Memory) -> Reading | None:
    """None where the object's own time says that there is nothing new."""
    key, edt = f"{subject.device}/{feed.spec.name}", values.get(feed.epc)
    if edt is None:
        seen = feed.spec.name in memory.seen
        return Reading.absent(key, at_ms, Quality.BAD_NOT_CONNECTED if seen else REASONS[Absence.REFUSED])
    value = value_of(feed, edt)
    if isinstance(value, Absence):
        return Reading.absent(key, at_ms, REASONS[value])
    if not feed.clock:
        return Reading(key, at_ms, value)
    own_ms = read_clock(edt, subject.zone)
    if own_ms is None or not at_ms - OLDEST_MS <= own_ms <= at_ms + AHEAD_MS:
        return Reading(key, at_ms, value, flags=Flag.CLOCK_SUSPECT)
    if memory.stamps.get(feed.spec.name) == own_ms:
        return None
    memory.stamps[feed.spec.name] = own_ms
    return Reading(key, min(own_ms, at_ms), value)


def _state(subject: Subject, row: StateRow, values: Values, at_ms: int) -> Reading:
    key, value = f"{subject.device}/{row.spec.name}", row.rule(values)
    return Reading.absent(key, at_ms, REASONS[value]) if isinstance(value, Absence) else Reading(key, at_ms, value)


def _with_connector(subject: Subject, values: Values, at_ms: int, memory: Memory, report: Report) -> Report:
    assert subject.table.connector is not None
    state, charging = subject.table.connector(values)
    before = memory.connector
    error = " ".join(report.causes)
    same = before is not None and before.state is state
    since_ms = before.since_ms if before is not None and same else at_ms
    status = ConnectorStatus(subject.device, 1, state, since_ms, charging, error=error)
    if status == before:
        return report
    memory.connector = status
    if same:
        return replace(report, connectors=(status,))
    data: Mapping[str, str | int | None] = {
        "connector": 1,
        "state": state.name,
        "before": before.state.name if before is not None else None,
        "error": error,
    }
    event = Event(at_ms, EventKind.CONNECTOR_STATE, subject.device, {**data})
    return replace(report, connectors=(status,), events=(event,))
