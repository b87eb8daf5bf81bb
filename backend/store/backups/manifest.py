"""What a backup says of itself, and whether that is so."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec

from backend.model.message import Message
from backend.store.backups.places import BackupError
from backend.store.backups.progress import Stage, Tell
from backend.store.sqlite.schema import APPLICATION_ID, VERSION
from backend.wire.batch import HASH_BYTES, Header, read_hash, read_header
from backend.wire.numbers import Damaged

_BLOCK = 1 << 20
_TELL_EVERY = 1000
_SEALED = "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'envelope'"
"""Tables that hold sealed batches: a column for the signature stands beside the bytes."""


class Contents(msgspec.Struct, frozen=True):
    """What is in a store's file."""

    node: str
    epoch: str
    sequence: int
    """The last that its node gave."""
    sealed_ms: int
    """When that was."""
    format: int
    """Version of the tables."""
    batches: int
    rows: dict[str, int]
    """By table."""
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """Who made the backup when, and what is in it."""

    program: str
    """Version of Enemado."""
    made_ms: int
    contents: Contents


def examine(path: Path, tell: Tell) -> Contents:
    """Look through a file that nobody writes to: its structure, and the hash of every batch. Raises ``BackupError``."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            version = _known_version(connection)
            _check_structure(connection)
            batches = sum(_check_batches(connection, table, tell) for (table,) in connection.execute(_SEALED).fetchall())
            last = _last(connection)
            rows = {name: _count(connection, name) for name in _tables(connection)}
    except (sqlite3.Error, Damaged) as error:
        raise _damaged(path, str(error)) from error
    size, digest = path.stat().st_size, digest_of(path, tell)
    end = last.first + last.span - 1
    return Contents(last.node, last.epoch.hex(), end, last.sealed_ms, version, batches, rows, size, digest)


def digest_of(path: Path, tell: Tell) -> str:
    """SHA-256 of a file."""
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            tell(Stage.VERIFYING, done, size)
    return digest.hexdigest()


def _known_version(connection: sqlite3.Connection) -> int:
    mark, version = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version"))
    if mark != APPLICATION_ID or not version:
        raise BackupError(Message("This is no store of Enemado."))
    if version > VERSION:
        values: dict[str, str | int | float] = {"found": version, "known": VERSION}
        raise BackupError(Message("A newer Enemado wrote this (format {found}, this program knows {known}).", values))
    return version


def _check_structure(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(found)


def _check_batches(connection: sqlite3.Connection, table: str, tell: Tell) -> int:
    """Every batch is as it was sealed, and follows the one before it in its chain; how many."""
    count, ends = _count(connection, table), dict[tuple[str, bytes], tuple[int, bytes]]()
    for number, (first, body) in enumerate(connection.execute(f'SELECT first, body FROM "{table}" ORDER BY rowid'), 1):
        if hashlib.sha256(memoryview(body)[:-HASH_BYTES]).digest() != read_hash(body):
            raise Damaged(f"{table} {number}: hash differs")
        header = read_header(body)
        end, predecessor = ends.get((header.node, header.epoch), (0, b""))
        if first != header.first or (end == first and predecessor != header.predecessor):
            raise Damaged(f"{table} {number}: not the successor")
        ends[header.node, header.epoch] = header.first + header.span, read_hash(body)
        if number % _TELL_EVERY == 0:
            tell(Stage.VERIFYING, number, count)
    return count


def _last(connection: sqlite3.Connection) -> Header:
    row = connection.execute("SELECT body FROM batch ORDER BY first DESC LIMIT 1").fetchone()
    if row is None:
        raise BackupError(Message("Nothing was ever stored here."))
    return read_header(row[0])


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _damaged(path: Path, reason: str) -> BackupError:
    return BackupError(Message("{path} is damaged: {reason}", {"path": str(path), "reason": reason}))
