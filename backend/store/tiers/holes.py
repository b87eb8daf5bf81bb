"""Rows of the gap ledger, made and changed by events within the transaction that keeps them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap, GapKind
from backend.store.outages import OUTAGES, Outage, merged, recovered, settled_share, span_of, told_at_once
from backend.store.tiers.tables import Tables

_COLUMNS = "id, subject, kind, cause, from_ms, to_ms, count, recovered"
_EVER = 1 << 62
NEAR_MS = 60_000
_RECOVERABLE = "device_lost"


class Holes:
    """What the events in the same tables say of what is missing. Events may come in any order."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def take(self, event: Event) -> None:
        """Make and change rows for an event that was just written."""
        for outage in OUTAGES:
            if outage.concerns(event):
                self._settle(outage, event) if event.kind is outage.settles else self._derive(outage, event)
        if (row := told_at_once(event)) is not None:
            self._add(row)
        elif event.kind is EventKind.DATA_RECOVERED:
            self._recover(event)

    def _derive(self, outage: Outage, event: Event) -> None:
        """Make the rows before and after an event what the events around it say."""
        at = self._place(event)
        before = self._edge(outage.ends, event.subject, at, forward=False)
        after = self._edge(outage.ends, event.subject, at, forward=True)
        if event.kind in outage.ends:
            this = (at, event)
            rows = [self._row(outage, event.subject, before, this), self._row(outage, event.subject, this, after)]
        else:
            rows = [self._row(outage, event.subject, before, after)]
        low = None if before is None else before[1].at_ms
        high = None if after is None else after[1].at_ms
        self._replace(outage, event.subject, (low, high), [row for row in rows if row is not None])

    def _row(self, outage: Outage, subject: str, before: "_Placed | None", after: "_Placed | None") -> Gap | None:
        """The row between two ends."""
        started = (-1, 0) if before is None else before[0]
        began = self._edge((outage.begins,), subject, started, forward=True)
        if began is not None and after is not None and began[0] > after[0]:
            began = None
        settled = None
        if after is not None and outage.settles is not None:
            settled = self._edge((outage.settles,), subject, after[0], forward=True)
        return outage.row(_event(began), _event(after), _event(settled), None if before is None else before[1].at_ms)

    def _replace(self, outage: Outage, subject: str, window: tuple[int | None, int | None], rows: Sequence[Gap]) -> None:
        low, high = (default if each is None else each for each, default in zip(window, (-_EVER, _EVER), strict=True))
        sql = f"SELECT {_COLUMNS} FROM hole WHERE subject = ? AND cause = ? AND from_ms >= ? AND from_ms < ? ORDER BY from_ms"
        there = [read_row(*row) for row in self._tables.execute(sql, (subject, outage.cause, low, high)).fetchall()]
        for row in rows:
            number = there.pop(0).number if there else None
            self._write(number, self._with_recovered(row))
        for row in there:
            self._tables.execute("DELETE FROM hole WHERE id = ?", (row.number,))

    def _settle(self, outage: Outage, event: Event) -> None:
        """What ended since the last such event has arrived."""
        assert outage.settles is not None
        before = self._edge((outage.settles,), event.subject, self._place(event), forward=False)
        low = -_EVER if before is None else before[1].at_ms
        sql = "UPDATE hole SET recovered = ? WHERE subject = ? AND cause = ? AND to_ms IS NOT NULL AND to_ms > ? AND to_ms <= ?"
        self._tables.execute(sql, (settled_share(event), event.subject, outage.cause, low, event.at_ms))

    def _add(self, row: Gap) -> None:
        """A row of its own, or more of those that it touches."""
        sql = (
            f"SELECT {_COLUMNS} FROM hole WHERE subject = ? AND kind = ? AND cause = ? AND from_ms <= ? AND to_ms >= ?"
            " ORDER BY from_ms"
        )
        # What goes piece by piece, such as the oldest at the cap, is one gap.
        low, high = row.from_ms - NEAR_MS, (row.to_ms or row.from_ms) + NEAR_MS
        values = (row.subject, row.kind.value, row.cause, high, low)
        touched = [read_row(*each) for each in self._tables.execute(sql, values).fetchall()]
        if not touched:
            self._write(None, row)
            return
        self._write(touched[0].number, merged([*touched, row]))
        for each in touched[1:]:
            self._tables.execute("DELETE FROM hole WHERE id = ?", (each.number,))

    def _recover(self, event: Event) -> None:
        """Readings came after all for some of a device's rows."""
        for row in read_losses_of_device(self._tables, event.subject, *span_of(event)):
            self._write(row.number, self._with_recovered(row))

    def _with_recovered(self, row: Gap) -> Gap:
        if row.cause != _RECOVERABLE:
            return row
        sql = "SELECT id, at_ms, kind, subject, data FROM event WHERE subject = ? AND kind = ? AND at_ms >= ?"
        told = self._tables.execute(sql, (row.subject, EventKind.DATA_RECOVERED.value, row.from_ms)).fetchall()
        share, count = recovered(row, [_placed(*each)[1] for each in told])
        return Gap(row.number, row.subject, row.kind, row.cause, row.from_ms, row.to_ms, count or None, share)

    def _write(self, number: int | None, row: Gap) -> None:
        values = (row.subject, row.kind.value, row.cause, row.from_ms, row.to_ms, row.count, row.recovered)
        if number is None:
            names = "(subject, kind, cause, from_ms, to_ms, count, recovered)"
            self._tables.execute(f"INSERT INTO hole {names} VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            return
        sql = "UPDATE hole SET subject = ?, kind = ?, cause = ?, from_ms = ?, to_ms = ?, count = ?, recovered = ? WHERE id = ?"
        self._tables.execute(sql, (*values, number))

    def _place(self, event: Event) -> tuple[int, int]:
        """Where an event that was just written stands among those of its subject."""
        sql = "SELECT max(id) FROM event WHERE subject = ? AND at_ms = ? AND kind = ?"
        number = self._tables.execute(sql, (event.subject, event.at_ms, event.kind.value)).fetchone()[0]
        return event.at_ms, int(number)

    def _edge(self, kinds: Sequence[EventKind], subject: str, at: tuple[int, int], *, forward: bool) -> "_Placed | None":
        """The nearest event of these kinds after a place, or before it."""
        sign, order = (">", "ASC") if forward else ("<", "DESC")
        wanted = " OR ".join(["kind = ?"] * len(kinds))
        sql = (
            f"SELECT id, at_ms, kind, subject, data FROM event WHERE subject = ? AND ({wanted}) AND (at_ms, id) {sign} (?, ?)"
            f" ORDER BY at_ms {order}, id {order} LIMIT 1"
        )
        row = self._tables.execute(sql, (subject, *(kind.value for kind in kinds), *at)).fetchone()
        return None if row is None else _placed(*row)


_Placed = tuple[tuple[int, int], Event]


def _placed(number: int, at_ms: int, kind: str, subject: str, data: bytes) -> _Placed:
    decoded = msgspec.msgpack.decode(data, type=dict[str, EventValue])
    return (at_ms, number), Event(at_ms, EventKind(kind), subject, decoded)


def _event(placed: _Placed | None) -> Event | None:
    return None if placed is None else placed[1]


def read_row(number: int, subject: str, kind: str, cause: str, *rest: Any) -> Gap:
    """A row as the table has it."""
    return Gap(number, subject, GapKind(kind), cause, *rest)


def read_losses_of_device(tables: Tables, device: str, from_ms: int, to_ms: int) -> list[Gap]:
    """Rows of times in which a device was lost that touch from there to there."""
    sql = f"SELECT {_COLUMNS} FROM hole WHERE subject = ? AND cause = ? AND from_ms <= ? AND (to_ms IS NULL OR to_ms > ?)"
    return [read_row(*row) for row in tables.execute(sql, (device, _RECOVERABLE, to_ms, from_ms)).fetchall()]


def read_gaps(tables: Tables, start_ms: int, end_ms: int, subject: str | None, limit: int) -> list[Gap]:
    """Rows that touch [start, end), newest first."""
    chosen = "" if subject is None else "AND subject = ?"
    sql = (
        f"SELECT {_COLUMNS} FROM hole WHERE from_ms < ? AND (to_ms IS NULL OR to_ms > ? OR from_ms >= ?) {chosen}"
        " ORDER BY from_ms DESC, id DESC LIMIT ?"
    )
    values = (end_ms, start_ms, start_ms, *(() if subject is None else (subject,)), limit)
    return [read_row(*row) for row in tables.execute(sql, values).fetchall()]


def count_lost(tables: Tables) -> int:
    """Readings that are gone for good, as the rows say."""
    row = tables.execute("SELECT coalesce(sum(count), 0) FROM hole WHERE kind = ?", (GapKind.LOST.value,)).fetchone()
    return int(row[0])
