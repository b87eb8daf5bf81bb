"""What we know of one charger, and what a message changes in it. Pure: time and state come in, effects go out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from backend.drivers.ocpp.frames import Payload
from backend.model.delivery import State
from backend.model.device import ConnectorStatus, Device, Nameplate
from backend.model.event import Event
from backend.model.point import PointSpec
from backend.model.reading import Reading
from backend.model.states import ConnectorState, DeviceHealth

_KEPT_TRANSACTIONS: Final = 64


@dataclass(frozen=True, slots=True)
class Transaction:
    """A charging transaction as the charger reported it."""

    number: int
    connector: int
    start_wh: float
    stamp: str
    """Start as the charger wrote it: a repeated report has the very same."""
    started_ms: int
    believed: bool = True
    """Whether ``started_ms`` is the charger's own time."""
    stopped: bool = False
    foreign: bool = False
    """Only its end was reported, under a number that we did not give; ``stamp`` is that of the end."""
    left: bool = False
    """The connector was free again before any end was reported; it may still come."""


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

    @property
    def health(self) -> tuple[DeviceHealth, tuple[str, ...]]:
        """Worst of the connectors and the station, with the error codes."""
        errors = {status.error: None for status in self.connectors.values() if status.error}
        if any(status.state is ConnectorState.FAULTED for status in self.connectors.values()):
            return DeviceHealth.FAULT, tuple(errors) or ("Faulted",)
        return (DeviceHealth.WARNING, tuple(errors)) if errors else (DeviceHealth.OK, ())

    def open_on(self, connector: int) -> Transaction | None:
        """The newest transaction under way on a connector."""
        running = (t for t in self.transactions if t.connector == connector and not t.stopped and not t.left)
        return max(running, key=lambda t: t.started_ms, default=None)

    def transaction(self, number: int) -> Transaction | None:
        """The newest one of this number."""
        return next((t for t in reversed(self.transactions) if t.number == number), None)

    def with_transaction(self, transaction: Transaction) -> "Charger":
        """With one more, or with a newer view of a known one."""
        others = tuple(t for t in self.transactions if t.number != transaction.number)
        return replace(self, transactions=(*others, transaction)[-_KEPT_TRANSACTIONS:])

    def with_free(self, connector: int) -> "Charger":
        """With nobody at a connector any more."""
        transactions = (replace(t, left=True) if t.connector == connector else t for t in self.transactions)
        return replace(self, transactions=tuple(transactions))

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
