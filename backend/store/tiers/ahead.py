"""What questions that are answered together need of chunks and roll-ups: fetched in one go, and roll-ups unpacked in one go too.

With PostgreSQL each question saved is a trip to the server; for both stores most of an answer's price is per call, not per row.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backend.model.columns import Columns
from backend.store.statistics import Stats
from backend.store.tiers import search
from backend.store.tiers.points import PointFacts
from backend.store.tiers.tables import Tables

MOST_PERIODS = 48
"""A question that needs more is answered by itself."""


class Wanted(NamedTuple):
    """Rows of one point in one table."""

    table: str
    """``chunk``, ``minute`` or ``quarter``."""
    periods: range
    """UTC hours, or UTC days for ``quarter``."""
    point: int


class Ahead:
    """Holds for one view of the store. What was not fetched ahead is found by itself."""

    def __init__(self) -> None:
        self._chunks: dict[Wanted, list[search.SealedChunk]] = {}
        self._stats: dict[Wanted, Stats] = {}

    def fetch(self, connection: Tables, wanted: Sequence[Wanted]) -> None:
        """Raises ``Damaged``; what was fetched before stays."""
        chunks = [each for each in wanted if each.table == "chunk"]
        self._chunks.update(zip(chunks, search.sealed_chunks(connection, [each[1:] for each in chunks]), strict=True))
        for table in ("minute", "quarter"):
            blobs = [each for each in wanted if each.table == table]
            self._stats.update(zip(blobs, search.stats_of(connection, table, [each[1:] for each in blobs]), strict=True))

    def chunks(self, connection: Tables, facts: PointFacts, hours: range) -> Mapping[int, Columns]:
        """The sealed readings of several hours of a point. Raises ``Damaged``."""
        found = self._chunks.get(Wanted("chunk", hours, facts.number))
        return search.chunks(connection, facts, hours) if found is None else search.unpacked(found, facts)

    def stats(self, connection: Tables, table: str, periods: range, point: int) -> Stats:
        """The intervals in a point's blobs of one kind, by time. Raises ``Damaged``."""
        found = self._stats.get(Wanted(table, periods, point))
        return search.stats(connection, table, periods, point) if found is None else found
