"""Everything between a node and others, run together: uplink, door, and what is told of both."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from backend.http.server import Persistent
from backend.identity.authority import Authority
from backend.identity.credentials import Credentials, NotEnrolled
from backend.identity.node_key import NodeKey
from backend.model.clock import Clock
from backend.model.delivery import StorageError
from backend.model.message import Message
from backend.model.sync import SyncStatus
from backend.settings import IngestListener, NodeSettings, Parent
from backend.store.contract import Reader
from backend.store.outbox import open_outbox
from backend.store.served import ServedStore
from backend.sync.aside import Intake
from backend.sync.door import door
from backend.sync.downlink import Downlink
from backend.sync.line import Line, LineCut, Refused
from backend.sync.link import Link
from backend.sync.membership import Membership
from backend.sync.messages import NotUnderstood
from backend.sync.parenthood import Parenthood
from backend.sync.quarantine import Limits, Quarantine
from backend.sync.report import KEY, KIND, Report
from backend.sync.unwilling import Unwilling
from backend.sync.uplink import Uplink
from backend.sync.vouching import Voucher

LINES = 2
"""Requests under way at once: while one is being kept there, the next is on its way."""
COUNT_EVERY_S = 5.0


class Exchange:
    """Of one node. ``running`` does the work; ``status`` is how it stands."""

    def __init__(
        self, settings: NodeSettings, store: ServedStore, sink: Intake, reader: Reader, clock: Clock, key: NodeKey
    ) -> None:
        self._settings, self._store, self._sink, self._reader = settings, store, sink, reader
        self._clock, self._key = clock, key
        limits = Limits(days=settings.ingest.quarantine_days) if settings.ingest else Limits()
        self._quarantine = Quarantine(settings.cache, clock, limits)
        self._before = SyncStatus()
        self._uplink: Uplink | None = None
        self._downlink: Downlink | None = None
        self._membership: Membership | None = None
        self._parenthood: Parenthood | None = None
        self._door: Persistent | None = None
        self._lost = self._quarantined = 0

    @property
    def trouble(self) -> str:
        """Why nobody can send to this node; empty while they can, or where nobody should."""
        return self._door.trouble if self._door else ""

    def status(self) -> SyncStatus:
        """As faces, tools and the API see it."""
        children = self._parenthood.children if self._parenthood else ()
        late = sum(child.late for child in children)
        status = SyncStatus(lost=self._lost, late=late, quarantined=self._quarantined, children=children)
        parent, sender = self._settings.parent, self._uplink or self._downlink
        if parent is None or sender is None:
            return status
        link, standing = sender.link, self._membership.standing if self._membership else None
        status = replace(
            status,
            link=standing or (self._before.link if link.since_ms is None else link.state),
            parent=parent.url,
            follows=self._uplink is None,
            since_ms=link.since_ms,
            trouble=link.trouble,
            sent_ms=link.sent_ms or self._before.sent_ms,
            late=late + sender.late,
        )
        return status if self._uplink is None else self._compared(status, self._uplink)

    def _compared(self, status: SyncStatus, uplink: Uplink) -> SyncStatus:
        compared = uplink.reconciliation
        return replace(
            status,
            refused=self._before.refused + uplink.refused,
            reconciled_ms=compared.at_ms or self._before.reconciled_ms,
            differing=compared.differing if compared.at_ms else self._before.differing,
        )

    async def release(self, number: int, by: str, confirmed_by: str) -> str:
        """Have an entry of the quarantine verified again: why it stays, empty where it is believed now.

        Raises ``Unwilling`` and ``StorageError``.
        """
        if self._parenthood is None:
            raise Unwilling(Message("This node takes nothing in from others."))
        return await self._parenthood.release(number, by, confirmed_by)

    async def rotate_key(self) -> str:
        """Sign with a new key from now on; its id in hex. Raises ``Unwilling``."""
        if self._membership is None:
            raise Unwilling(Message("These settings name no parent."))
        try:
            return (await self._membership.rotate()).hex()
        except NotEnrolled as error:
            raise Unwilling(Message("This node does not belong to its parent: enemado sync enrol --settings FILE")) from error
        except (LineCut, Refused, NotUnderstood, OSError) as error:
            raise Unwilling(Message("The parent did not take the new key: {reason}", {"reason": str(error)})) from error

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Send and take in until the context ends; open requests are answered then. Raises ``StorageError``."""
        self._before = await self._reader.document(KIND, KEY, SyncStatus) or SyncStatus()
        settings = self._settings
        async with AsyncExitStack() as stack:
            if settings.ingest is not None:
                await stack.enter_async_context(self._taking(settings.ingest))
            if settings.parent is not None:
                await stack.enter_async_context(self._belonging(settings.parent))
                sends = settings.follow is None
                await stack.enter_async_context(self._sending(settings.parent) if sends else self._following(settings.parent))
            report = Report(self._store, self._clock, self.status)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            running = [
                tasks.create_task(self._count(), name="sync count"),
                tasks.create_task(report.run(), name="sync report"),
            ]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()

    @asynccontextmanager
    async def _belonging(self, parent: Parent) -> AsyncGenerator[None]:
        settings = self._settings
        self._membership = Membership(parent.url, settings.name, settings.cache, self._key, self._clock, self._sink)
        async with asyncio.TaskGroup() as tasks:
            belonging = tasks.create_task(self._membership.run(), name="membership")
            try:
                yield
            finally:
                belonging.cancel()

    @asynccontextmanager
    async def _sending(self, parent: Parent) -> AsyncGenerator[None]:
        settings = self._settings
        voucher = Voucher(Authority(settings.ingest.authority)) if settings.ingest else None
        async with _lines(parent, settings.cache, LINES) as lines, open_outbox(settings.place) as outbox:
            uplink = Uplink(lines, outbox, self._store, self._sink, self._clock, parent.parcel_bytes, voucher)
            self._uplink = uplink
            await self._resume(uplink.link)
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(uplink.run(), name="uplink")
                with self._store.telling(uplink.wake):
                    try:
                        yield
                    finally:
                        sending.cancel()

    @asynccontextmanager
    async def _following(self, parent: Parent) -> AsyncGenerator[None]:
        settings, clock = self._settings, self._clock
        assert settings.follow is not None
        async with _lines(parent, settings.cache, 1) as (line,), open_outbox(settings.place) as outbox:
            link = Link(self._sink, clock)
            await self._resume(link)
            downlink = Downlink(line, outbox, self._reader, self._store, link, clock, settings.follow)
            self._downlink = downlink
            async with asyncio.TaskGroup() as tasks:
                following = tasks.create_task(downlink.run(), name="downlink")
                try:
                    yield
                finally:
                    following.cancel()

    async def _resume(self, link: Link) -> None:
        """Let the line's news follow upon those from before this start."""
        link.resume(await self._reader.gaps(0, self._clock.now_ms() + 1, "node"))

    @asynccontextmanager
    async def _taking(self, listener: IngestListener) -> AsyncGenerator[None]:
        async with open_outbox(self._settings.place) as outbox:
            parenthood = Parenthood(
                listener,
                self._settings.name,
                self._store,
                self._sink,
                self._reader,
                outbox,
                self._clock,
                self._key,
                self._quarantine,
                self._before.children,
            )
            self._parenthood = parenthood
            self._door = door(listener, self._settings.cache, parenthood.routes, self._clock, parenthood.audit)
            try:
                async with asyncio.TaskGroup() as tasks:
                    serving = tasks.create_task(self._door.run(), name="door")
                    watching = tasks.create_task(parenthood.run(), name="children")
                    try:
                        yield
                    finally:
                        parenthood.end()
                        serving.cancel()
                        watching.cancel()
            finally:
                await parenthood.close()

    async def _count(self) -> None:
        """Figures that are asked for, not heard."""
        while True:
            with contextlib.suppress(StorageError, OSError, sqlite3.Error):
                self._lost = (await self._reader.state()).lost
                self._quarantined = sum((await asyncio.to_thread(self._quarantine.lying)).values())
            await asyncio.sleep(COUNT_EVERY_S)


@asynccontextmanager
async def _lines(parent: Parent, cache: Path, count: int) -> AsyncGenerator[list[Line]]:
    credentials = Credentials(cache)
    lines = [Line.of_member(parent.url, credentials) for _ in range(count)]
    try:
        yield lines
    finally:
        for line in lines:
            await line.close()
