"""What we know of one charger, and what a message changes in it. Pure: time and state come in, effects go out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from backend.drivers.ocpp.frames import Payload
from backend.model.delivery import State
from backend.model.device import ConnectorStatus, Device, Nameplate
from backend.model.event import Event
from backend.model.point import PointSpec
from backend.model.reading import Reading
from backend.model.states import ChargingState, ConnectorState, DeviceHealth

_KEPT_TRANSACTIONS: Final = 64
TransactionId = int | str
"""A number that we gave (OCPP 1.6), or the text that the station made up (2.x)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the events of a transaction of OCPP 2.x are known: they come late, twice, or in another order."""

    charging: ChargingState = ChargingState.NONE
    connected: bool = False
    """A car was there at some time."""
    charged: bool = False
    """Energy could flow at some time."""
    newest_seq: int = -1
    newest_ms: int = 0
    """Time of the event with the highest sequence number."""
    first_seq: int | None = None
    count: int = 0
    """Events that came, repeats left out."""
    recent: tuple[str, ...] = ()
    """Marks of the last events, by which a repeat is known again."""

    @property
    def missing(self) -> int:
        """Events between the first and the newest that did not come."""
        return max(0, self.newest_seq - self.first_seq + 1 - self.count) if self.first_seq is not None else 0


@dataclass(frozen=True, slots=True)
class Transaction:
    """A charging transaction as the charger reported it."""

    number: TransactionId
    connector: int
    """In OCPP 2.x its EVSE; 0 where that was not told."""
    start_wh: float | None
    stamp: str
    """Start as the charger wrote it: a repeated report has the very same."""
    started_ms: int
    believed: bool = True
    """Whether ``started_ms`` is the charger's own time."""
    stopped: bool = False
    foreign: bool = False
    """Only its end was reported, under a number that we did not give; ``stamp`` is that of the end."""
    left_ms: int | None = None
    """Since when the connector is free, or another's, though no end was reported; it may still come."""
    given_up: bool = False
    """It was recorded as interrupted."""
    begun: bool = True
    """Whether its start was reported."""
    last_wh: float | None = None
    """Register as last heard while it was under way."""
    progress: Progress = field(default_factory=Progress)

    @property
    def is_open(self) -> bool:
        """Whether it is under way, as far as we know."""
        return not self.stopped and self.left_ms is None


@dataclass(frozen=True, slots=True)
class Plug:
    """What OCPP 2.x calls a connector: one of the cables or sockets of an EVSE."""

    state: ConnectorState
    """``PREPARING`` stands for Occupied."""
    since_ms: int
    heard_ms: int
    """Time of the newest report; what is older is history."""
    own: bool = True
    """Whether ``heard_ms`` is the charger's own time."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a station of OCPP 2.x reports itself to be made of."""

    request: int | None = None
    """Which report this is of."""
    types: Mapping[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    """Type of each connector by (EVSE, connector), such as ``cCCS2``."""
    max_w: Mapping[int, float] = field(default_factory=dict[int, float])
    """What each EVSE can deliver at most."""


@dataclass(frozen=True, slots=True)
class Charger:
    """All that matters of one charger between two messages."""

    device: Device
    plate: Nameplate = field(default_factory=Nameplate)
    connectors: Mapping[int, ConnectorStatus] = field(default_factory=dict[int, ConnectorStatus])
    order_ms: Mapping[int, int] = field(default_factory=dict[int, int])
    """Per connector the charger's time of its newest status; what is older is history."""
    transactions: tuple[Transaction, ...] = ()
    """Newest last; the oldest are forgotten."""
    plugs: Mapping[tuple[int, int], Plug] = field(default_factory=dict[tuple[int, int], Plug])
    """By (EVSE, connector); of OCPP 2.x only, where an EVSE is what 1.6 calls a connector."""
    problems: Mapping[int, str] = field(default_factory=dict[int, str])
    """What a station of OCPP 2.x complains about, by EVSE; 0 is the station itself."""
    inventory: Inventory = field(default_factory=Inventory)

    @property
    def health(self) -> tuple[DeviceHealth, tuple[str, ...]]:
        """Worst of the connectors and the station, with the error codes."""
        errors = {status.error: None for status in self.connectors.values() if status.error}
        if any(status.state is ConnectorState.FAULTED for status in self.connectors.values()):
            return DeviceHealth.FAULT, tuple(errors) or ("Faulted",)
        return (DeviceHealth.WARNING, tuple(errors)) if errors else (DeviceHealth.OK, ())

    def open_on(self, connector: int) -> Transaction | None:
        """The newest transaction under way on a connector."""
        running = (t for t in self.transactions if t.connector == connector and t.is_open)
        return max(running, key=lambda t: t.started_ms, default=None)

    def transaction(self, number: TransactionId) -> Transaction | None:
        """The newest one of this number."""
        return next((t for t in reversed(self.transactions) if t.number == number), None)

    def with_transaction(self, transaction: Transaction) -> "Charger":
        """With one more, or with a newer view of a known one."""
        others = tuple(t for t in self.transactions if t.number != transaction.number)
        return replace(self, transactions=(*others, transaction)[-_KEPT_TRANSACTIONS:])

    def with_free(self, connector: int, at_ms: int) -> "Charger":
        """With nobody at a connector any more."""
        return self.with_left((t.number for t in self.transactions if t.connector == connector), at_ms)

    def with_left(self, numbers: Iterable[TransactionId], at_ms: int) -> "Charger":
        """With the open ones of these transactions left behind."""
        gone = frozenset(numbers)
        left = (replace(t, left_ms=at_ms) if t.is_open and t.number in gone else t for t in self.transactions)
        return replace(self, transactions=tuple(left))

    def with_register(self, connector: int, register_wh: float) -> "Charger":
        """With the register of a connector as it is now; the transaction under way there remembers it."""
        running = self.open_on(connector)
        return self if running is None else self.with_transaction(replace(running, last_wh=register_wh))

    def with_connector(self, status: ConnectorStatus, order_ms: int | None = None) -> "Charger":
        """With a new state of one connector."""
        order = self.order_ms if order_ms is None else {**self.order_ms, status.connector: order_ms}
        return replace(self, connectors={**self.connectors, status.connector: status}, order_ms=order)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call means: the answer, and what must be on disk before the answer may leave."""

    charger: Charger
    answer: Payload
    specs: tuple[PointSpec, ...] = ()
    """Points that the readings belong to."""
    readings: tuple[Reading, ...] = ()
    states: tuple[State, ...] = ()
    events: tuple[Event, ...] = ()
