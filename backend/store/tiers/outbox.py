"""The journal as it goes out: answers of an outbox, synchronous, in one short transaction each."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from backend.model.spans import Spans
from backend.store.exchange import ChainState, KeptBatch
from backend.store.tiers.meta import Meta
from backend.store.tiers.shelf import Shelf
from backend.store.tiers.tables import Tables
from backend.wire.parcel import MOST_BATCHES, SignedBatch

DIGEST_ROWS = 4096
"""Hashes that are in memory at a time."""
_SIZE = "SELECT first, length(body) + coalesce(length(envelope), 0)"
_BATCH = "SELECT first, span, readings, body, envelope"


class OutboxSource(Tables, Protocol):
    """A connection that only reads, and what each store keeps in its own way."""

    def transaction(self) -> AbstractContextManager[None]:
        """One consistent view, given back at once."""
        ...

    def chains(self) -> Sequence[ChainState]:
        """Own ones and those of children, the present own one first."""
        ...

    def shelf(self, number: int) -> Shelf | None:
        """Where the batches of a chain are; None for a number that was never given."""
        ...

    def held(self, shelf: Shelf) -> Spans:
        """What is held of a chain."""
        ...


@dataclass(slots=True)
class _Count:
    spans: Spans
    readings: int
    given_up: int
    """What is removed before it was sent is counted no more."""


class Outgoing:
    """Used by one thread only."""

    def __init__(self, source: OutboxSource) -> None:
        self._source = source
        self._counts: dict[int, _Count] = {}

    def chains(self) -> Sequence[ChainState]:
        """Every chain of which there are batches to be sent, the present own one first."""
        with self._source.transaction():
            return self._source.chains()

    def oldest(self, number: int, first: int, most_bytes: int) -> list[KeptBatch]:
        """As many as fit from there on, in order."""
        with self._source.transaction():
            shelf = self._source.shelf(number)
            return [] if shelf is None else self._fill(shelf, shelf.range(first, shelf.last), "ASC", most_bytes)

    def newest(self, number: int, after: int, most_bytes: int) -> list[KeptBatch]:
        """As many as fit from the newest on, down to ``after``."""
        with self._source.transaction():
            shelf = self._source.shelf(number)
            return [] if shelf is None else self._fill(shelf, shelf.range(after + 1, shelf.last), "DESC", most_bytes)

    def defining(self, number: int, after: int) -> list[KeptBatch]:
        """Batches with lasting definitions, in order."""
        sql = f"{_BATCH} FROM defining WHERE origin = ? AND first > ? ORDER BY first"
        with self._source.transaction():
            return [_kept(*row) for row in self._source.execute(sql, (number, after))]

    def readings_between(self, number: int, spans: Spans) -> int:
        """Readings in these spans. Only what differs from the last question about the chain is counted."""
        with self._source.transaction():
            shelf = self._source.shelf(number)
            if shelf is None:
                return 0
            spans = spans & self._source.held(shelf)
            known = self._counts.get(number)
            given_up = self._given_up()
            if known is None or known.given_up != given_up:
                known = self._counts[number] = _Count(spans, self._count(shelf, spans), given_up)
            else:
                known.readings += self._count(shelf, spans - known.spans) - self._count(shelf, known.spans - spans)
                known.spans = spans
            return known.readings

    def digest(self, number: int, first: int, last: int) -> tuple[int, int, bytes]:
        """Batches, readings and SHA-256 over the hashes, in order."""
        batches, readings, digest = 0, 0, hashlib.sha256()
        with self._source.transaction():
            shelf = self._source.shelf(number)
            for held, hashed in () if shelf is None else self._hashes(shelf, first, last):
                batches, readings = batches + 1, readings + held
                digest.update(hashed)
        return batches, readings, digest.digest()

    def since(self, number: int, sealed_ms: int) -> int:
        """Found by halving: batches of a chain were sealed one after the other."""
        with self._source.transaction():
            shelf = self._source.shelf(number)
            if shelf is None:
                return 1
            low, high = self._ends(shelf)
            while low < high:
                middle = (low + high) // 2
                found = self._from(shelf, middle)
                if found is None or found[1] >= sealed_ms:
                    high = middle
                else:
                    low = found[0] + 1
            return low

    def owners(self) -> dict[str, str]:
        """By site."""
        with self._source.transaction():
            return dict(self._source.execute("SELECT site, node FROM claim").fetchall())

    def _ends(self, shelf: Shelf) -> tuple[int, int]:
        """The first number there is, and the one after the last first number."""
        sql = f"SELECT min(first), max(first) FROM {shelf.sizes} first BETWEEN ? AND ?"
        low, high = self._source.execute(sql, shelf.range(shelf.first, shelf.last)).fetchone()
        return (1, 1) if low is None else (int(low), int(high) + 1)

    def _from(self, shelf: Shelf, first: int) -> tuple[int, int] | None:
        """First number and time of sealing of the batch there or next."""
        sql = f"SELECT first, sealed_ms FROM {shelf.sizes} first BETWEEN ? AND ? ORDER BY first LIMIT 1"
        return self._source.execute(sql, shelf.range(first, shelf.last)).fetchone()

    def _fill(self, shelf: Shelf, within: tuple[Any, ...], order: str, most_bytes: int) -> list[KeptBatch]:
        """Sizes first: a body is fetched only if there is room for it."""
        rest = f"FROM {shelf.bodies} first BETWEEN ? AND ? ORDER BY first {order} LIMIT ?"
        count, room = 0, most_bytes
        for _, size in self._source.execute(f"{_SIZE} {rest}", (*within, MOST_BATCHES)):
            room -= size
            if count and room < 0:
                break
            count += 1
        return [_kept(*row) for row in self._source.execute(f"{_BATCH} {rest}", (*within, count))]

    def _given_up(self) -> int:
        row = self._source.execute("SELECT value FROM meta WHERE key = ?", (Meta.GIVEN_UP,)).fetchone()
        return 0 if row is None else int(row[0])

    def _count(self, shelf: Shelf, spans: Spans) -> int:
        sql = f"SELECT coalesce(sum(readings), 0) FROM {shelf.sizes} first BETWEEN ? AND ?"
        return sum(int(self._source.execute(sql, shelf.range(*span)).fetchone()[0]) for span in spans)

    def _hashes(self, shelf: Shelf, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        sql = f"SELECT first, readings, {shelf.hash} FROM {shelf.sizes} first BETWEEN ? AND ? ORDER BY first LIMIT ?"
        while rows := self._source.execute(sql, (*shelf.range(first, last), DIGEST_ROWS)).fetchall():
            yield from ((readings, hashed) for _, readings, hashed in rows)
            first = rows[-1][0] + 1


def _kept(first: int, span: int, readings: int, body: bytes, envelope: bytes | None) -> KeptBatch:
    return KeptBatch(first, span, readings, SignedBatch(body, envelope or b""))
