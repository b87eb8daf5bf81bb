"""Out of quarantine: two people let an entry be verified again from the start, as if it had just been sent."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.model.message import Message
from backend.sync.quarantine import Entry, Kind, Quarantine, Suspect
from backend.sync.unwilling import Unwilling
from backend.wire.parcel import SignedBatch

TryAgain = Callable[[str, SignedBatch], Awaitable[str]]
"""Source and batch; why it is not believed, empty where it is."""


class Release:
    """Who let what be verified is an event, whatever comes of it."""

    def __init__(self, quarantine: Quarantine, try_again: TryAgain, sink: Sink, clock: Clock) -> None:
        self._quarantine, self._try_again, self._sink, self._clock = quarantine, try_again, sink, clock

    async def release(self, number: int, by: str, confirmed_by: str) -> str:
        """Why it stays; empty where it is believed now. Raises ``Unwilling`` and ``StorageError``."""
        if not by.strip() or not confirmed_by.strip() or _same(by, confirmed_by):
            raise Unwilling(Message("Releasing needs two different people."))
        entry, suspect = await self._read(number)
        reason = await self._try_again(entry.source, SignedBatch(suspect.body, suspect.envelope))
        data: dict[str, EventValue] = {"number": number, "source": entry.source, "reason": reason}
        data |= {"by": by, "confirmed_by": confirmed_by}
        event = Event(self._clock.now_ms(), EventKind.QUARANTINE_RELEASED, f"node:{entry.source}", data)
        await self._sink.accept(Delivery(events=(event,), urgent=True))
        await asyncio.to_thread(self._settle, number, reason)
        return reason

    async def _read(self, number: int) -> tuple[Entry, Suspect]:
        try:
            entry = await asyncio.to_thread(self._quarantine.entry, number)
            suspect = await asyncio.to_thread(self._quarantine.original, number)
        except (OSError, sqlite3.Error) as error:
            raise Unwilling(Message("The quarantine cannot be read: {reason}", {"reason": str(error)})) from error
        if entry is None or suspect is None:
            raise Unwilling(Message("Nothing in quarantine has the number {number}.", {"number": number}))
        if entry.kind is not Kind.BATCH:
            raise Unwilling(Message("This is no batch: its sender has to send it again."))
        return entry, suspect

    def _settle(self, number: int, reason: str) -> None:
        if reason:
            self._quarantine.relabel(number, reason)
        else:
            self._quarantine.let_go(number)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
