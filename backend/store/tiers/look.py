"""One look at a store: answers of a reader, synchronous, from a read-only connection and in one short transaction each."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from math import isnan
from typing import NamedTuple, Protocol, TypeVar

import msgspec
import numpy as np

from backend.model.columns import Columns
from backend.model.derived import as_device, is_derived
from backend.model.device import Device
from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap
from backend.model.point import Point
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.site import Site
from backend.store.calendar import DAY_MS, HOUR_MS, day_number
from backend.store.contract import Level, Rollup, StoreState
from backend.store.exchange import Past
from backend.store.tiers import search
from backend.store.tiers.ahead import MOST_PERIODS, Ahead
from backend.store.tiers.history import History, wanted_of
from backend.store.tiers.holes import read_gaps
from backend.store.tiers.keys import POINT_BITS
from backend.store.tiers.open_hours import OpenHours
from backend.store.tiers.past import past_of
from backend.store.tiers.points import PointFacts, facts_of
from backend.store.tiers.tables import Tables
from backend.store.tiers.tail import Tail

T = TypeVar("T")
KEPT_POINTS = 128
"""Points whose open hour is kept decoded: at most 90 kB each."""
REACH_MS = 3 * DAY_MS
"""An answer is made of readings that lie no further beyond its end."""
_QUALITIES = {quality.value: quality for quality in Quality}
_FLAGS = [Flag(bits) for bits in range(256)]


class Span(NamedTuple):
    """What a question is about that asks for a stretch of one point's past."""

    point: str
    level: Level | None
    """None for single readings."""
    start_ms: int
    end_ms: int


class Source(Tables, Protocol):
    """Where a look's answers come from: a connection that only reads, and what each store keeps in its own way."""

    @property
    def tail(self) -> Tail:
        """Readings that only the journal holds."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """One consistent view, given back at once."""
        ...

    def version(self) -> int:
        """Changes whenever anybody committed."""
        ...

    def state(self) -> StoreState:
        """How the store is doing, within a transaction."""
        ...


class Look:
    """Used by one thread only; every answer is given within a ``view``."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tail = source.tail
        self._points: dict[str, tuple[int, Point]] = {}
        self._every: list[Point] = []
        self._keys: dict[int, str] = {}
        self._facts: dict[str, PointFacts] = {}
        self._as_devices: dict[str, Device] = {}
        """Derived values of sites, as if they were devices."""
        self._defined = b""
        self._open_hours: dict[int, OpenHours] = {}
        self._fragment_hours: list[int] = []
        self._settled_ms = 0
        self._loose_ms = 0
        """No older reading is in no chunk yet."""
        self._moment = -1
        self._version: int | None = None
        self._refreshed = False
        self._ahead = Ahead()

    @contextmanager
    def view(self) -> Generator[None]:
        """One consistent view of the store, given back at once."""
        with self._source.transaction():
            try:
                yield
            finally:
                self._version, self._refreshed, self._ahead = None, False, Ahead()

    def version(self) -> int:
        """Changes whenever anybody committed."""
        if self._version is None:
            self._version = self._source.version()
        return self._version

    def state(self) -> StoreState:
        """How the store is doing."""
        return self._source.state()

    def documents(self, kind: str, shape: type[T]) -> list[T]:
        """All documents of a kind, by key."""
        sql = "SELECT body FROM document WHERE kind = ? AND length(body) > 0 ORDER BY key"
        rows = self._source.execute(sql, (kind,)).fetchall()
        return [msgspec.msgpack.decode(body, type=shape) for (body,) in rows]

    def document(self, kind: str, key: str, shape: type[T]) -> T | None:
        """One document."""
        sql = "SELECT body FROM document WHERE kind = ? AND key = ? AND length(body) > 0"
        row = self._source.execute(sql, (kind, key)).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=shape)

    def points(self) -> list[Point]:
        """Every point of the store; the very same list as long as none has come or changed."""
        if not self._refreshed:
            self._load_points()
        return self._every

    def ahead(self, spans: Sequence[Span]) -> None:
        """Fetch together what questions about these will need in this view. Raises ``Damaged``."""
        self._refresh()
        known = [(self._points[span.point][0], span) for span in spans if span.point in self._points]
        wanted = [wanted_of(number, span.level, span.start_ms, span.end_ms) for number, span in known]
        self._ahead.fetch(self._source, [each for each in wanted if each is not None and len(each.periods) <= MOST_PERIODS])

    def latest(self, keys: Sequence[str] | None) -> Mapping[str, Reading]:
        """Newest reading of each point."""
        self._refresh()
        wanted = None
        if keys is not None:
            wanted = np.array([self._points[key][0] for key in keys if key in self._points], np.int32)
        rows = self._tail.newest.rows(wanted)
        return {reading.point: reading for reading in self._readings(rows)}

    def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading with start <= at < end, by time."""
        history = self._history(key, end_ms)
        return Columns.empty() if history is None else history.raw(start_ms, end_ms)

    def closed_hours(self, key: str, start_ms: int, end_ms: int) -> list[int]:
        """UTC hours since 1970, of those touched by [start, end), that nothing changes any more: only their roll-ups are left."""
        self._refresh()
        known = self._points.get(key)
        return [] if known is None else search.closed_hours(self._source, known[0], search.hours_of(start_ms, end_ms))

    def rollup(self, key: str, level: Level, start_ms: int, end_ms: int) -> Rollup:
        """Intervals that start in [start, end)."""
        history = self._history(key, end_ms)
        if history is None:
            return Rollup(np.empty(0, np.int64), *(np.empty(0) for _ in range(5)))
        return history.rollup(level, start_ms, end_ms)

    def energy_by_day(self, keys: Sequence[str], first: date, last: date) -> Mapping[str, Mapping[date, float]]:
        """Energy per site calendar day."""
        end_ms = day_number(last) * DAY_MS
        histories = {key: self._history(key, end_ms) for key in keys}
        return {key: history.energy_by_day(first, last) for key, history in histories.items() if history is not None}

    def past(self, keys: Sequence[str], before_day: int) -> list[Past]:
        """Roll-ups before a UTC day, as they lie in the tables; only of points that wait for no fold there."""
        histories = {key: self._history(key, before_day * DAY_MS) for key in keys}
        settled = [key for key, history in histories.items() if history and history.settled_ms >= before_day * DAY_MS]
        return [past_of(self._source, self._facts[key], before_day) for key in settled]

    def events(self, start_ms: int, end_ms: int, subject: str | None, limit: int) -> list[Event]:
        """Newest first."""
        chosen = "" if subject is None else "AND subject = ?"
        sql = (
            f"SELECT at_ms, kind, subject, data FROM event WHERE at_ms >= ? AND at_ms < ? {chosen}"
            " ORDER BY at_ms DESC, id DESC LIMIT ?"
        )
        values = (start_ms, end_ms, *(() if subject is None else (subject,)), limit)
        return [_event(*row) for row in self._source.execute(sql, values).fetchall()]

    def events_after(self, number: int | None, limit: int) -> list[tuple[int, Event]]:
        """In the order of keeping; None asks for the newest one alone."""
        columns = "SELECT id, at_ms, kind, subject, data FROM event"
        if number is None:
            rows = self._source.execute(f"{columns} ORDER BY id DESC LIMIT 1").fetchall()
        else:
            rows = self._source.execute(f"{columns} WHERE id > ? ORDER BY id LIMIT ?", (number, limit)).fetchall()
        return [(row[0], _event(*row[1:])) for row in rows]

    def gaps(self, start_ms: int, end_ms: int, subject: str | None, limit: int) -> list[Gap]:
        """Rows of the gap ledger that touch [start, end), newest first."""
        return read_gaps(self._source, start_ms, end_ms, subject, limit)

    def _history(self, key: str, end_ms: int) -> History | None:
        """The point's past until then; what is not sealed yet is kept between looks, for so many points."""
        self._refresh()
        facts = self._facts_of(key)
        if facts is None:
            return None
        if end_ms + REACH_MS <= self._loose_ms:
            return History(self._source, self._ahead, facts, OpenHours(facts), self._settled_ms)
        known = self._open_hours.pop(facts.number, None) or OpenHours(facts)
        self._open_hours[facts.number] = known
        if len(self._open_hours) > KEPT_POINTS:
            del self._open_hours[next(iter(self._open_hours))]
        known.refresh(self._source, self._fragment_hours, self._tail, self._moment)
        return History(self._source, self._ahead, facts, known, self._settled_ms)

    def _refresh(self) -> None:
        """Once in a view."""
        if self._refreshed:
            return
        self._load_points()
        self._tail.refresh()
        version = self.version()
        if version != self._moment:
            self._fragment_hours = search.fragment_hours(self._source)
            sql = "SELECT (SELECT value FROM meta WHERE key = 'closed_day'), (SELECT min(id) FROM waiting)"
            closed_day, waiting = self._source.execute(sql).fetchone()
            # A day that late readings opened again still waits to be closed: what stands in the file for it is old.
            days = [closed_day or 0] if waiting is None else [closed_day or 0, waiting >> POINT_BITS]
            self._settled_ms = min(days) * DAY_MS
            self._loose_ms = min([self._tail.oldest_ms, *(hour * HOUR_MS for hour in self._fragment_hours[:1])])
            self._moment = version
        self._refreshed = True

    def _load_points(self) -> None:
        """Take up new points and changed settings; nothing is decoded while nothing changed."""
        sql = "SELECT count(*), (SELECT max(number) FROM point), (SELECT value FROM meta WHERE key = 'defined') FROM point"
        defined = repr(self._source.execute(sql).fetchone()).encode()
        if defined == self._defined:
            return
        decoder = msgspec.msgpack.Decoder(Point)
        rows = self._source.execute("SELECT number, body FROM point ORDER BY number").fetchall()
        points = [(number, decoder.decode(body)) for number, body in rows]
        self._points = {point.key: (number, point) for number, point in points}
        self._every = [point for _, point in points]
        self._keys = {number: point.key for number, point in points}
        self._facts.clear()
        self._as_devices.clear()
        self._open_hours.clear()
        self._defined = defined

    def _facts_of(self, key: str) -> PointFacts | None:
        facts = self._facts.get(key)
        if facts is None and key in self._points:
            number, point = self._points[key]
            site = self.document("site", point.device.partition("/")[0], Site)
            device = self._derived(point.device) if is_derived(point.device) else self.document("device", point.device, Device)
            facts = self._facts[key] = facts_of(number, point, device, "UTC" if site is None else site.timezone)
        return facts

    def _derived(self, key: str) -> Device:
        """A site's derived values as if they were a device."""
        found = self._as_devices.get(key)
        if found is None:
            site = key.partition("/")[0]
            sql = "SELECT body FROM document WHERE kind = 'device' AND key LIKE ? AND length(body) > 0"
            rows = self._source.execute(sql, (f"{site}/%",)).fetchall()
            found = self._as_devices[key] = as_device(site, [msgspec.msgpack.decode(body, type=Device) for (body,) in rows])
        return found

    def _readings(self, rows: Columns) -> Iterator[Reading]:
        columns = (rows.point, rows.at_ms, rows.value, rows.quality, rows.flags)
        for number, at_ms, value, quality, flags in zip(*(column.tolist() for column in columns), strict=True):
            shown = None if isnan(value) else value
            yield Reading(self._keys[number], at_ms, shown, _QUALITIES[quality], _FLAGS[flags])


def _event(at_ms: int, kind: str, about: str, data: bytes) -> Event:
    return Event(at_ms, EventKind(kind), about, msgspec.msgpack.decode(data, type=dict[str, EventValue]))
