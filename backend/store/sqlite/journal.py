"""The journal: sealed batches in order, the chain's head, and the readings that are not folded yet."""

import os
from collections.abc import Iterator, Sequence

from backend.model.clock_watch import ClockWatch
from backend.model.columns import Columns
from backend.model.definitions import Definitions
from backend.model.delivery import State
from backend.model.event import Event
from backend.store.sqlite.database import Database
from backend.store.sqlite.unfolded import UnfoldedTail
from backend.store.tiers.batches import Unfolded
from backend.store.tiers.documents import Documents
from backend.store.tiers.events import write_events
from backend.store.tiers.meta import Meta
from backend.store.tiers.saying import Said
from backend.wire.batch import FIRST_PREDECESSOR, ID_BYTES, Header, pack_content, read_hash, seal, unseal
from backend.wire.signature import Signer

BOOT = os.urandom(16)
"""Life of this process."""
_EMPTY = Columns.empty()
_NOTHING = Definitions()


class Journal:
    """Appends within the caller's transaction; what it remembers is true once that has committed."""

    def __init__(
        self, database: Database, meta: Meta, documents: Documents, node: str, signer: Signer | None, watch: ClockWatch
    ) -> None:
        self._database = database
        self._meta = meta
        self._documents = documents
        self._node = node
        self._signer = signer
        self._watch = watch
        self._epoch = b""
        self.chain = 0
        """Number of the present chain in ``origin``."""
        self._next = 1
        self._predecessor = FIRST_PREDECESSOR
        self.said = Said(database)
        self.sealed_ms = 0
        self.unfolded = UnfoldedTail()

    def load(self) -> str | None:
        """Take up the chain where the file ends; why a new epoch began, None where the old one goes on."""
        last = self._database.execute("SELECT first, span, sealed_ms, body FROM batch ORDER BY first DESC LIMIT 1").fetchone()
        self._next, self._predecessor, self.sealed_ms = 1, FIRST_PREDECESSOR, 0
        if last is not None:
            self._next, self._predecessor, self.sealed_ms = last[0] + last[1], read_hash(last[3]), last[2]
        cause = self._cause()
        if cause is not None:
            self.begin_chain()
        self._epoch = self._meta.get(Meta.EPOCH, b"")
        self.chain = self._number_of_chain()
        self.said.load(self.chain)
        folded = self._meta.get(Meta.FOLDED, 1)
        readings = self._database.one("SELECT coalesce(sum(readings), 0) FROM batch WHERE first >= ?", (folded,))
        self.unfolded.clear()
        self.unfolded.load(received=False, fetch=self._fetch, first=folded, readings=readings)
        return cause

    @property
    def tail(self) -> Sequence[Unfolded]:
        """The oldest batches that are not folded, in order of arrival."""
        return self.unfolded.parts

    @property
    def tail_readings(self) -> int:
        """Readings that are not folded."""
        return self.unfolded.readings

    @property
    def epoch(self) -> bytes:
        """Life of the present chain."""
        return self._epoch

    @property
    def next(self) -> int:
        """The next sequence number."""
        return self._next

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
        self._database.execute(
            "INSERT INTO batch (first, span, readings, sealed_ms, body, envelope) VALUES (?, ?, ?, ?, ?, ?)",
            (self._next, span, len(readings), now_ms, body, envelope),
        )
        if definitions.lasting:
            self._database.execute(
                "INSERT INTO defining (origin, first, span, readings, body, envelope) VALUES (?, ?, ?, ?, ?, ?)",
                (self.chain, self._next, span, len(readings), body, envelope),
            )
            self.said.take(definitions)
        write_events(self._database, events)
        self._documents.put_states(states)
        if len(readings):
            self.take([Unfolded(self._next, now_ms, readings)])
        self._next += span
        self._predecessor = read_hash(body)
        self.sealed_ms = now_ms

    def begin_chain(self) -> None:
        """Let what is sealed from now on be a chain of its own; nothing is said in it yet."""
        self._predecessor = FIRST_PREDECESSOR
        self._epoch = os.urandom(ID_BYTES)
        self._meta.set(Meta.EPOCH, self._epoch)
        self._meta.set(Meta.RESTORED, 0)
        sql = "INSERT INTO origin (node, epoch, own, start) VALUES (?, ?, 1, ?)"
        self._database.execute(sql, (self._node, self._epoch, self._next))
        self.chain = self._number_of_chain()

    def append_events(self, events: Sequence[Event], now_ms: int) -> None:
        """A batch of events alone, such as what the fold found."""
        self.append(_EMPTY, pack_content(_EMPTY, _EMPTY.at_ms, events), events, (), now_ms)

    def append_definitions(self, definitions: Definitions, now_ms: int) -> None:
        """A batch of definitions alone."""
        content = pack_content(_EMPTY, _EMPTY.at_ms, definitions=definitions)
        self.append(_EMPTY, content, (), (), now_ms, definitions)

    def take(self, parts: Sequence[Unfolded]) -> None:
        """Readings that have come into the journal, own or another node's."""
        self.unfolded.take(parts)

    def settle(self, parts: Sequence[Unfolded]) -> None:
        """Forget the readings of these, the oldest of the tail: they are in fragments now."""
        folded = {(Meta.RECEIVED if part.origin else Meta.FOLDED): part.first + 1 for part in parts}
        for key, first in folded.items():
            self._meta.set(key, first)
        self.unfolded.settle(parts)

    def _fetch(self, first: int) -> Iterator[Unfolded]:
        sql = "SELECT first, sealed_ms, body FROM batch WHERE first >= ? AND readings > 0 ORDER BY first"
        for number, sealed_ms, body in self._database.execute(sql, (first,)):
            yield Unfolded(number, sealed_ms, unseal(body).readings)

    def _cause(self) -> str | None:
        """Why a new epoch begins now, None where the old one goes on."""
        if self._meta.get(Meta.EPOCH, None) is None:
            return "new"
        if self._meta.get(Meta.RESTORED):
            return "restored"
        name = self._database.one("SELECT node FROM origin WHERE own ORDER BY start DESC LIMIT 1")
        return "renamed" if name not in (None, self._node) else None

    def _number_of_chain(self) -> int:
        sql = "SELECT number FROM origin WHERE own AND epoch = ?"
        number = self._database.one(sql, (self._epoch,))
        if number is None:
            # The file is older than ``origin``: it has held one chain ever since.
            self._database.execute("INSERT INTO origin (node, epoch, own) VALUES (?, ?, 1)", (self._node, self._epoch))
            number = self._database.one(sql, (self._epoch,))
        return int(number)
