"""Every batch that a node commits carries its signature, whatever is in it; older files are taken over."""

import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from backend.identity.node_key import NodeKey, open_node_key
from backend.model.columns import Columns
from backend.store.sqlite import open_store
from backend.store.sqlite.schema import MIGRATIONS, VERSION
from backend.wire.batch import FIRST_PREDECESSOR, unseal
from backend.wire.signature import Forged, verify
from tests.support.clock import FakeClock
from tests.support.town import settle_in


def batches(path: Path) -> list[tuple[bytes, bytes | None]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT body, envelope FROM batch ORDER BY first").fetchall()


async def write(path: Path, key: NodeKey | None) -> None:
    """Some readings, and a heartbeat without any."""
    async with open_store(path, "school", FakeClock(), signer=key) as store:
        town = await settle_in(store, FakeClock())
        await town.write(town.power, [1, 2, 3], [1.0, 2.0, 3.0])
        await store.commit(Columns.empty())


async def test_every_batch_is_signed(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    key = open_node_key(path)
    await write(path, key)
    found = batches(path)
    assert len(found) >= 3
    predecessor = FIRST_PREDECESSOR
    for body, envelope in found:
        assert envelope is not None
        verify(envelope, body, key.private.public_key())
        predecessor = unseal(body, predecessor).hash
    with pytest.raises(Forged):
        verify(found[0][1] or b"", found[1][0], key.private.public_key())


async def test_a_file_of_the_first_version_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    await write(path, None)
    with closing(sqlite3.connect(path)) as connection:
        for table in ("origin", "received", "held", "delivered", "defining", "translation", "claim", "hole"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE batch DROP COLUMN envelope")
        for table, column in product(("document", "point"), ("origin", "sequence", "sealed_ms")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("PRAGMA user_version=1")
    before = len(batches_without(path))
    key = open_node_key(path)
    await write(path, key)
    found = batches(path)
    assert [envelope is None for _, envelope in found] == [True] * before + [False] * (len(found) - before)
    assert VERSION == len(MIGRATIONS) >= 2


def batches_without(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM batch")]
