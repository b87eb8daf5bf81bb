"""One look at the file: answers of a reader, synchronous, from a read-only connection and in one short transaction each."""

import contextlib
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import date
from math import isnan
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.device import Device
from backend.model.event import Event, EventKind, EventValue
from backend.model.message import Message
from backend.model.point import Point
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.calendar import DAY_MS
from backend.store.contract import Level, Rollup, StoreState
from backend.store.sqlite import search
from backend.store.sqlite.history import History
from backend.store.sqlite.open_hours import OpenHours
from backend.store.sqlite.place import StoreMisplaced, check_place
from backend.store.sqlite.points import PointFacts, facts_of
from backend.store.sqlite.schema import POINT_BITS, VERSION
from backend.store.sqlite.tail import Tail

T = TypeVar("T")
KEPT_POINTS = 128
"""Points whose open hour is kept decoded: at most 90 kB each."""
_QUALITIES = {quality.value: quality for quality in Quality}
_FLAGS = [Flag(bits) for bits in range(256)]


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection to a cache. Raises ``StorageError`` where there is none, or none that this program knows."""
    check_place(path)
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.ExitStack() as undo:
            connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=2.0)
            undo.callback(connection.close)
            for pragma in ("mmap_size=0", "cache_size=-4096", "trusted_schema=OFF"):
                connection.execute(f"PRAGMA {pragma}")
            _check_version(path, connection.execute("PRAGMA user_version").fetchone()[0])
            undo.pop_all()
    except sqlite3.Error as error:
        raise StorageError(f"{path}: {error}") from error
    return connection


def _check_version(path: Path, version: int) -> None:
    if version == 0:
        raise StoreMisplaced(Message("{path} holds no readings of Enemado; it is empty or another file", {"path": str(path)}))
    if version > VERSION:
        raise StorageError(f"{path}: format {version} is not known here")


class Look:
    """Used by one thread only."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tail = Tail()
        self._points: dict[str, tuple[int, Point]] = {}
        self._keys: dict[int, str] = {}
        self._facts: dict[str, PointFacts] = {}
        self._defined = b""
        self._open_hours: dict[int, OpenHours] = {}
        self._fragment_hours: list[int] = []
        self._settled_ms = 0
        self._moment = -1

    def watch(self, step: Callable[[], int]) -> None:
        """Call ``step`` for every step of SQLite's machine."""
        self._connection.set_progress_handler(step, 1)

    def version(self) -> int:
        """Changes whenever anybody committed."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def documents(self, kind: str, shape: type[T]) -> list[T]:
        """All documents of a kind, by key."""
        with self._transaction():
            rows = self._connection.execute("SELECT body FROM document WHERE kind = ? ORDER BY key", (kind,)).fetchall()
        return [msgspec.msgpack.decode(body, type=shape) for (body,) in rows]

    def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        """One document."""
        sql = "SELECT body FROM document WHERE kind = ? AND key = ?"
        row = self._connection.execute(sql, (kind, key)).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=shape)

    def points(self) -> list[Point]:
        """Every point of the file."""
        with self._transaction():
            self._load_points()
        return [point for _, point in self._points.values()]

    def latest(self, keys: Sequence[str] | None) -> Mapping[str, Reading]:
        """Newest reading of each point."""
        with self._transaction():
            self._refresh()
        wanted = None
        if keys is not None:
            wanted = np.array([self._points[key][0] for key in keys if key in self._points], np.int32)
        rows = self._tail.newest.rows(wanted)
        return {reading.point: reading for reading in self._readings(rows)}

    def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        with self._history(key) as history:
            return Columns.empty() if history is None else history.raw(start_ms, end_ms)

    def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end)."""
        with self._history(key) as history:
            if history is None:
                return Rollup(np.empty(0, np.int64), *(np.empty(0) for _ in range(5)))
            return history.rollup(level, start_ms, end_ms)

    def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        """Energy per site calendar day."""
        with self._transaction():
            self._refresh()
            found: dict[str, Mapping[date, float]] = {}
            for key in keys:
                facts = self._facts_of(key)
                if facts is not None:
                    found[key] = self._history_of(facts).energy_by_day(first, last)
            return found

    def events(self, start_ms: int, end_ms: int, subject: str | None, limit: int) -> list[Event]:
        """Newest first."""
        chosen = "" if subject is None else "AND subject = ?"
        sql = (
            f"SELECT at_ms, kind, subject, data FROM event WHERE at_ms >= ? AND at_ms < ? {chosen}"
            " ORDER BY at_ms DESC, id DESC LIMIT ?"
        )
        values = (start_ms, end_ms, *(() if subject is None else (subject,)), limit)
        rows = self._connection.execute(sql, values).fetchall()
        return [
            Event(at_ms, EventKind(kind), about, msgspec.msgpack.decode(data, type=dict[str, EventValue]))
            for at_ms, kind, about, data in rows
        ]

    def state(self) -> StoreState:
        """How the store is doing."""
        with self._transaction():
            meta = dict(self._connection.execute("SELECT key, value FROM meta").fetchall())
            last = self._connection.execute(
                "SELECT first + span - 1, sealed_ms FROM batch ORDER BY first DESC LIMIT 1"
            ).fetchone()
            sql = "SELECT coalesce(sum(readings), 0) FROM batch WHERE first >= ?"
            unfolded = self._connection.execute(sql, (meta.get("folded", 1),)).fetchone()[0]
            pages, free, size = (
                self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
            )
        sequence, sealed_ms = last or (0, None)
        epoch, cap, lost = meta["epoch"].hex(), int(meta.get("cap", 0)), int(meta.get("lost", 0))
        return StoreState(epoch, sequence, sealed_ms, unfolded, (pages - free) * size, cap, lost)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        """One consistent view, given back at once so that the writer's log can be emptied."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _history(self, key: str) -> Generator[History | None]:
        with self._transaction():
            self._refresh()
            facts = self._facts_of(key)
            yield None if facts is None else self._history_of(facts)

    def _history_of(self, facts: PointFacts) -> History:
        """The point's past; what is not sealed yet is kept between looks, for so many points."""
        known = self._open_hours.pop(facts.number, None) or OpenHours(facts)
        self._open_hours[facts.number] = known
        if len(self._open_hours) > KEPT_POINTS:
            del self._open_hours[next(iter(self._open_hours))]
        known.refresh(self._connection, self._fragment_hours, self._tail, self._moment)
        return History(self._connection, facts, known, self._settled_ms)

    def _refresh(self) -> None:
        self._load_points()
        self._tail.refresh(self._connection)
        version = self.version()
        if version != self._moment:
            self._moment = version
            self._fragment_hours = search.fragment_hours(self._connection)
            sql = "SELECT (SELECT value FROM meta WHERE key = 'closed_day'), (SELECT min(id) FROM waiting)"
            closed_day, waiting = self._connection.execute(sql).fetchone()
            # A day that late readings opened again still waits to be closed: what stands in the file for it is old.
            days = [closed_day or 0] if waiting is None else [closed_day or 0, waiting >> POINT_BITS]
            self._settled_ms = min(days) * DAY_MS

    def _load_points(self) -> None:
        """Take up new points and changed settings; nothing is decoded while nothing changed."""
        sql = "SELECT count(*), (SELECT max(number) FROM point), (SELECT value FROM meta WHERE key = 'defined') FROM point"
        defined = repr(self._connection.execute(sql).fetchone()).encode()
        if defined == self._defined:
            return
        decoder = msgspec.msgpack.Decoder(Point)
        rows = self._connection.execute("SELECT number, body FROM point ORDER BY number").fetchall()
        points = [(number, decoder.decode(body)) for number, body in rows]
        self._points = {point.key: (number, point) for number, point in points}
        self._keys = {number: point.key for number, point in points}
        self._facts.clear()
        self._open_hours.clear()
        self._defined = defined

    def _facts_of(self, key: str) -> PointFacts | None:
        facts = self._facts.get(key)
        if facts is None and key in self._points:
            number, point = self._points[key]
            site = self.document("site", point.device.partition("/")[0], Site)
            device = self.document("device", point.device, Device)
            facts = self._facts[key] = facts_of(number, point, device, "UTC" if site is None else site.timezone)
        return facts

    def _readings(self, rows: Columns) -> Iterator[Reading]:
        columns = (rows.point, rows.at_ms, rows.value, rows.quality, rows.flags)
        for number, at_ms, value, quality, flags in zip(*(column.tolist() for column in columns), strict=True):
            shown = None if isnan(value) else value
            yield Reading(self._keys[number], at_ms, shown, _QUALITIES[quality], _FLAGS[flags])
