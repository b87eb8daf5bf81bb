"""A node as a parent: the door, what it answers, and how its children are doing."""

import asyncio
import sqlite3
from collections.abc import Sequence

import structlog
from starlette.routing import BaseRoute

from backend.identity.authority import Authority
from backend.identity.node_key import NodeKey
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.event import Event, EventKind, EventValue
from backend.model.sync import ChildStatus
from backend.settings import IngestListener
from backend.store.contract import Reader, SharedStore
from backend.store.exchange import Incoming, Outbox
from backend.sync.admission import Admission
from backend.sync.audit import Audit, Refusals
from backend.sync.children import Children
from backend.sync.doubts import Doubts
from backend.sync.enrolment import Enrolment
from backend.sync.feed import Feed
from backend.sync.ingest import Ingest
from backend.sync.keys import KnownKeys
from backend.sync.quarantine import Quarantine
from backend.sync.registry_watch import RegistryWatch
from backend.sync.release import Release
from backend.sync.restorations import may_tell, restorations
from backend.sync.routes import Answers

_log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
UNFOLDED_FOR_S = 0.2
"""So long is the count of what waits for the fold believed."""


class Parenthood:
    """Verifies and keeps what children send. Everything that it tells goes through intake, as a device's news do."""

    def __init__(
        self,
        listener: IngestListener,
        node: str,
        store: SharedStore,
        sink: Sink,
        reader: Reader,
        outbox: Outbox,
        clock: Clock,
        key: NodeKey,
        quarantine: Quarantine,
        known: Sequence[ChildStatus],
    ) -> None:
        self._sink, self._reader, self._outbox = sink, reader, outbox
        self._clock, self._quarantine = clock, quarantine
        self._children = Children(clock, listener.silent_s, known)
        self._unfolded, self._counted_at = 0, -1.0
        self._untold: list[Refusals] = []
        self.audit = Audit(clock, self._untold.append)
        """Of whoever is refused at the door."""
        authority = Authority(listener.authority)
        self._watch = RegistryWatch(authority, sink, clock)
        self._enrolment = Enrolment(authority, node, clock, self.audit)
        keys = KnownKeys(authority, clock)
        self._doubts = Doubts(quarantine, sink, clock)
        self._ingest = Ingest(store, keys, self._doubts, key, self._took)
        self.release = Release(quarantine, self._ingest.try_again, sink, clock).release
        """Lets an entry of the quarantine be verified again."""
        self._feed = Feed(node, outbox, reader, authority, clock, key)
        self._answers = Answers(self._ingest, Admission(self._count_unfolded), outbox, clock, self._heard)

    @property
    def routes(self) -> list[BaseRoute]:
        """For the door."""
        return [*self._answers.routes, *self._feed.routes, *self._enrolment.routes]

    @property
    def children(self) -> tuple[ChildStatus, ...]:
        """How they are doing, by name."""
        return self._children.statuses

    async def run(self) -> None:
        """Watch over the children, and over who is refused, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch.run(), name="registry watch")
            while True:
                await self._tell(self._children.look())
                await self._settle()
                for node, count in (await asyncio.to_thread(self._lying)).items():
                    self._children.doubted(node, count)
                await asyncio.sleep(LOOK_EVERY_S)

    def end(self) -> None:
        """Answer now whoever waits for news, because the door closes."""
        self._feed.end()

    async def close(self) -> None:
        """Tell what is untold, and end the thread that verifies; nobody may send any more."""
        await self._settle(all_of_it=True)
        self._ingest.close()

    async def _took(self, caller: str, batches: Sequence[Incoming]) -> None:
        self._children.took(caller, batches)
        if may_tell(batches):
            await self._tell(restorations(batches, await self._outbox.chains(), self._clock))

    async def _heard(self, node: str, late: int | None) -> None:
        await self._tell(self._children.heard(node, late))

    async def _settle(self, *, all_of_it: bool = False) -> None:
        await self._tell_refusals()
        try:
            await self._doubts.settle(all_of_it=all_of_it)
        except StorageError as error:
            _log.error("not kept", why=str(error))

    async def _tell_refusals(self) -> None:
        refusals = self._untold[:]
        self._untold.clear()
        for each in refusals:
            await asyncio.to_thread(self._quarantine.refused, each.source, each.reason, each.count)
            data: dict[str, EventValue] = {"number": None, "source": each.source, "reason": each.reason, "count": each.count}
            await self._tell([Event(self._clock.now_ms(), EventKind.BATCH_QUARANTINED, "node", data)])

    def _lying(self) -> dict[str, int]:
        """Batches in quarantine, by who sent them; what is old enough is removed on the way."""
        self._quarantine.expire()
        try:
            return self._quarantine.lying()
        except (OSError, sqlite3.Error):
            return {}

    async def _tell(self, events: Sequence[Event]) -> None:
        """What cannot be kept is logged: batches that are kept must be acknowledged all the same."""
        if not events:
            return
        try:
            await self._sink.accept(Delivery(events=events, urgent=True))
        except StorageError as error:
            _log.error("not kept", events=[event.kind.value for event in events], why=str(error))

    async def _count_unfolded(self) -> int:
        now = self._clock.monotonic()
        if now >= self._counted_at + UNFOLDED_FOR_S:
            self._counted_at = now
            self._unfolded = (await self._reader.state()).unfolded
        return self._unfolded
