"""The journal: sealed batches in order, the chain's head, and the readings that are not folded yet."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from backend.model.columns import Columns
from backend.model.delivery import State
from backend.model.device import DeviceStatus
from backend.model.event import Event, EventKind
from backend.store.sqlite.database import Database
from backend.store.sqlite.documents import Documents
from backend.store.sqlite.meta import Meta
from backend.wire.batch import FIRST_PREDECESSOR, ClockQuality, Header, pack_content, read_hash, seal, unseal

BOOT = os.urandom(16)
"""Life of this process."""


@dataclass(frozen=True, slots=True)
class Unfolded:
    """Readings of one batch that only the journal holds."""

    first: int
    sealed_ms: int
    readings: Columns


class Journal:
    """Appends within the caller's transaction; what it remembers is true once that has committed."""

    def __init__(self, database: Database, meta: Meta, documents: Documents, node: str) -> None:
        self._database = database
        self._meta = meta
        self._documents = documents
        self._node = node
        self._epoch = b""
        self._next = 1
        self._predecessor = FIRST_PREDECESSOR
        self.sealed_ms = 0
        self.tail: list[Unfolded] = []
        self.tail_readings = 0

    def load(self) -> bool:
        """Take up the chain where the file ends; whether a new epoch began."""
        self._epoch, fresh = self._meta.epoch()
        last = self._database.execute("SELECT first, span, sealed_ms, body FROM batch ORDER BY first DESC LIMIT 1").fetchone()
        self._next, self._predecessor, self.sealed_ms = 1, FIRST_PREDECESSOR, 0
        if last is not None:
            self._next, self._predecessor, self.sealed_ms = last[0] + last[1], read_hash(last[3]), last[2]
        self.tail = []
        rows = self._database.execute(
            "SELECT first, sealed_ms, body FROM batch WHERE first >= ? AND readings > 0 ORDER BY first",
            (self._meta.get(Meta.FOLDED, 1),),
        )
        for first, sealed_ms, body in rows:
            self.tail.append(Unfolded(first, sealed_ms, unseal(body).readings))
        self.tail_readings = sum(len(part.readings) for part in self.tail)
        return fresh

    @property
    def next(self) -> int:
        """The next sequence number."""
        return self._next

    def append(self, readings: Columns, content: bytes, events: Sequence[Event], states: Sequence[State], now_ms: int) -> None:
        """Seal and write one batch, with its events and states where readers look for them."""
        span = max(len(readings) + len(events) + len(states), 1)
        header = Header(
            self._node, self._epoch, self._next, span, len(readings), now_ms, BOOT, ClockQuality.UNKNOWN, self._predecessor
        )
        body = seal(header, content)
        self._database.execute(
            "INSERT INTO batch (first, span, readings, sealed_ms, body) VALUES (?, ?, ?, ?, ?)",
            (self._next, span, len(readings), now_ms, body),
        )
        if events:
            self._write_events(events)
        for state in states:
            if isinstance(state, DeviceStatus):
                self._documents.put("status", state.device, state)
            else:
                self._documents.put("connector", f"{state.device}#{state.connector}", state)
        if len(readings):
            self.tail.append(Unfolded(self._next, now_ms, readings))
            self.tail_readings += len(readings)
        self._next += span
        self._predecessor = read_hash(body)
        self.sealed_ms = now_ms

    def append_events(self, events: Sequence[Event], now_ms: int) -> None:
        """A batch of events alone, such as what the fold found."""
        empty = Columns.empty()
        self.append(empty, pack_content(empty, empty.at_ms, events), events, (), now_ms)

    def drop_tail(self, before: int) -> None:
        """Forget readings of batches before this sequence number: they are in fragments now."""
        kept = [part for part in self.tail if part.first >= before]
        self.tail = kept
        self.tail_readings = sum(len(part.readings) for part in kept)

    def _write_events(self, events: Sequence[Event]) -> None:
        encode = msgspec.msgpack.encode
        for event in events:
            self._database.execute(
                "INSERT INTO event (at_ms, kind, subject, data) VALUES (?, ?, ?, ?)",
                (event.at_ms, event.kind.value, event.subject, encode(event.data)),
            )
            if event.kind is EventKind.DATA_LOST:
                self._meta.set(Meta.LOST, self._meta.get(Meta.LOST) + int(event.data.get("count") or 0))
