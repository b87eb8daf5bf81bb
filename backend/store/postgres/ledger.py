"""Everything that happens on the writing thread of the PostgreSQL store."""

import contextlib
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

from backend.model.chain import Chain
from backend.model.clock import Clock
from backend.model.clock_watch import ClockWatch
from backend.model.columns import Columns
from backend.model.delivery import State, StorageError
from backend.model.device import Device
from backend.model.event import Event, EventKind
from backend.model.message import Message
from backend.model.point import Point
from backend.model.site import Site
from backend.model.spans import Spans
from backend.store.exchange import Incoming, Past, Verdict
from backend.store.postgres import locks
from backend.store.postgres.database import LAZILY, Database
from backend.store.postgres.inbox import Inbox
from backend.store.postgres.journal import Journal
from backend.store.postgres.retention import Thinning
from backend.store.postgres.unfolded import count_unfolded
from backend.store.retention import Retention
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

FOLD_STEP_S = 0.02
"""A step has a transaction of its own here, so it is longer than beside a file."""
FOLD_TROUBLE = (Damaged, LookupError, ValueError, ArithmeticError)
"""What a damaged row can lead to."""


class StoreTaken(StorageError):
    """Another process seals under the same name."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Ledger:
    """Synchronous. Several processes may write to one database, each under its own name; one of them folds."""

    set_aside: Path | None = None
    """A database is never set aside."""

    def __init__(self, address: str, node: str, clock: Clock, retention: Retention, signer: Signer | None = None) -> None:
        self.committed_ms: int | None = None
        """When this node last committed before the database was opened; None if it never did."""
        self._node = node
        self._clock = clock
        self._database = database = Database(address)
        self._meta = Meta(database)
        self._documents = Documents(database)
        self._deliveries = Deliveries(database, clock)
        self._points = PointTable(database)
        self._journal = journal = Journal(database, self._meta, self._documents, node, signer, ClockWatch(clock))
        self._defining = Defining(journal, self._documents, self._points, self._meta)
        self._inbox = Inbox(database, journal)
        self._receiving = Receiving(database, self._inbox, self._documents, self._points, self._meta, shared=True)
        self._adopting = Adopting(database, self._meta, self._points)
        self._fold = Fold(
            Spill(database, self._meta, journal, self._points),
            Sealing(database, self._points, Rolling(database, journal)),
            Closing(database, self._meta, self._points),
            Thinning(database, self._meta, retention),
        )
        self._must_reload = True
        self._defined = -1
        self._unfolded = 0

    def open(self) -> None:
        """Connect, migrate, and take up the chain of this node. Raises ``StoreTaken``, ``DatabaseNewer``."""
        self._database.migrate()
        self.committed_ms = self._journal.committed_ms()
        self._ready()

    def define(self, sites: Sequence[Site], devices: Sequence[Device]) -> None:
        """Make these the current sites and devices."""
        with self._transaction():
            locks.wait_for(self._database, locks.POINTS)
            self._take_up_points()
            self._defining.define(sites, devices, self._clock.now_ms())
            self._defined = self._meta.get(Meta.DEFINED)

    def pack(self, readings: Columns, events: Sequence[Event], states: Sequence[State]) -> bytes:
        """Content of a batch; any thread may do this."""
        return pack_content(readings, self._points.digits(readings.point), events, states)

    def number(self, points: Sequence[Point]) -> Mapping[str, int]:
        """Permanent numbers of points, the same for every writer."""
        with self._transaction():
            locks.wait_for(self._database, locks.POINTS)
            self._take_up_points()
            numbers = self._defining.number(points, self._clock.now_ms())
            self._defined = self._meta.get(Meta.DEFINED)
            return numbers

    def commit(self, readings: Columns, content: bytes, events: Sequence[Event], states: Sequence[State]) -> None:
        """Seal one batch, whose content is packed already, and put it on disk."""
        now_ms = self._clock.now_ms()
        self._ready()
        self._expect_batches(now_ms)
        if events or states:
            with self._transaction():
                self._journal.append(readings, content, events, states, now_ms)
            return
        # Readings alone are one statement, and a statement is a transaction.
        self._must_reload = True
        self._journal.append(readings, content, events, states, now_ms)
        self._must_reload = False

    def put(self, kind: str, key: str, document: object) -> None:
        """Keep a document."""
        with self._transaction():
            self._defining.put(kind, key, document, self._clock.now_ms())

    def receive(self, batches: Sequence[Incoming]) -> Sequence[Verdict]:
        """Keep batches of other nodes; a verdict for each."""
        now_ms = self._clock.now_ms()
        self._ready()
        self._expect_batches(now_ms)
        defines = any(incoming.batch.definitions for incoming in batches)
        with self._transaction():
            self._inbox.lock({incoming.batch.chain for incoming in batches})
            if defines:
                locks.wait_for(self._database, locks.POINTS)
            if any(incoming.batch.events for incoming in batches):
                locks.wait_for(self._database, locks.EVENTS)
            self._take_up_points()
            verdicts = self._receiving.receive(batches, now_ms)
            if Verdict.KNOWN in verdicts:
                self._database.answer_for()
            if defines:
                self._defined = self._meta.get(Meta.DEFINED)
            self._unfolded = count_unfolded(self._database)
        return verdicts

    def held(self, chains: Sequence[Chain]) -> Mapping[Chain, Spans]:
        """What is held of these chains of other nodes."""
        with self._transaction():
            self._database.answer_for()
            return self._receiving.held(chains)

    @property
    def unfolded(self) -> int:
        """Readings in the database that were not folded when this process last received or folded; any thread may ask."""
        return self._unfolded

    def deliver(self, number: int, delivered: Spans) -> None:
        """Remember what the parent has of a chain."""
        self._deliveries.tell(number, delivered)
        self._write_deliveries_if_due()

    def renew_epoch(self, cause: str) -> None:
        """Begin a new chain of this node, in which everything that stands is said again."""
        with self._transaction():
            self._journal.begin_chain()
            self._begin_epoch(cause)
            self._defining.say_again(self._clock.now_ms())

    def adopt(self, past: Sequence[Past]) -> None:
        """Keep roll-ups that another store made."""
        with self._transaction():
            self._adopting.adopt(past)

    def fold(self, seconds: float) -> bool:
        """One step of the fold, if this process is the one that folds; False when nothing is left."""
        self._ready()
        self._write_deliveries_if_due()
        if not self._folds():
            return False
        now_ms = self._clock.now_ms()
        if not self._fold.is_under_way:
            self._journal.look_for_others()
            self._take_up_points()
            self._unfolded = count_unfolded(self._database)
        if not self._fold.has_work(now_ms):
            return False
        try:
            with self._transaction(LAZILY):
                self._fold.work(max(seconds, FOLD_STEP_S))
        except FOLD_TROUBLE as error:
            raise StorageError(f"folding: {error!r}") from error
        return True

    def close(self) -> None:
        """Let go."""
        if self._deliveries.is_open:
            with contextlib.suppress(StorageError):
                self._write_deliveries()
        self._database.close()

    def _folds(self) -> bool:
        """Whether this process holds the fold; takes it where nobody does."""
        if not self._journal.keeps_tail and locks.hold(self._database, locks.STORE, locks.FOLD):
            self._journal.take_tail()
            self._fold.forget()
        return self._journal.keeps_tail

    def _expect_batches(self, now_ms: int) -> None:
        if not self._database.partitions.has_batches(now_ms):
            with self._transaction():
                self._database.partitions.expect_batches(now_ms)

    def _take_up_points(self) -> None:
        """Read points, devices and zones again where anybody changed them."""
        defined = self._meta.get(Meta.DEFINED)
        if defined != self._defined:
            self._points.forget()
            self._defined = defined

    def _write_deliveries_if_due(self) -> None:
        if self._deliveries.is_due:
            self._write_deliveries()

    def _write_deliveries(self) -> None:
        with self._transaction(LAZILY):
            self._deliveries.write()
        self._deliveries.settle()

    @contextlib.contextmanager
    def _transaction(self, begin: str = "BEGIN") -> Generator[None]:
        self._ready()
        self._must_reload = True
        with self._database.transaction(begin):
            yield
        self._must_reload = False

    def _ready(self) -> None:
        """After a failure, or without the connection that held the locks, believe only what the database says."""
        if not self._must_reload and self._database.lasts():
            return
        self._must_reload = True
        try:
            self._load()
        except Damaged as error:
            raise StorageError(str(error)) from error
        self._must_reload = False

    def _load(self) -> None:
        if not locks.hold_chain(self._database, self._node):
            raise StoreTaken(
                Message("Another process writes to this store as {node}: give each its own name", {"node": self._node})
            )
        self._defined = -1
        self._take_up_points()
        self._receiving.forget()
        now_ms = self._clock.now_ms()
        with self._database.transaction():
            self._database.partitions.expect_batches(now_ms)
            if (cause := self._journal.load()) is not None:
                self._begin_epoch(cause)

    def _begin_epoch(self, cause: str) -> None:
        now_ms = self._clock.now_ms()
        self._journal.append_events([Event(now_ms, EventKind.EPOCH_STARTED, "node", {"cause": cause})], now_ms)
