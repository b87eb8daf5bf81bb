"""What a store promises to the engine, and what a reader promises to faces, tools and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from backend.model.chain import Chain
from backend.model.columns import Columns
from backend.model.delivery import State
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event
from backend.model.gap import Gap
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.model.spans import Spans
from backend.store.exchange import Incoming, Past, Verdict

T = TypeVar("T")


class Level(StrEnum):
    """Lengths of roll-ups. Hours and days are the site's own, built from quarter hours."""

    MINUTE = "1min"
    QUARTER = "15min"
    HOUR = "1h"
    DAY = "1d"


@dataclass(frozen=True, slots=True)
class Rollup:
    """Statistics of one point per interval, only for intervals that hold something. Parallel arrays, by time."""

    start_ms: NDArray[np.int64]
    """Start of the interval, UTC; intervals are start <= t < end."""
    minimum: NDArray[np.float64]
    """Of good values; NaN where there is none."""
    mean: NDArray[np.float64]
    """Time-weighted over what is covered."""
    maximum: NDArray[np.float64]
    energy: NDArray[np.float64]
    """Sum of differences of an accumulating point in its stored unit; NaN for other kinds and where unknown."""
    coverage: NDArray[np.float64]
    """Share of the interval, 0 to 1, for which good values stand."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """How the store is doing, for footers and ``enemado node status``."""

    epoch: str
    sequence: int
    """Last sequence number given."""
    sealed_ms: int | None
    """When the node last committed a batch, by the node's clock: its heartbeat."""
    unfolded: int
    """Readings in the journal that are not in chunks yet."""
    bytes_used: int
    bytes_cap: int
    """0 where there is none."""
    lost: int
    """Readings removed before they were sent or folded; each loss is an event."""


class Store(Protocol):
    """The writing side. One per file, one per process."""

    async def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """Make the settings' sites and devices the current ones; removed ones keep their history."""
        ...

    async def number(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Permanent numbers of these points by key, new ones given where needed (1 to 2**20 - 1)."""
        ...

    async def commit(self, readings: Columns, events: Sequence[Event], states: Sequence[State]) -> None:
        """Seal one batch and put it on disk in one transaction. Raises ``StorageError`` and keeps nothing."""
        ...

    async def put(self, kind: str, key: str, document: object) -> None:
        """Keep a small frozen dataclass for faces under (kind, key), such as ``("plan", "main")``.

        Kinds that parents and viewers need (``node``, ``clear_sky``) are sealed into a batch too.
        """
        ...

    async def fold(self) -> bool:
        """Do one step of about 2 ms of moving journal into chunks and roll-ups; False when nothing is left."""
        ...

    async def close(self) -> None:
        """Checkpoint and let go."""
        ...


class SharedStore(Store, Protocol):
    """A store that takes part in the exchange between nodes."""

    async def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        """Keep batches of other nodes in one transaction, each at most once, in any order; a verdict for each.

        Points, sites, devices, states and events of theirs are readable here from then on. A node may speak only of sites that it
        was the first to define. Raises ``StorageError`` and keeps nothing.
        """
        ...

    @property
    def unfolded(self) -> int:
        """Readings that wait to be folded: who brings more than the fold can take has to wait."""
        ...

    async def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]:
        """What is held of these chains; those never heard of are missing."""
        ...

    async def adopt(self, past: Sequence[Past]) -> None:
        """Keep roll-ups that another store made, in place of what is here for that time; of undefined points nothing.

        What comes late for that time changes no roll-up here. Raises ``StorageError``.
        """
        ...

    async def deliver(self, number: int, delivered: Spans) -> None:
        """Remember what the parent has of a chain (see ``ChainState.number``); what it has may be removed when its time comes."""
        ...

    async def renew_epoch(self, cause: str) -> None:
        """Begin a new chain of this node, because its parent has seen more of the old one than there is here."""
        ...


class Reader(Protocol):
    """The reading side; read-only, for as many processes as like. ``backend.store.reader.open_reader`` gives one."""

    async def version(self) -> int:
        """A number that changes whenever anybody committed (``PRAGMA data_version``)."""
        ...

    async def sites(self) -> Sequence[Site]: ...

    async def devices(self) -> Sequence[Device]: ...

    async def points(self) -> Sequence[Point]: ...

    async def statuses(self) -> Sequence[DeviceStatus]: ...

    async def connectors(self) -> Sequence[ConnectorStatus]: ...

    async def latest(self, keys: Sequence[str] | None = None) -> Mapping[str, Reading]:
        """Newest reading by source time of each point (all when None); points never heard of are missing."""
        ...

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        ...

    async def closed_hours(self, key: str, start_ms: int, end_ms: int) -> Sequence[int]:
        """UTC hours since 1970, of those touched by [start, end), that nothing changes any more: only their roll-ups are left."""
        ...

    async def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end). Hours and days follow the time zone of the point's site."""
        ...

    async def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        """Energy per site calendar day, in the stored unit; unknown days are missing, never 0."""
        ...

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        ...

    async def events_after(self, number: int | None, limit: int = 500) -> Sequence[tuple[int, Event]]:
        """Events that were kept after the one of this number, in the order of keeping; None asks for the newest one alone.

        Numbers belong to one epoch of the store; they only grow.
        """
        ...

    async def gaps(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Gap]:
        """Rows of the gap ledger that touch [start, end), newest first."""
        ...

    async def past(self, points: Sequence[str], before_day: int) -> Sequence[Past]:
        """Roll-ups of points before a UTC day (days since 1970), for another store.

        Unknown points are missing, and those of which something of that time is not folded yet.
        """
        ...

    async def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        """What ``Store.put`` kept, decoded as ``shape``."""
        ...

    async def state(self) -> StoreState: ...

    async def close(self) -> None: ...
