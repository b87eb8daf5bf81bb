"""Batches that are not folded, as they lie in the tables."""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.store.tiers.tables import Tables


@dataclass(frozen=True, slots=True)
class UnfoldedRow:
    """One batch."""

    number: int
    """In order of arrival."""
    origin: int
    own: bool
    """Whether a process of this store sealed it: its numbers of points are the store's."""
    first: int
    sealed_ms: int
    body: bytes


def read_unfolded(tables: Tables, numbers: list[int]) -> Iterator[UnfoldedRow]:
    """These, in order of arrival."""
    sql = (
        "SELECT u.id, u.origin, o.own, u.first, u.sealed_ms, b.body FROM unfolded u JOIN batch b USING (sealed_ms, origin, first)"
        " JOIN origin o ON o.number = u.origin WHERE u.id = ANY(?) ORDER BY u.id"
    )
    for row in tables.execute(sql, (numbers,)):
        yield UnfoldedRow(*row)


def count_unfolded(tables: Tables) -> int:
    """Readings in them."""
    return int(tables.execute("SELECT coalesce(sum(readings), 0)::bigint FROM unfolded").fetchone()[0])
