"""Sets of sequence numbers in the tables ``held`` and ``delivered``: one row per span and chain."""

from collections import defaultdict

from backend.model.spans import Spans
from backend.store.tiers.tables import Tables


def read_spans(tables: Tables, table: str) -> dict[int, Spans]:
    """What a table says of every chain."""
    parts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for origin, first, last in tables.execute(f"SELECT origin, first, last FROM {table}"):
        parts[origin].append((first, last))
    return {origin: Spans.of(several) for origin, several in parts.items()}


def read_spans_of(tables: Tables, table: str, origin: int) -> Spans:
    """What a table says of one chain."""
    return Spans.of(tuple(row) for row in tables.execute(f"SELECT first, last FROM {table} WHERE origin = ?", (origin,)))


def write_spans(tables: Tables, table: str, origin: int, spans: Spans) -> None:
    """Make this what a table says of a chain, within the caller's transaction; only what differs is written."""
    before, after = set(read_spans_of(tables, table, origin)), set(spans)
    for first, _ in before - after:
        tables.execute(f"DELETE FROM {table} WHERE origin = ? AND first = ?", (origin, first))
    for first, last in sorted(after - before):
        tables.execute(f"INSERT INTO {table} (origin, first, last) VALUES (?, ?, ?)", (origin, first, last))
