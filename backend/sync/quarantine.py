"""What was sent here and is not believed: kept apart from all data, in a file of its own, within limits.

Nothing in it was ever decoded beyond its envelope, and nothing in it counts, until an operator lets it be verified again.
"""

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from backend.identity.small_database import SmallDatabase
from backend.model.clock import Clock

_log = structlog.get_logger(__name__)
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000
_MIGRATIONS = (
    (
        """CREATE TABLE entry (number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, kind TEXT NOT NULL,
         reason TEXT NOT NULL, at_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, times INTEGER NOT NULL DEFAULT 1,
         digest BLOB NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL, envelope BLOB NOT NULL, UNIQUE (source, digest))""",
        "CREATE INDEX entry_by_time ON entry (source, at_ms, size)",
        """CREATE TABLE counted (source TEXT NOT NULL, reason TEXT NOT NULL, times INTEGER NOT NULL, last_ms INTEGER NOT NULL,
         PRIMARY KEY (source, reason)) WITHOUT ROWID""",
    ),
)
_ENTRY = "SELECT number, source, kind, reason, at_ms, last_ms, times, size FROM entry "
_COUNT = """INSERT INTO counted (source, reason, times, last_ms) VALUES (?, ?, ?, ?)
 ON CONFLICT DO UPDATE SET times = times + excluded.times, last_ms = excluded.last_ms"""


class Kind(StrEnum):
    """What the bytes were sent as."""

    BATCH = "batch"
    PARCEL = "parcel"
    """A whole request that is none."""
    PLAIN = "plain"
    """The JSON form of gateways that cannot sign."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """What is not believed, and why."""

    kind: Kind
    reason: str
    body: bytes
    envelope: bytes = b""
    """The signature that came with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One suspect as it lies there, without its bytes."""

    number: int
    source: str
    """Name of the node that sent it, where it proved itself, else an address."""
    kind: Kind
    reason: str
    at_ms: int
    last_ms: int
    """When the same bytes last came."""
    times: int
    size: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may use up. Beyond that it is only counted."""

    bytes_of_source: int = 16 << 20
    entries_of_minute: int = 60
    """New ones of one source."""
    bytes: int = 256 << 20
    """Of all sources together."""
    sources: int = 10_000
    """That are told apart; the rest counts as one without a name."""
    days: float = 30.0
    """So long is it kept."""


class Quarantine:
    """The file beside a cache. Blocking: call it in a thread. Several processes may use it."""

    def __init__(self, cache: Path, clock: Clock, limits: Limits = Limits()) -> None:
        self._file = SmallDatabase(quarantine_file(cache), _MIGRATIONS)
        self._clock, self._limits = clock, limits
        self._lock = threading.Lock()
        self._unwritten: dict[tuple[str, str], int] = {}
        self.trouble = ""
        """Why nothing can be kept at the moment; what comes then is only counted."""

    def take(self, source: str, suspects: Sequence[Suspect]) -> Sequence[int | None]:
        """Keep each within the limits, on disk when this returns; its number, or None where it is only counted. Never raises."""
        with self._lock:
            unwritten = dict(self._unwritten)
            try:
                with self._file.writing() as connection:
                    numbers = [self._keep(connection, source, suspect) for suspect in suspects]
                    self._write_counts(connection)
            except (sqlite3.Error, OSError) as error:
                self._fail(error)
                self._unwritten = unwritten
                for suspect in suspects:
                    self._count(source, suspect.reason)
                return [None] * len(suspects)
            self._unwritten.clear()
            self._recover()
            return numbers

    def refused(self, source: str, reason: str, times: int) -> None:
        """Count callers of whom nothing is kept, not even their words. Never raises."""
        with self._lock:
            self._count(source, reason, times)
        self.take(source, ())

    def entries(self, source: str | None = None, limit: int = 1000) -> list[Entry]:
        """Newest first. Raises ``sqlite3.Error``."""
        where, values = ("WHERE source = ? ", [source]) if source is not None else ("", [])
        return [_entry(row) for row in self._rows(f"{_ENTRY}{where}ORDER BY number DESC LIMIT ?", *values, limit)]

    def entry(self, number: int) -> Entry | None:
        """One of them. Raises ``sqlite3.Error``."""
        return next((_entry(row) for row in self._rows(_ENTRY + "WHERE number = ?", number)), None)

    def original(self, number: int) -> Suspect | None:
        """The very bytes that were sent. Raises ``sqlite3.Error``."""
        rows = self._rows("SELECT kind, reason, body, envelope FROM entry WHERE number = ?", number)
        return next((Suspect(Kind(kind), *rest) for kind, *rest in rows), None)

    def counted(self) -> dict[str, dict[str, int]]:
        """How often each source was refused for each reason without anything being kept. Raises ``sqlite3.Error``."""
        found: dict[str, dict[str, int]] = {}
        for source, reason, times in self._rows("SELECT source, reason, times FROM counted"):
            found.setdefault(source, {})[reason] = times
        return found

    def lying(self) -> dict[str, int]:
        """How many entries there are of each source. Raises ``sqlite3.Error``."""
        return dict(self._rows("SELECT source, count(*) FROM entry GROUP BY source"))

    def let_go(self, number: int) -> None:
        """Remove what is believed now. Raises ``sqlite3.Error``."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM entry WHERE number = ?", (number,))

    def relabel(self, number: int, reason: str) -> None:
        """It was verified again, and is still not believed. Raises ``sqlite3.Error``."""
        with self._file.writing() as connection:
            connection.execute("UPDATE entry SET reason = ? WHERE number = ?", (reason, number))

    def expire(self) -> None:
        """Remove what has lain there long enough. Never raises."""
        before_ms = self._clock.now_ms() - round(self._limits.days * _DAY_MS)
        try:
            with self._file.writing() as connection:
                connection.execute("DELETE FROM entry WHERE last_ms < ?", (before_ms,))
                connection.execute("DELETE FROM counted WHERE last_ms < ?", (before_ms,))
        except (sqlite3.Error, OSError) as error:
            self._fail(error)

    def _keep(self, connection: sqlite3.Connection, source: str, suspect: Suspect) -> int | None:
        now_ms, digest = self._clock.now_ms(), hashlib.sha256(suspect.body + suspect.envelope).digest()
        again = connection.execute(
            "UPDATE entry SET times = times + 1, last_ms = ?, reason = ? WHERE source = ? AND digest = ? RETURNING number",
            (now_ms, suspect.reason, source, digest),
        ).fetchone()
        if again is not None:
            return int(again[0])
        size = len(suspect.body) + len(suspect.envelope)
        if not self._has_room(connection, source, size, now_ms):
            self._count(source, suspect.reason)
            return None
        values = (source, suspect.kind, suspect.reason, now_ms, now_ms, digest, size, suspect.body, suspect.envelope)
        sql = """INSERT INTO entry (source, kind, reason, at_ms, last_ms, digest, size, body, envelope)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
        return connection.execute(sql, values).lastrowid

    def _has_room(self, connection: sqlite3.Connection, source: str, size: int, now_ms: int) -> bool:
        ours, recent = connection.execute(
            "SELECT coalesce(sum(size), 0), count(*) FILTER (WHERE at_ms > ?) FROM entry WHERE source = ?",
            (now_ms - _MINUTE_MS, source),
        ).fetchone()
        everything = connection.execute("SELECT coalesce(sum(size), 0) FROM entry").fetchone()[0]
        limits = self._limits
        fits = ours + size <= limits.bytes_of_source and everything + size <= limits.bytes
        return fits and recent < limits.entries_of_minute

    def _count(self, source: str, reason: str, times: int = 1) -> None:
        if len(self._unwritten) >= self._limits.sources:
            source = ""
        self._unwritten[source, reason] = self._unwritten.get((source, reason), 0) + times

    def _write_counts(self, connection: sqlite3.Connection) -> None:
        now_ms = self._clock.now_ms()
        known = (
            {source for (source,) in connection.execute("SELECT DISTINCT source FROM counted")} if self._unwritten else set[str]()
        )
        for (source, reason), times in self._unwritten.items():
            named = source if source in known or len(known) < self._limits.sources else ""
            known.add(named)
            connection.execute(_COUNT, (named, reason, times, now_ms))

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        if not self._file.path.exists():
            return []
        with self._file.reading() as connection:
            return connection.execute(sql, values).fetchall()

    def _fail(self, error: Exception) -> None:
        if not self.trouble:
            _log.error("nothing can be kept in quarantine; it is only counted", why=str(error))
        self.trouble = str(error)

    def _recover(self) -> None:
        if self.trouble:
            _log.info("quarantine works again")
        self.trouble = ""


def quarantine_file(cache: Path) -> Path:
    """Beside the cache."""
    return cache.with_name(cache.name + ".quarantine")


def _entry(row: tuple[Any, ...]) -> Entry:
    number, source, kind, *rest = row
    return Entry(number, source, Kind(kind), *rest)
