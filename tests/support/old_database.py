"""Databases as earlier versions of the program left them: their tables, with what is in those of a newer one."""

from typing import Any

import asyncpg

from backend.store.postgres.schema import MIGRATIONS

PARTITIONS = (
    "SELECT p.relname, c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " JOIN pg_class p ON p.oid = i.inhparent WHERE c.relkind = 'r' ORDER BY 2"
)
COLUMNS = (
    "SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped"
    " AND attgenerated = '' ORDER BY attnum"
)
IDENTITIES = "SELECT table_name, column_name FROM information_schema.columns WHERE is_identity = 'YES'"


async def as_version(newest: str, old: str, version: int) -> None:
    """Make an empty database one of an earlier version that holds what the newest one does; with its mixed fragments, if any."""
    source, target = await asyncpg.connect(newest), await asyncpg.connect(old)
    try:
        await target.execute("CREATE TABLE migration (version BIGINT PRIMARY KEY)")
        for number, migration in enumerate(MIGRATIONS[:version], 1):
            for statement in migration:
                await target.execute(statement)
            await target.execute("INSERT INTO migration (version) VALUES ($1)", number)
        for parent, name, bounds in await source.fetch(PARTITIONS):
            await target.execute(f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)")
            await target.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} {bounds}")
        await _copy(source, target)
    finally:
        await source.close()
        await target.close()


async def _copy(source: Any, target: Any) -> None:
    sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = $1 AND NOT relispartition"
    tables = [name for kind in (b"p", b"r") for (name,) in await target.fetch(sql, kind)]
    # What others refer to comes first.
    for table in sorted(set(tables) - {"migration"}, key=lambda name: name != "origin"):
        columns = [name for (name,) in await target.fetch(COLUMNS, table)]
        rows = await source.fetch(f"SELECT {', '.join(columns)} FROM {table}")
        await target.copy_records_to_table(table, records=[tuple(row) for row in rows], columns=columns)
    for table, column in await target.fetch(IDENTITIES):
        await target.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))")
