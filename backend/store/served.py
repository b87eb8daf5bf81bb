"""The writing side of a store for asyncio: every call runs on the one thread that owns the connection."""

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from backend.model.chain import Chain
from backend.model.columns import Columns
from backend.model.delivery import State
from backend.model.device import Device
from backend.model.event import Event
from backend.model.point import Point
from backend.model.site import Site
from backend.model.spans import Spans
from backend.store.exchange import Incoming, Past, Verdict
from backend.store.thread import ServingThread

T = TypeVar("T")
FOLD_STEP_S = 0.002


class Ledger(Protocol):
    """What happens on that thread."""

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged store is kept in whose place this one was begun; None as a rule."""
        ...

    @property
    def committed_ms(self) -> int | None:
        """When this node last committed before the store was opened; None if it never did."""
        ...

    def open(self) -> None:
        """Make the store ready. Raises ``StorageError``."""
        ...

    def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None: ...

    def number(self, points: Sequence[Point]) -> Mapping[str, int]: ...

    def pack(self, readings: Columns, events: Sequence[Event], states: Sequence[State]) -> bytes:
        """Content of a batch; any thread may ask."""
        ...

    def commit(self, readings: Columns, content: bytes, events: Sequence[Event], states: Sequence[State]) -> None: ...

    def put(self, kind: str, key: str, document: object) -> None: ...

    def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]: ...

    def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]: ...

    @property
    def unfolded(self) -> int:
        """Any thread may ask."""
        ...

    def deliver(self, number: int, delivered: Spans) -> None: ...

    def renew_epoch(self, cause: str) -> None: ...
    def adopt(self, past: Sequence[Past]) -> None: ...

    def fold(self, seconds: float) -> bool: ...

    def close(self) -> None: ...


class ServedStore:
    """Implements ``backend.store.contract.Store``. Calls are served in order."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._thread = ServingThread("store")
        self._told: list[Callable[[], None]] = []

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged store is kept in whose place this one was begun; None as a rule."""
        return self._ledger.set_aside

    @property
    def committed_ms(self) -> int | None:
        """When this node last committed before the store was opened; None if it never did."""
        return self._ledger.committed_ms

    async def open(self) -> None:
        """Make the store ready. Raises ``StorageError``."""
        await self._call(self._ledger.open)

    async def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """Make the settings' sites and devices the current ones; removed ones keep their history."""
        await self._call(partial(self._ledger.define, sites, devices))

    async def number(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Permanent numbers of these points by key, new ones given where needed."""
        return await self._call(partial(self._ledger.number, points))

    async def commit(self, readings: Columns, events: Sequence[Event] = (), states: Sequence[State] = ()) -> None:
        """Seal one batch and put it on disk in one transaction. Raises ``StorageError`` and keeps nothing."""
        content = self._ledger.pack(readings, events, states)
        await self._call(partial(self._ledger.commit, readings, content, events, states))
        self._tell()

    @contextlib.contextmanager
    def telling(self, told: Callable[[], None]) -> Generator[None]:
        """Have this called after every commit of readings, events and batches of others, while the context is open."""
        self._told.append(told)
        try:
            yield
        finally:
            self._told.remove(told)

    async def put(self, kind: str, key: str, document: object) -> None:
        """Keep a small frozen dataclass for faces."""
        await self._call(partial(self._ledger.put, kind, key, document))

    async def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        """Keep batches of other nodes in one transaction; a verdict for each. Raises ``StorageError`` and keeps nothing."""
        return await self._call(partial(self._ledger.receive, batches))

    async def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]:
        """What is held of these chains; those never heard of are missing."""
        return await self._call(partial(self._ledger.held, chains))

    @property
    def unfolded(self) -> int:
        """Readings that wait to be folded."""
        return self._ledger.unfolded

    async def deliver(self, number: int, delivered: Spans) -> None:
        """Remember what the parent has of a chain; on disk within half a minute, and at the end."""
        await self._call(partial(self._ledger.deliver, number, delivered))

    async def renew_epoch(self, cause: str) -> None:
        """Begin a new chain of this node, because its parent has seen more of the old one than there is here."""
        await self._call(partial(self._ledger.renew_epoch, cause))

    async def adopt(self, past: Sequence[Past]) -> None:
        """Keep roll-ups that another store made, in place of what is here for that time."""
        await self._call(partial(self._ledger.adopt, past))

    async def fold(self, seconds: float = FOLD_STEP_S) -> bool:
        """Do one step of about so long; False when nothing is left. Raises ``StorageError``. Imports may take long steps."""
        return await self._call(partial(self._ledger.fold, seconds))

    async def close(self) -> None:
        """Checkpoint and let go."""
        await self._call(self._ledger.close)
        self._thread.stop()

    def _tell(self) -> None:
        for told in self._told:
            told()

    async def _call(self, work: Callable[[], T]) -> T:
        return await self._thread.run(work)
