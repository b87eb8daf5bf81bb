"""Batches of other nodes in the database, beside this node's own; kept by the day on which they came."""

from collections.abc import Sequence

from backend.model.chain import Chain
from backend.store.postgres import locks
from backend.store.postgres.database import Database
from backend.store.postgres.journal import Journal
from backend.store.tiers.batches import Unfolded
from backend.store.tiers.receiving import Arrival

_KEEP = (
    "WITH arrived AS (SELECT * FROM"
    " unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bytea[], ?::bytea[], ?::bytea[])"
    " AS a (origin, first, span, readings, hash, body, envelope)),"
    " told AS (INSERT INTO ledger (origin, first, span, readings, sealed_ms, hash)"
    " SELECT origin, first, span, readings, ?::bigint, hash FROM arrived),"
    " open AS (INSERT INTO unfolded (origin, first, sealed_ms, readings)"
    " SELECT origin, first, ?::bigint, readings FROM arrived WHERE readings > 0)"
    " INSERT INTO batch (sealed_ms, origin, first, body, envelope) SELECT ?::bigint, origin, first, body, envelope FROM arrived"
)


class Inbox:
    """Writes within the caller's transaction; partitions for batches of now are there already."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def lock(self, chains: set[Chain]) -> None:
        """Wait until nobody else is at one of these chains; held until the transaction ends."""
        locks.wait_for_chains(self._database, [f"{chain.node}/{chain.epoch.hex()}" for chain in chains])

    def last_kept(self, origin: int, last: int) -> tuple[int, int, bytes] | None:
        """First number, span and hash of the batch that is the last to begin at ``last`` or before."""
        sql = "SELECT first, span, hash FROM ledger WHERE origin = ? AND first <= ? ORDER BY first DESC LIMIT 1"
        row = self._database.execute(sql, (origin, last)).fetchone()
        return None if row is None else (row[0], row[1], row[2])

    def keep(self, arrivals: Sequence[Arrival], now_ms: int) -> None:
        """Write them, and put their readings into the journal's tail where this process folds."""
        columns = tuple(list(column) for column in zip(*map(_row, arrivals), strict=True))
        self._database.execute(_KEEP, (*columns, now_ms, now_ms, now_ms))
        if self._journal.keeps_tail:
            self._journal.take([_unfolded(arrival, now_ms) for arrival in arrivals if len(arrival.readings)])


def _row(arrival: Arrival) -> tuple[int | bytes | None, ...]:
    batch, signed = arrival.incoming.batch, arrival.incoming.signed
    counts = (batch.header.first, batch.header.span, batch.header.readings)
    return arrival.origin, *counts, batch.hash, signed.body, signed.envelope or None


def _unfolded(arrival: Arrival, now_ms: int) -> Unfolded:
    return Unfolded(arrival.incoming.batch.header.first, now_ms, arrival.readings, arrival.origin)
