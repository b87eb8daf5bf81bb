"""Everything that happens on the writing thread: the file, opened, and what may be done to it."""

import contextlib
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from backend.model.chain import Chain
from backend.model.clock import Clock
from backend.model.clock_watch import ClockWatch
from backend.model.columns import Columns
from backend.model.delivery import State, StorageError, StoreDamaged
from backend.model.device import Device
from backend.model.event import Event, EventKind
from backend.model.point import Point
from backend.model.site import Site
from backend.model.spans import Spans
from backend.store.exchange import Incoming, Past, Verdict
from backend.store.outages import NODE
from backend.store.retention import Retention
from backend.store.sqlite.database import Database, StoreFull, as_storage_error
from backend.store.sqlite.inbox import Inbox
from backend.store.sqlite.journal import Journal
from backend.store.sqlite.mark import Mark, Note
from backend.store.sqlite.retention import Thinning
from backend.store.sqlite.room import Room
from backend.store.sqlite.salvage.losses import lost_readings
from backend.store.sqlite.salvage.mend import SALVAGE, Salvage
from backend.store.sqlite.scrub import Scrub
from backend.store.sqlite.taking_up import TakenUp, take_up, wish_for_mending
from backend.store.tiers.closing import Closing
from backend.store.tiers.defining import Defining
from backend.store.tiers.deliveries import Deliveries
from backend.store.tiers.documents import Documents
from backend.store.tiers.fold import Fold
from backend.store.tiers.meta import Meta
from backend.store.tiers.past import Adopting
from backend.store.tiers.points import PointTable
from backend.store.tiers.receiving import Receiving
from backend.store.tiers.rolling import Rolling
from backend.store.tiers.sealing import Sealing
from backend.store.tiers.spill import Spill
from backend.wire.batch import pack_content
from backend.wire.numbers import Damaged
from backend.wire.signature import Signer

FOLD_BESIDE_COMMIT_S = 0.002
"""A step of the fold rides in a commit's own transaction: its work then costs no sync of its own."""
FOLD_S_PER_READING = 1e-6
"""What other nodes send is folded about as fast as it comes, so that memory does not fill."""
_log = structlog.get_logger(__name__)
T = TypeVar("T")

DAMAGE = (Damaged, StoreDamaged, msgspec.MsgspecError)
"""A row is not what was written, or the file is no file of SQLite's any more."""
MARK_EVERY_S = 5.0
FOLD_TROUBLE = (Damaged, LookupError, ValueError, ArithmeticError)
"""What a damaged row can lead to; it must never keep new readings from the disk."""
CHECK_ROOM_EVERY = 32
CHECK_ROOM_S = 1.0
"""Commits, or seconds, between two looks at the room that is left."""
CHECKPOINT_ROWS = 400
"""Rows changed, one to four pages each, before the log is brought into the file."""


class Ledger:
    """Synchronous; every method belongs to the one writing thread."""

    def __init__(self, database: Database, node: str, clock: Clock, retention: Retention, signer: Signer | None = None) -> None:
        self.set_aside: Path | None = None
        """Where the damaged file is kept in whose place this one was begun; None as a rule."""
        self.committed_ms: int | None = None
        """When the file was last committed to before it was opened; None if it is new."""
        self._path = database.path
        self._clock = clock
        self._retention = retention
        self._database = database
        self._meta = Meta(database)
        self._documents = Documents(database)
        self._deliveries = Deliveries(database, clock)
        self._points = PointTable(database)
        self._journal = journal = Journal(database, self._meta, self._documents, node, signer, ClockWatch(clock))
        self._defining = Defining(journal, self._documents, self._points, self._meta)
        self._inbox = Inbox(database, self._meta, journal)
        self._receiving = Receiving(database, self._inbox, self._documents, self._points, self._meta)
        self._room = Room(database, retention)
        self._thinning = Thinning(database, self._meta, journal, retention, self._room)
        self._until_check = 0
        self._checked_s = clock.monotonic()
        self._adopting = Adopting(database, self._meta, self._points)
        self._fold = Fold(
            Spill(database, self._meta, journal, self._points),
            Sealing(database, self._points, Rolling(database, journal)),
            Closing(database, self._meta, self._points),
            self._thinning,
        )
        self._must_reload = False
        self._fold_beside = True
        self._scrub = Scrub(database, clock)
        self._mark = Mark(database.path)
        self._noted_s = clock.monotonic()

    def open(self) -> None:
        """Make the file ready. Out of a damaged one all that can be read is taken over; it is kept, and a new epoch begins."""
        taken_up = take_up(self._path, self._mark, self._clock.now_ms())
        try:
            self._open(taken_up)
        except DAMAGE:
            self._database.drop()
            self._open(take_up(self._path, self._mark, self._clock.now_ms(), is_known_damaged=True))
        self._note()

    def _open(self, taken_up: TakenUp) -> None:
        try:
            self._database.open()
            self._database.limit(self._retention.cap_bytes)
            with self._database.transaction():
                if taken_up.is_another and self._meta.get(Meta.EPOCH, None) is not None:
                    self._meta.set(Meta.RESTORED, 1)
                cause = self._load()
                self.committed_ms = self._journal.sealed_ms or None
                self._meta.set(Meta.CAP, self._retention.cap_bytes)
                if cause is not None:
                    self._begin_epoch("gone" if cause == "new" and taken_up.is_another else cause, taken_up.kept)
        except sqlite3.Error as error:
            self._database.drop()
            raise as_storage_error(error) from error

    def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """Make these the current sites and devices."""
        with self._transaction():
            self._defining.define(sites, devices, self._clock.now_ms())

    def pack(self, readings: Columns, events: Sequence[Event], states: Sequence[State]) -> bytes:
        """Content of a batch; any thread may do this, so that it overlaps with another batch's way to the disk."""
        return pack_content(readings, self._points.digits(readings.point), events, states)

    def number(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Permanent numbers of points."""
        with self._transaction():
            return self._defining.number(points, self._clock.now_ms())

    def commit(self, readings: Columns, content: bytes, events: Sequence[Event], states: Sequence[State]) -> None:
        """Seal one batch, whose content is packed already, and put it on disk."""
        now_ms = self._clock.now_ms()
        self._check_room()
        self._beside_fold(lambda: self._journal.append(readings, content, events, states, now_ms), now_ms, FOLD_BESIDE_COMMIT_S)

    def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        """Keep batches of other nodes; a verdict for each."""
        now_ms = self._clock.now_ms()
        self._until_check = 0  # They may be large.
        self._check_room()
        seconds = FOLD_BESIDE_COMMIT_S + FOLD_S_PER_READING * sum(incoming.batch.header.readings for incoming in batches)
        return self._beside_fold(lambda: self._receiving.receive(batches, now_ms), now_ms, seconds)

    def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]:
        """What is held of these chains of other nodes."""
        self._ready()
        with self._reading():
            return self._receiving.held(chains)

    @property
    def unfolded(self) -> int:
        """Readings in memory that are not folded; any thread may ask."""
        return self._journal.tail_readings

    def _beside_fold(self, write: Callable[[], T], now_ms: int, seconds: float) -> T:
        """Write, and fold a little, in one transaction."""
        beside = self._fold_beside and not self._must_reload and self._has_fold_work(now_ms)
        try:
            result = self._write(write, seconds if beside else 0)
        except (StoreFull, *FOLD_TROUBLE) as error:
            if isinstance(error, StoreFull):
                self._empty_log()
            elif not beside:
                raise
            # What is new comes first: the fold may wait, and says so itself when it runs alone.
            self._fold_beside = False
            result = self._write(write, 0)
        self._checkpoint()
        if self._clock.monotonic() >= self._noted_s + MARK_EVERY_S:
            self._note()
        return result

    def _write(self, write: Callable[[], T], fold_s: float) -> T:
        with self._transaction():
            result = write()
            if fold_s:
                self._fold.work(fold_s)
        return result

    def put(self, kind: str, key: str, document: object) -> None:
        """Keep a document."""
        with self._transaction():
            self._defining.put(kind, key, document, self._clock.now_ms())

    def deliver(self, number: int, delivered: Spans) -> None:
        """Remember what the parent has of a chain."""
        self._deliveries.tell(number, delivered)
        self._write_deliveries_if_due()

    def renew_epoch(self, cause: str) -> None:
        """Begin a new chain of this node, in which everything that stands is said again."""
        with self._transaction():
            self._journal.begin_chain()
            self._begin_epoch(cause, None)
            self._defining.say_again(self._clock.now_ms())

    def adopt(self, past: Sequence[Past]) -> None:
        """Keep roll-ups that another store made."""
        with self._transaction():
            self._adopting.adopt(past)

    def fold(self, seconds: float) -> bool:
        """One step of the fold in a transaction of its own; False when nothing is left."""
        self._ready()
        self._write_deliveries_if_due()
        if not self._has_fold_work(self._clock.now_ms()):
            self._checkpoint()
            with self._reading():
                self._scrub.look()
            return False
        try:
            with self._transaction():
                self._fold.work(seconds)
        except Damaged as error:
            raise self._trouble(error) from error
        except FOLD_TROUBLE as error:
            raise StorageError(f"folding: {error!r}") from error
        except StoreFull:
            self._empty_log()
            raise
        self._fold_beside = True
        self._checkpoint()
        return True

    def close(self) -> None:
        """Checkpoint and let go."""
        if self._deliveries.is_open:
            with contextlib.suppress(StorageError):
                self._write_deliveries()
        if self._database.is_open:
            self._note()
        self._database.close()

    def _check_room(self) -> None:
        """Refuse what would take the room that folding needs. Raises ``StoreFull``."""
        self._until_check -= 1
        if self._until_check > 0 and self._clock.monotonic() < self._checked_s + CHECK_ROOM_S:
            return
        self._ready()
        with self._reading():
            left = self._room.look()
        self._tell_room(self._room.news(left, self._clock.now_ms()))
        if left.excess > 0:
            self._empty_log()
        if left.is_exhausted:
            raise StoreFull("the store is full")
        self._until_check, self._checked_s = CHECK_ROOM_EVERY, self._clock.monotonic()

    def _tell_room(self, news: Sequence[Event]) -> None:
        if news:
            with self._transaction():
                self._journal.append_events(news, self._clock.now_ms())
            self._room.told()

    def _has_fold_work(self, now_ms: int) -> bool:
        with self._reading():
            return self._fold.has_work(now_ms)

    def _checkpoint(self) -> None:
        """Bring the log into the file now and then; what was committed is safe in the log if that fails."""
        try:
            rows = self._database.uncheckpointed_rows
            if rows >= CHECKPOINT_ROWS or (rows and self._room.is_tight):
                self._database.checkpoint()
        except sqlite3.Error as error:
            self._distrust()
            _log.error("checkpoint failed", error=str(error))

    def _empty_log(self) -> None:
        """Where the disk is full, the log has room again once it is in the file: it is then written from its beginning."""
        self._ready()
        try:
            self._database.checkpoint()
        except sqlite3.Error as error:
            self._distrust()
            raise StoreFull(str(error)) from error

    @contextlib.contextmanager
    def _reading(self) -> Generator[None]:
        """Whatever goes wrong within, nothing that is in memory is believed any more."""
        try:
            yield
        except (sqlite3.Error, *DAMAGE) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> StorageError:
        """What to raise; where the file is damaged, it is sure by then that it will be mended when it is opened next."""
        self._distrust()
        kind = as_storage_error(error)
        if not isinstance(error, DAMAGE) and not isinstance(kind, StoreDamaged):
            return kind
        _log.error("store damaged", path=str(self._path), error=str(error))
        return (StoreDamaged if wish_for_mending(self._path) else StorageError)(f"damaged: {error}")

    def _distrust(self) -> None:
        self._database.drop()
        self._scrub.forget()
        self._must_reload = True

    def _write_deliveries_if_due(self) -> None:
        if self._deliveries.is_due:
            self._write_deliveries()

    def _write_deliveries(self) -> None:
        with self._transaction():
            self._deliveries.write()
        self._deliveries.settle()

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._ready()
        self._must_reload = True
        try:
            with self._database.transaction():
                yield
        except StoreDamaged as error:
            raise self._trouble(error) from error
        self._must_reload = False

    def _ready(self) -> None:
        """After a failure, believe only what the file says."""
        if self._must_reload:
            with self._reading():
                self._load()
            self._must_reload = False

    def _load(self) -> str | None:
        self._points.forget()
        cause = self._journal.load()
        self._inbox.load()
        self._receiving.forget()
        self._fold.forget()
        return cause

    def _begin_epoch(self, cause: str, kept: Path | None) -> None:
        """Say why, and what is lost where this file was made of a damaged one."""
        now_ms, body = self._clock.now_ms(), self._documents.body(SALVAGE, SALVAGE)
        lost = [] if kept is None else [lost_readings(now_ms, NODE, 0, now_ms, None)]
        if body is not None:
            salvage = msgspec.msgpack.decode(body, type=Salvage)
            kept, lost = self._path.with_name(salvage.kept), salvage.lost
            self._documents.remove(SALVAGE, SALVAGE)
        self.set_aside = kept or self.set_aside
        data = {"cause": cause} if kept is None else {"cause": "damaged", "kept": kept.name}
        self._journal.append_events([Event(now_ms, EventKind.EPOCH_STARTED, NODE, {**data}), *lost], now_ms)

    def _note(self) -> None:
        """How far the file has come."""
        self._mark.write(Note(self._journal.epoch, self._journal.next - 1))
        self._noted_s = self._clock.monotonic()
