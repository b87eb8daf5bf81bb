"""Records found page by page are the rows that SQLite tells, whatever their size, in the file and in its log."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from backend.store.sqlite.salvage.pages import Pages, Record

ROWS = [
    (1, None, 0, 1, 1.5, "text", b"bytes"),
    (2, None, -1, 127, -2.25, "電力", b""),
    (3, None, 1 << 40, -(1 << 62), 0.0, "", b"x" * 4000),
    (-4, None, 300, 70_000, 1e300, "long" * 3000, b"y" * 100_000),
    (1 << 62, None, 8, 9, 5.0, "last", b"\x00"),
]


def write(connection: sqlite3.Connection, rows: "list[tuple[object, ...]]") -> None:
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def made(path: Path, page_bytes: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA page_size={page_bytes}")
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, n, a INTEGER, b INTEGER, c REAL, d TEXT, e BLOB)")
    return connection


def found(path: Path) -> list[Record]:
    with Pages(path) as pages:
        records = [record for record in pages.records() if len(record.values) == 7]
        assert not pages.harm
    return records


@pytest.mark.parametrize("page_bytes", [512, 4096, 65536])
def test_every_row_is_found(tmp_path: Path, page_bytes: int) -> None:
    path = tmp_path / "t.db"
    with closing(made(path, page_bytes)) as connection:
        write(connection, list(ROWS))
        write(connection, [(number, *ROWS[0][1:]) for number in range(100, 900)])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        told = Counter((key, None, *rest) for key, *rest in connection.execute("SELECT * FROM t"))
        assert Counter((record.rowid, *record.values) for record in found(path)) == told


def test_what_was_removed_does_not_come_back_and_what_is_in_the_log_does(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(made(path, 4096)) as connection:
        write(connection, [(number, None, 0, 0, 0.5, "old", b"z" * 900) for number in range(400)])
        connection.execute("DELETE FROM t WHERE id BETWEEN 100 AND 300")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert {record.rowid for record in found(path)} == {*range(100), *range(301, 400)}
        write(connection, [(1000, None, 0, 0, 0.5, "new", b"")])
        connection.execute("UPDATE t SET d = 'changed' WHERE id = 5")
        newest = {record.rowid: record.values[5] for record in found(path)}
        assert (newest[1000], newest[5]) == ("new", "changed")


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.db").touch()
    with Pages(tmp_path / "t.db") as pages:
        assert list(pages.records()) == []
