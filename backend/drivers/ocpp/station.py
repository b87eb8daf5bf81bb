"""One registered charger as its node holds it: what is known, and the way of every message onto disk."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from backend.drivers.ocpp import contact
from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.dialects import Dialect
from backend.drivers.ocpp.frames import (
    UNREADABLE,
    Broken,
    Call,
    ErrorCode,
    Failure,
    Payload,
    excerpt,
    write_failure,
    write_result,
)
from backend.drivers.ocpp.points import HEALTH, LINK, first_specs, state_spec
from backend.drivers.ocpp.rate import Bucket
from backend.drivers.ocpp.recording import record
from backend.drivers.ocpp.schemas import Refused
from backend.drivers.ocpp.sessions import next_number
from backend.model.clock import Clock
from backend.model.command import Order
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.device import DeviceStatus
from backend.model.event import Event, EventKind
from backend.model.point import Point, PointSpec

_log = structlog.get_logger(__name__)


class Line(Protocol):
    """The conversation with a charger, as its station sees it."""

    def probe(self) -> None:
        """Ask for a sign of life, soon."""
        ...

    async def close(self, reason: str) -> None:
        """Hang up, soon and without fail."""
        ...

    def cut(self) -> None:
        """Drop the connection at once."""
        ...

    async def order(self, order: Order, sent: Callable[[], None]) -> Payload | Failure | None:
        """The answer to an operator's command; None where none came. Raises ``CannotBeSaid`` or ``ConnectionClosed``."""
        ...


class Numbers:
    """Transaction numbers of this node: each is given once."""

    def __init__(self) -> None:
        self.last = 0

    def next(self, now_ms: int) -> int:
        """The number that the next transaction gets; it is used up by ``take``."""
        return next_number(now_ms, self.last)

    def take(self, number: int) -> None:
        """It was given away."""
        self.last = max(self.last, number)


@dataclass(frozen=True, slots=True)
class House:
    """What all stations of a node share."""

    sink: Sink
    clock: Clock
    numbers: Numbers
    heartbeat_s: int
    welcome: Callable[[str], bool]


class Station:
    """Takes the messages of one charger one after the other, whichever socket they come by."""

    def __init__(self, house: House, charger: Charger, status: DeviceStatus) -> None:
        self._house = house
        self._turn = asyncio.Lock()
        self._declared: set[str] = set()
        self._complaints = Bucket(5, 600.0)
        self.charger = charger
        self.status = status
        self.line: Line | None = None
        self.heard_s = house.clock.monotonic()
        """Monotonic time of the last sign of life."""
        self._heard_ms: int | None = status.last_seen_ms
        self._written_s = self.heard_s

    @property
    def key(self) -> str:
        """Key of the device."""
        return self.charger.device.key

    async def declare_known(self) -> None:
        """Make the points known that every charger has."""
        plates = [plate.number for plate in self.charger.device.connectors] or [1]
        numbers = dict.fromkeys([*plates, *(number for number in self.charger.connectors if number)])
        specs = [spec for number in numbers for spec in first_specs(number)]
        await self._declare([LINK, HEALTH, state_spec(0), *specs])

    def heard(self) -> None:
        """A sign of life."""
        self.heard_s = self._house.clock.monotonic()
        self._heard_ms = self._house.clock.now_ms()

    async def call(self, call: Call, data: bytes, dialect: Dialect) -> str:
        """Decide, persist, and only then give the answer."""
        async with self._turn:
            try:
                return await self._answer(call, data, dialect)
            except Refused as refused:
                if refused.code is not ErrorCode.NOT_IMPLEMENTED:
                    self._complain(f"{call.action} {refused.description}", data)
                return write_failure(call.id, dialect.code(refused.code), refused.description)
            except StorageError:
                return write_failure(call.id, ErrorCode.INTERNAL, "not stored, please send again")

    async def _answer(self, call: Call, data: bytes, dialect: Dialect) -> str:
        checked = dialect.check(call.action, call.payload)
        house = self._house
        now_ms = house.clock.now_ms()
        number = house.numbers.next(now_ms)
        outcome = dialect.decide(self.charger, call.action, checked, Arrival(now_ms, number, house.heartbeat_s, house.welcome))
        if outcome.answer.get("transactionId") == number:
            house.numbers.take(number)
        await self._keep(outcome, now_ms)
        if checked.repairs:
            self._complain(f"{call.action} {' '.join(checked.repairs)}", data)
        return write_result(call.id, outcome.answer)

    async def _keep(self, outcome: Outcome, now_ms: int) -> None:
        """What we know moves on only once it is on disk; else the charger's repetition would be taken for known."""
        news = (now_ms, outcome.charger.plate, *outcome.charger.health)
        edge = contact.learnt(self.status, *news)
        readings = (*outcome.readings, *edge.readings)
        states = (*outcome.states, *edge.states)
        events = (*outcome.events, *edge.events)
        if readings or states or events:
            await self._declare(outcome.specs)
            await self._house.sink.accept(Delivery(readings, events, states, urgent=True))
        self.charger = outcome.charger
        self.status = contact.learnt(self.status, *news).status

    async def connected(self, line: Line) -> None:
        """A charger was let in; an older conversation of the same identity ends."""
        older, self.line = self.line, line
        self.heard()
        if older is not None:
            _log.warning("a second connection with the same identity: the older one is closed", device=self.key)
            await older.close("a newer connection took over")
        self._edge(contact.connected(self.status, self._house.clock.now_ms()))

    def disconnected(self, line: Line, cause: str) -> None:
        """A conversation ended; only the current one matters."""
        if self.line is line:
            self.line = None
            self.lost(cause)

    def lost(self, cause: str) -> None:
        """No contact any more."""
        seen = contact.seen(self.status, self._heard_ms).status
        self._edge(contact.lost(seen, self._house.clock.now_ms(), cause))

    def _edge(self, edge: contact.Edge) -> None:
        if edge.events:
            _log.info("charger %s", edge.status.connectivity.name.lower(), device=self.key)
        self.status = edge.status
        if edge.readings or edge.states:
            record(self._house.sink, Delivery(edge.readings, edge.events, edge.states, urgent=True))

    def write_status(self, every_s: float) -> None:
        """Say again that all is well, so that a reader sees when the charger was last heard."""
        now_s = self._house.clock.monotonic()
        if now_s - self._written_s >= every_s:
            self._written_s = now_s
            edge = contact.seen(self.status, self._heard_ms)
            self.status = edge.status
            record(self._house.sink, Delivery(states=edge.states))

    def garbled(self, broken: Broken, data: bytes, dialect: Dialect) -> str | None:
        """Note what cannot be understood; answer it where it has an id, or the version has one for such frames."""
        self._complain(broken.what, data)
        if broken.id is not None:
            return write_failure(broken.id, dialect.code(broken.code), broken.what)
        if dialect.unreadable_id is not None and broken.what in UNREADABLE:
            return write_failure(dialect.unreadable_id, "RpcFrameworkError", broken.what)
        return None

    def _complain(self, what: str, data: bytes) -> None:
        untold = self._complaints.take(self._house.clock.monotonic())
        if untold is not None:
            details = {"what": what[:120], "excerpt": excerpt(data), "untold": untold}
            event = Event(self._house.clock.now_ms(), EventKind.MALFORMED, self.key, {**details})
            record(self._house.sink, Delivery(events=(event,)))

    async def _declare(self, specs: Sequence[PointSpec]) -> None:
        new = {spec.name: Point(self.key, spec) for spec in specs if spec.name not in self._declared}
        if new:
            await self._house.sink.declare(list(new.values()))
            self._declared |= new.keys()
