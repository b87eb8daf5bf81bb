"""Cache files as earlier versions of the program wrote them: their tables, and bytes without check sums."""

import sqlite3
from contextlib import closing
from pathlib import Path

from backend.store.checksums import without_sum
from backend.store.rollups import unpack_stats
from backend.store.sqlite.schema import APPLICATION_ID, MIGRATIONS
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, fragment_parts

LATER_BYTES = {
    "chunk": "SELECT id, readings, body FROM chunk",
    "fragment": "SELECT id, readings, body FROM fragment",
    "minute": "SELECT id, 0, body FROM minute",
    "quarter": "SELECT id, 0, body FROM quarter",
    "hour": "SELECT id, 0, body FROM hour",
    "latest": "SELECT id, readings, body FROM latest",
}


def as_version(newest: Path, old: Path, version: int) -> None:
    """Write what a cache without a log holds as a file of an earlier version."""
    with closing(sqlite3.connect(old, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for migration in MIGRATIONS[:version]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={version}")
        connection.execute("ATTACH ? AS newest", (str(newest),))
        tables = [name for (name,) in connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            connection.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newest.{table}")
        connection.execute("DETACH newest")
        _forget_sums(connection)


def _forget_sums(connection: sqlite3.Connection) -> None:
    for table, sql in LATER_BYTES.items():
        for key, readings, body in connection.execute(sql).fetchall():
            about = _about(table, key, readings)
            connection.execute(f"UPDATE {table} SET body = ? WHERE id = ?", (without_sum(body, *about), key))
            if table in ("minute", "quarter", "hour"):
                unpack_stats(without_sum(body, *about), key)
    for key, counter in connection.execute("SELECT id, counter FROM chunk WHERE counter IS NOT NULL").fetchall():
        connection.execute("UPDATE chunk SET counter = ? WHERE id = ?", (without_sum(counter, key), key))


def _about(table: str, key: int, readings: int) -> tuple[int, ...]:
    """What the sum of a row is over, besides its bytes."""
    match table:
        case "chunk":
            return key >> POINT_BITS, key & LARGEST_POINT, readings
        case "fragment":
            return fragment_parts(key)[0], readings
        case "latest":
            return (readings,)
        case _:
            return (key,)
