"""What is known of the contact with one device: pure transitions from what happened to what is reported."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from backend.drivers.contract import Report
from backend.model.delivery import Delivery
from backend.model.device import ConnectorStatus, DeviceStatus, Nameplate
from backend.model.event import Event, EventKind, EventValue
from backend.model.point import HEALTH, LINK, Point, PointKind
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import Connectivity, DeviceHealth

_REFRESH_MS = 60_000
_EDGES = {
    Connectivity.CONNECTED: EventKind.DEVICE_CONNECTED,
    Connectivity.LOST: EventKind.DEVICE_LOST,
    Connectivity.ASLEEP: EventKind.DEVICE_ASLEEP,
}


@dataclass
class Contact:
    """One device's contact; every method gives the delivery that tells of it."""

    status: DeviceStatus
    points: tuple[Point, ...] = ()
    """As of the last session, or as the store knows them."""
    said_asleep: bool = False
    """The device announced that it goes to sleep; silence after this is no fault."""
    _fresh: bool = True
    """Nothing was reported yet since the node started."""
    _written_ms: int = 0
    _states: dict[str, float | None] = field(default_factory=dict[str, float | None])

    @property
    def own_points(self) -> tuple[Point, Point]:
        """The status points that every device has."""
        return Point(self.status.device, LINK), Point(self.status.device, HEALTH)

    def trial(self) -> "Contact":
        """A copy to go on with once what it tells was kept."""
        return replace(self, _states=dict(self._states))

    def identified(self, plate: Nameplate, points: Sequence[Point], now_ms: int) -> Delivery | None:
        """A session is open: tell what the device is when that is new or has changed."""
        self.points = tuple(points)
        before = self.status.plate
        if plate == before:
            return None
        self.status = replace(self.status, plate=plate)
        known = before != Nameplate()
        replaced = known and before.serial != plate.serial
        data: dict[str, EventValue] = {
            "maker": plate.maker,
            "model": plate.model,
            "serial": plate.serial,
            "version": plate.version,
            "replaced": replaced,
        }
        event = Event(now_ms, EventKind.DEVICE_IDENTIFIED, self.status.device, data)
        return Delivery(events=(event,), states=(self.status,), urgent=True)

    def reached(self, report: Report, now_ms: int) -> Delivery:
        """The device answered."""
        self.said_asleep = report.asleep
        before = self.status
        since_ms = before.health_since_ms if report.health is before.health else now_ms
        self.status = replace(before, last_seen_ms=now_ms, health=report.health, causes=report.causes, health_since_ms=since_ms)
        edge = self._turn(Connectivity.CONNECTED, now_ms)
        events = [*report.events, *edge]
        if (before.health, before.causes) != (report.health, report.causes):
            events.append(self._health_event(now_ms))
        told = bool(edge) or self._fresh or before.health is not report.health or before.causes != report.causes
        readings = [*report.readings, *(self._own(now_ms) if told else ())]
        due = told or now_ms - self._written_ms >= _REFRESH_MS
        urgent = told or bool(report.events) or self._has_edge(report.readings)
        return self._deliver(readings, events, due, urgent or bool(report.connectors), now_ms, report.connectors)

    def silent(self, cause: str, expected: bool, now_ms: int) -> Delivery | None:
        """The device does not answer; None where that was told already."""
        became = self._silence(expected)
        if became is self.status.connectivity and not self._fresh:
            return None
        self._states.clear()
        self.status = replace(self.status, causes=() if became is Connectivity.ASLEEP else (cause,))
        events = self._turn(became, now_ms, cause)
        absent = [Reading.absent(point.key, now_ms, Quality.BAD_NO_COMMUNICATION) for point in self.points if _measured(point)]
        return self._deliver([*absent, *self._own(now_ms)], events, due=True, urgent=True, now_ms=now_ms)

    def _silence(self, expected: bool) -> Connectivity:
        """A device that was lost by day stays lost when the sun sets; one never heard of is not said to sleep."""
        if self.status.last_seen_ms is None:
            return Connectivity.UNKNOWN
        asleep = expected and self.status.connectivity is not Connectivity.LOST
        return Connectivity.ASLEEP if asleep else Connectivity.LOST

    def _turn(self, connectivity: Connectivity, now_ms: int, cause: str = "") -> list[Event]:
        if connectivity is self.status.connectivity:
            return []
        self.status = replace(self.status, connectivity=connectivity, since_ms=now_ms)
        kind = _EDGES.get(connectivity)
        return [Event(now_ms, kind, self.status.device, {"cause": cause} if cause else {})] if kind else []

    def _health_event(self, now_ms: int) -> Event:
        data: dict[str, EventValue] = {"health": self.status.health.name, "causes": " ".join(self.status.causes)}
        return Event(now_ms, EventKind.DEVICE_HEALTH, self.status.device, data)

    def _own(self, now_ms: int) -> tuple[Reading, Reading]:
        link, health = self.own_points
        known = self.status.connectivity is Connectivity.CONNECTED
        return (
            Reading(link.key, now_ms, float(self.status.connectivity)),
            Reading(health.key, now_ms, float(self.status.health))
            if known
            else Reading.absent(health.key, now_ms, Quality.BAD_NO_COMMUNICATION),
        )

    def _has_edge(self, readings: Iterable[Reading]) -> bool:
        """Whether a status point changed; a state edge must not wait for the batch to fill."""
        kinds = {point.key for point in self.points if point.spec.kind is PointKind.STATUS}
        found = False
        for reading in readings:
            if reading.point in kinds and self._states.get(reading.point, reading.value) != reading.value:
                found = True
            if reading.point in kinds:
                self._states[reading.point] = reading.value
        return found

    def _deliver(
        self,
        readings: Sequence[Reading],
        events: Sequence[Event],
        due: bool,
        urgent: bool,
        now_ms: int,
        connectors: Sequence[ConnectorStatus] = (),
    ) -> Delivery:
        self._fresh = False
        if due:
            self._written_ms = now_ms
        return Delivery(tuple(readings), tuple(events), (*connectors, self.status) if due else tuple(connectors), urgent)


def _measured(point: Point) -> bool:
    return point.spec.name not in (LINK.name, HEALTH.name)


def first_status(device: str, known: DeviceStatus | None, now_ms: int) -> DeviceStatus:
    """Where a device starts from when its node does: what the store remembers, else nothing."""
    if known is not None:
        return replace(known, health=DeviceHealth(known.health))
    return DeviceStatus(device, Connectivity.UNKNOWN, now_ms)
