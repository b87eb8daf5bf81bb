"""Batches of other nodes in the file: in the order in which they came."""

from collections.abc import Iterator, Sequence

from backend.model.columns import Columns
from backend.store.sqlite.database import Database
from backend.store.sqlite.journal import Journal
from backend.store.tiers.batches import Unfolded
from backend.store.tiers.meta import Meta
from backend.store.tiers.receiving import Arrival
from backend.store.tiers.translation import Translations
from backend.wire.batch import unseal

PART_READINGS = 4096
"""Small batches lie together in the tail."""
_KEEP = (
    "INSERT INTO received (id, origin, first, span, readings, sealed_ms, arrived_ms, body, envelope)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Inbox:
    """Writes within the caller's transaction; what it remembers is true once that has committed."""

    def __init__(self, database: Database, meta: Meta, journal: Journal) -> None:
        self._database = database
        self._meta = meta
        self._journal = journal
        self._next = 1

    def load(self) -> None:
        """Put what is not folded into the journal's tail, after that has been loaded."""
        folded = self._meta.get(Meta.RECEIVED, 1)
        self._next = max((self._database.one("SELECT max(id) FROM received") or 0) + 1, folded)
        readings = self._database.one("SELECT coalesce(sum(readings), 0) FROM received WHERE id >= ?", (folded,))
        self._journal.unfolded.load(received=True, fetch=self._fetch, first=folded, readings=readings)

    def last_kept(self, origin: int, last: int) -> tuple[int, int, bytes] | None:
        """First number, span and hash of the batch that is the last to begin at ``last`` or before."""
        sql = "SELECT first, span, substr(body, -32) FROM received WHERE origin = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        row: tuple[int, int, bytes] | None = self._database.execute(sql, (origin, last)).fetchone()
        return row

    def _fetch(self, first: int) -> Iterator[Unfolded]:
        translations = Translations(self._database)
        sql = "SELECT id, origin, arrived_ms, body FROM received WHERE id >= ? AND readings > 0 ORDER BY id"
        for number, origin, arrived_ms, body in self._database.execute(sql, (first,)):
            yield Unfolded(number, arrived_ms, translations.ours(origin, unseal(body).readings, arrived_ms), origin)

    def keep(self, arrivals: Sequence[Arrival], now_ms: int) -> None:
        """Write them, and put their readings into the journal's tail."""
        first = self._next
        rows = (_row(number, arrival, now_ms) for number, arrival in enumerate(arrivals, first))
        self._database.connection.executemany(_KEEP, rows)
        self._next += len(arrivals)
        self._journal.take(list(_parts(arrivals, first, now_ms)))


def _row(number: int, arrival: Arrival, now_ms: int) -> tuple[int | bytes | None, ...]:
    header, signed = arrival.incoming.batch.header, arrival.incoming.signed
    counts = (header.first, header.span, header.readings, header.sealed_ms)
    return number, arrival.origin, *counts, now_ms, signed.body, signed.envelope or None


def _parts(arrivals: Sequence[Arrival], first: int, now_ms: int) -> Iterator[Unfolded]:
    """Readings of several batches at a time, under the number of the last of these."""
    several: list[Columns] = []
    count = 0
    for number, arrival in enumerate(arrivals, first):
        if len(arrival.readings):
            several.append(arrival.readings)
            count += len(arrival.readings)
        if count >= PART_READINGS or (count and number == first + len(arrivals) - 1):
            yield Unfolded(number, now_ms, Columns.concatenate(several), arrival.origin)
            several, count = [], 0
