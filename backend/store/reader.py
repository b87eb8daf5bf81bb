"""The reading side for faces, tools and the API: ``async with open_reader(path) as reader``."""

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.device import ConnectorStatus, Device, DeviceStatus
from backend.model.event import Event
from backend.model.gap import Gap
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.contract import Level, Rollup, StoreState
from backend.store.exchange import Past
from backend.store.gathering import Gathering
from backend.store.sqlite.source import CacheConnection
from backend.store.tiers.look import Look, Source, Span

T = TypeVar("T")
NO_POSTGRES = "PostgreSQL needs asyncpg, which comes with the role cloud"


class Connection(Protocol):
    """A source and the thread where it lives."""

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no store yet; the thread has ended then."""
        ...

    def ask(self, question: Callable[[Source], T]) -> "asyncio.Future[T]":
        """What ``question`` says, called on the thread."""
        ...

    async def close(self) -> None:
        """Let go, also of what was never opened."""
        ...


class StoreReader:
    """Implements ``backend.store.contract.Reader``. Questions are answered on one thread, those that wait together in one view.

    Questions raise ``StorageError`` where the store cannot be read.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._gathering: Gathering | None = None

    async def open(self) -> None:
        """Connect. Raises ``StorageError`` where there is no cache yet."""
        await self._connection.open()
        self._gathering = Gathering(self._trip, await self._connection.ask(Look))

    async def version(self) -> int:
        """A number that changes whenever anybody committed."""
        return await self._ask(Look.version)

    async def sites(self) -> Sequence[Site]:
        """Sites of the settings, by key."""
        return await self._ask(lambda look: look.documents("site", Site))

    async def devices(self) -> Sequence[Device]:
        """Devices of the settings, by key."""
        return await self._ask(lambda look: look.documents("device", Device))

    async def points(self) -> Sequence[Point]:
        """Every point that was ever declared, in order of declaration."""
        return await self._ask(Look.points)

    async def statuses(self) -> Sequence[DeviceStatus]:
        """Latest state of each device, by key."""
        return await self._ask(lambda look: look.documents("status", DeviceStatus))

    async def connectors(self) -> Sequence[ConnectorStatus]:
        """Latest state of each connector, by charger and number."""
        return await self._ask(lambda look: look.documents("connector", ConnectorStatus))

    async def latest(self, keys: Sequence[str] | None = None) -> Mapping[str, Reading]:
        """Newest reading by source time of each point (all when None); points never heard of are missing."""
        return await self._ask(lambda look: look.latest(keys))

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        return await self._ask(lambda look: look.raw(key, start_ms, end_ms), Span(key, None, start_ms, end_ms))

    async def closed_hours(self, key: str, start_ms: int, end_ms: int) -> Sequence[int]:
        """UTC hours since 1970, of those touched by [start, end), that nothing changes any more: only their roll-ups are left."""
        return await self._ask(lambda look: look.closed_hours(key, start_ms, end_ms))

    async def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end). Hours and days follow the time zone of the point's site."""
        return await self._ask(lambda look: look.rollup(key, level, start_ms, end_ms), Span(key, level, start_ms, end_ms))

    async def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        """Energy per site calendar day, in the stored unit; unknown days are missing, never 0."""
        return await self._ask(lambda look: look.energy_by_day(keys, first, last))

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        return await self._ask(lambda look: look.events(start_ms, end_ms, subject, limit))

    async def events_after(self, number: int | None, limit: int = 500) -> Sequence[tuple[int, Event]]:
        """Events kept after this one, in the order of keeping; None asks for the newest one alone."""
        return await self._ask(lambda look: look.events_after(number, limit))

    async def gaps(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Gap]:
        """Rows of the gap ledger that touch [start, end), newest first."""
        return await self._ask(lambda look: look.gaps(start_ms, end_ms, subject, limit))

    async def past(self, points: Sequence[str], before_day: int) -> Sequence[Past]:
        """Roll-ups of points before a UTC day, for another store."""
        return await self._ask(lambda look: look.past(points, before_day))

    async def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        """What ``Store.put`` kept, decoded as ``shape``."""
        return await self._ask(lambda look: look.document(kind, key, shape))

    async def state(self) -> StoreState:
        """How the store is doing."""
        return await self._ask(Look.state)

    async def close(self) -> None:
        """Let go of the store."""
        gathering, self._gathering = self._gathering, None
        if gathering is not None:
            gathering.close()
        await self._connection.close()

    def _trip(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        return self._connection.ask(lambda _: work())

    def _ask(self, question: Callable[[Look], T], span: Span | None = None) -> "asyncio.Future[T]":
        if self._gathering is None:
            raise RuntimeError("the reader is closed")
        return self._gathering.ask(question, span)


class Opening:
    """A reader about to be opened: ``async with`` closes it again, ``await`` leaves that to the caller."""

    def __init__(self, connection: Connection) -> None:
        self._reader = StoreReader(connection)

    def __await__(self) -> Generator[Any, None, StoreReader]:
        return self._open().__await__()

    async def __aenter__(self) -> StoreReader:
        return await self._open()

    async def __aexit__(self, *_: object) -> None:
        await self._reader.close()

    async def _open(self) -> StoreReader:
        try:
            await self._reader.open()
        except BaseException:
            await self._reader.close()
            raise
        return self._reader


def open_reader(place: Path | str) -> Opening:
    """Open a cache file, or a database by its address, for reading; any number at once.

    Raises ``StorageError`` where there is none yet.
    """
    if isinstance(place, Path):
        return Opening(CacheConnection(place))
    try:
        from backend.store.postgres.source import DatabaseConnection
    except ImportError as error:
        raise StorageError(NO_POSTGRES) from error
    return Opening(DatabaseConnection(place))
