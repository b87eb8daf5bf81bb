"""The journal: batches of every origin, the head of this node's own chain, and the readings that are not folded yet."""

import os
from collections.abc import Sequence

from backend.model.clock_watch import ClockWatch
from backend.model.columns import Columns
from backend.model.definitions import Definitions
from backend.model.delivery import State
from backend.model.event import Event
from backend.store.postgres import locks
from backend.store.postgres.database import DURABLY, Database
from backend.store.postgres.unfolded import read_unfolded
from backend.store.tiers.batches import Unfolded
from backend.store.tiers.documents import Documents
from backend.store.tiers.events import write_events
from backend.store.tiers.meta import Meta
from backend.store.tiers.saying import Said
from backend.store.tiers.spill import SPILL_READINGS
from backend.store.tiers.translation import Translations
from backend.wire.batch import FIRST_PREDECESSOR, ID_BYTES, Header, pack_content, read_hash, seal, unseal
from backend.wire.signature import Signer

BOOT = os.urandom(16)
"""Life of this process."""
_EMPTY = Columns.empty()
_NOTHING = Definitions()
ALL = 1 << 62
MOST_READINGS = 4 * SPILL_READINGS
"""Of others, in memory."""
MOST_ROWS = 10_000
FETCHED_ROWS = 200
_APPEND = (
    "WITH told AS (INSERT INTO ledger (origin, first, span, readings, sealed_ms, hash) VALUES (?, ?, ?, ?, ?, ?)"
    " RETURNING origin, first, readings, sealed_ms),"
    " open AS (INSERT INTO unfolded (origin, first, sealed_ms, readings)"
    " SELECT origin, first, sealed_ms, readings FROM told WHERE readings > 0)"
    " INSERT INTO batch (sealed_ms, origin, first, body, envelope)"
    " SELECT sealed_ms, origin, first, ?::bytea, ?::bytea FROM told"
)


class Journal:
    """What it remembers is true once the caller's transaction has committed."""

    def __init__(
        self, database: Database, meta: Meta, documents: Documents, node: str, signer: Signer | None, watch: ClockWatch
    ) -> None:
        self._database = database
        self._meta = meta
        self._documents = documents
        self._node = node
        self._signer = signer
        self._watch = watch
        self._origin = 0
        self._epoch = b""
        self._next = 1
        self._predecessor = FIRST_PREDECESSOR
        self.said = Said(database)
        self._translations = Translations(database)
        self.tail: list[Unfolded] = []
        self.tail_readings = 0
        self.keeps_tail = False
        """Whether this process folds; the others need not remember what is not folded."""

    def load(self) -> str | None:
        """Take up the chain where the database says it ends; why a new epoch began, None where the old one goes on."""
        sql = "SELECT number, epoch FROM origin WHERE node = ? AND own ORDER BY number DESC LIMIT 1"
        row = self._database.execute(sql, (self._node,)).fetchone()
        cause = self._cause(row is None)
        if cause is not None:
            self.begin_chain()
        else:
            self._origin, self._epoch = row
        self.said.load(self._origin)
        sql = "SELECT first + span, hash FROM ledger WHERE origin = ? ORDER BY first DESC LIMIT 1"
        last = self._database.execute(sql, (self._origin,)).fetchone()
        self._next, self._predecessor = (1, FIRST_PREDECESSOR) if last is None else last
        self.tail, self.tail_readings, self.keeps_tail = [], 0, False
        return cause

    def begin_chain(self) -> None:
        """Let what is sealed from now on be a chain of its own; nothing is said in it yet."""
        sql = "INSERT INTO origin (node, epoch, own) VALUES (?, ?, TRUE) RETURNING number, epoch"
        self._origin, self._epoch = self._database.execute(sql, (self._node, os.urandom(ID_BYTES))).fetchone()
        self._next, self._predecessor = 1, FIRST_PREDECESSOR

    def committed_ms(self) -> int | None:
        """When this node last sealed a batch; None if it never did."""
        sql = (
            "SELECT l.sealed_ms FROM origin o JOIN ledger l ON l.origin = o.number WHERE o.node = ? AND o.own"
            " ORDER BY o.number DESC, l.first DESC LIMIT 1"
        )
        sealed_ms: int | None = self._database.one(sql, (self._node,))
        return sealed_ms

    def take_tail(self) -> None:
        """Remember from now on what is not folded."""
        self.tail, self.tail_readings, self.keeps_tail = [], 0, True
        self._fetch("u.origin = ?", ALL)
        self.look_for_others()

    def look_for_others(self) -> None:
        """Take up what other processes have appended, and what came from other nodes, as much as may be in memory."""
        self._fetch("u.origin <> ?", MOST_READINGS)

    def append(
        self,
        readings: Columns,
        content: bytes,
        events: Sequence[Event],
        states: Sequence[State],
        now_ms: int,
        definitions: Definitions = _NOTHING,
    ) -> None:
        """Seal, sign and write one batch, with its events and states where readers look for them."""
        span = max(len(readings) + len(events) + len(states) + len(definitions), 1)
        header = Header(
            self._node, self._epoch, self._next, span, len(readings), now_ms, BOOT, self._watch.quality(), self._predecessor
        )
        body = seal(header, content)
        envelope = self._signer.sign(body) if self._signer else None
        told = (self._origin, self._next, span, len(readings), now_ms, read_hash(body))
        self._database.execute(_APPEND, (*told, body, envelope))
        if definitions.lasting:
            self._database.execute(
                "INSERT INTO defining (origin, first, span, readings, body, envelope) VALUES (?, ?, ?, ?, ?, ?)",
                (self._origin, self._next, span, len(readings), body, envelope),
            )
            self.said.take(definitions)
        if events:
            # Numbers of events are given in the order in which they can be seen, so that nobody who follows them misses one.
            locks.wait_for(self._database, locks.EVENTS)
            write_events(self._database, events)
        self._documents.put_states(states)
        if self.keeps_tail and len(readings):
            self.take([Unfolded(self._next, now_ms, readings, self._origin)])
        self._next += span
        self._predecessor = read_hash(body)

    def append_events(self, events: Sequence[Event], now_ms: int) -> None:
        """A batch of events alone, such as what the fold found: from now on it is sent on, so it must not be forgotten again."""
        self._database.run(DURABLY)
        self._database.partitions.expect_batches(now_ms)
        self.append(_EMPTY, pack_content(_EMPTY, _EMPTY.at_ms, events), events, (), now_ms)

    def append_definitions(self, definitions: Definitions, now_ms: int) -> None:
        """A batch of definitions alone."""
        self._database.partitions.expect_batches(now_ms)
        content = pack_content(_EMPTY, _EMPTY.at_ms, definitions=definitions)
        self.append(_EMPTY, content, (), (), now_ms, definitions)

    def settle(self, parts: Sequence[Unfolded]) -> None:
        """Forget the readings of these, the oldest of the tail: they are in fragments now."""
        for origin in {part.origin for part in parts}:
            firsts = [part.first for part in parts if part.origin == origin]
            self._database.execute("DELETE FROM unfolded WHERE origin = ? AND first = ANY(?)", (origin, firsts))
        self.tail = self.tail[len(parts) :]
        self.tail_readings -= sum(len(part.readings) for part in parts)

    def take(self, parts: Sequence[Unfolded]) -> None:
        """Readings that have come into the journal, where this process folds."""
        self.tail.extend(parts)
        self.tail_readings += sum(len(part.readings) for part in parts)

    def _cause(self, is_first: bool) -> str | None:
        """Why an epoch begins now; a restored server says when it was restored, and each chain remembers that it knows."""
        restored = int(self._database.one("SELECT coalesce(current_setting('enemado.restored', TRUE), '0')"))
        known = f"{Meta.RESTORED} {self._node}"
        if restored > self._meta.get(known):
            self._meta.set(known, restored)
            return "new" if is_first else "restored"
        return "new" if is_first else None

    def _fetch(self, whose: str, most_readings: int) -> None:
        known = {(part.origin, part.first) for part in self.tail}
        sql = f"SELECT u.id, u.origin, u.first, u.readings FROM unfolded u WHERE {whose} ORDER BY u.id LIMIT ?"
        room, wanted = most_readings - self.tail_readings, list[int]()
        for number, origin, first, readings in self._database.execute(sql, (self._origin, len(known) + MOST_ROWS)):
            if (origin, first) not in known and room > 0:
                wanted.append(number)
                room -= readings
        for start in range(0, len(wanted), FETCHED_ROWS):
            for row in read_unfolded(self._database, wanted[start : start + FETCHED_ROWS]):
                readings = unseal(row.body).readings
                readings = readings if row.own else self._translations.ours(row.origin, readings, row.sealed_ms)
                self.take([Unfolded(row.first, row.sealed_ms, readings, row.origin)])
