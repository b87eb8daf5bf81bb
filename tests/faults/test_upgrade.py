"""Changes of version and of settings (R10): whatever breaks off, the backlog is there, and nothing newer is touched."""

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest

from backend.model.delivery import StorageError
from backend.store.sqlite import database
from backend.store.sqlite.database import Database
from backend.store.sqlite.ledger import Ledger
from backend.store.sqlite.schema import MIGRATIONS, VERSION
from tests.support.clock import FakeClock
from tests.support.folders import quick_folder
from tests.support.harm import KEEP, Past, make_past, recover, without_log
from tests.support.node_process import ROOT, free_ports
from tests.support.old_cache import as_version
from tests.support.power import Act, Deed, Disk, RecordingDisk
from tests.support.recorded import RecordedConnection, Rows, connect_to
from tests.support.small_site import write_settings

SHORT = 40
BEFORE = 2
"""Entries of the record that bring the old file there."""


@pytest.fixture(scope="module")
def past() -> Generator[Past]:
    with quick_folder() as folder:
        yield asyncio.run(make_past(folder, seed=3, node_days=1))


def old_file(past: Past, folder: Path, version: int) -> Path:
    newest, old = past.copy(folder), folder / f"v{version}.db"
    without_log(newest)
    as_version(newest, old, version)
    return old


def migrating(
    old: Path, folder: Path, name: str, past: Past, connection: type[RecordedConnection] = RecordedConnection
) -> list[Act]:
    """Everything that opening an old file does to the disk, from the file itself on."""
    disk = RecordingDisk(name)
    content = old.read_bytes()
    disk.files["c.db"] = bytearray(content)
    disk.record += [Act(Deed.WRITE, "c.db", 0, content), Act(Deed.SYNC, "c.db")]
    connect = connect_to(disk) if connection is RecordedConnection else _connect_as(disk, connection)
    beside = folder / "beside"
    beside.mkdir(exist_ok=True)
    ledger = Ledger(Database(beside / f"{name}/c.db", connect=connect), "school", FakeClock(past.end_ms), KEEP)
    (beside / name).mkdir()
    ledger.open()
    ledger.close()
    return disk.record


def _connect_as(disk: RecordingDisk, kind: type[RecordedConnection]) -> database.Connect:
    return lambda path: cast("sqlite3.Connection", kind(disk, path, {}))


async def losses(record: list[Act], folder: Path, past: Past, moments: list[int], luck: random.Random) -> int:
    """Interrupt at each of these moments; how often something is missing, or the store cannot be opened, afterwards."""
    bad, disk = 0, Disk()
    for done, moment in pairwise([0, *moments]):
        for act in record[done:moment]:
            disk.take(act)
        disk.lose_power(folder, luck)
        try:
            found = await recover(folder / "c.db", past)
        except StorageError:
            bad += 1
            continue
        bad += bool(past.facts - set(found.facts)) or found.untrue(past) > 0 or "damaged" in found.causes
    return bad


@pytest.mark.parametrize("version", range(1, VERSION))
async def test_a_migration_that_breaks_off_anywhere_loses_nothing(
    past: Past, tmp_path: Path, ram: Path, times: int | None, seed: int, version: int
) -> None:
    luck = random.Random(seed)
    record = migrating(old_file(past, tmp_path, version), tmp_path, f"v{version} {seed}", past)
    every = range(BEFORE, len(record) + 1)
    moments = sorted(luck.sample(every, min(len(every), (times or SHORT) // (VERSION - 1))))
    print(f"{len(moments)} of {len(every)} moments")  # noqa: T201
    assert await losses(record, ram, past, moments, luck) == 0


async def test_a_migration_that_destroys_is_found_out(
    past: Past, tmp_path: Path, ram: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = old_file(past, tmp_path, 1)
    destroying = (MIGRATIONS[0], ("DELETE FROM batch", *MIGRATIONS[1]), *MIGRATIONS[2:])
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", destroying)
        record = migrating(old, tmp_path, f"destroying {seed}", past)
    assert await losses(record, ram, past, [len(record)], random.Random(seed)) == 1


class Piecemeal(RecordedConnection):
    """A planted fault: every statement of a migration stands alone."""

    _swallowed = False

    def execute(self, sql: str, values: "tuple[object, ...]" = ()) -> Rows:
        if sql == "BEGIN IMMEDIATE":
            self._swallowed = super().execute("PRAGMA user_version").fetchone()[0] < VERSION
        return super().execute("SELECT 1" if self._swallowed and sql in ("BEGIN IMMEDIATE", "COMMIT") else sql, values)


async def test_a_migration_in_pieces_is_found_out(past: Past, tmp_path: Path, ram: Path, seed: int) -> None:
    record = migrating(old_file(past, tmp_path, 1), tmp_path, f"pieces {seed}", past, Piecemeal)
    moments = list(range(BEFORE, len(record), max(1, len(record) // 25)))
    assert await losses(record, ram, past, moments, random.Random(seed)) > 0


def run_node(settings: Path, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "node", "--settings", str(settings)]
    environment = {"ENEMADO_DATA": str(data), "PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_newer_cache_and_wrong_settings_are_refused_clearly_and_change_nothing(past: Past, tmp_path: Path) -> None:
    modbus, ocpp = free_ports(2)
    settings = write_settings(tmp_path, modbus, ocpp)
    cache = tmp_path / "node.enemado"
    newest = past.copy(tmp_path)
    without_log(newest)
    newest.rename(cache)
    with closing(sqlite3.connect(cache)) as connection:
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
    before = cache.read_bytes()
    refused = run_node(settings, tmp_path / "data")
    assert refused.returncode == 1
    assert f"format {VERSION + 1}" in refused.stderr
    settings.write_text(settings.read_text().replace("interval_s: 0.5", "interval_s: soon"))
    wrong = run_node(settings, tmp_path / "data")
    assert wrong.returncode == 2
    assert "interval_s" in wrong.stderr
    assert "Traceback" not in refused.stderr + wrong.stderr
    assert cache.read_bytes() == before
