"""A store's file, backed up while it is written to and brought back: all of it, or nothing at all."""

import random
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from backend.identity.node_key import key_cabinet, open_node_key
from backend.model.delivery import StorageError
from backend.model.event import EventKind
from backend.store.backups import copying, store_file
from backend.store.backups.manifest import Manifest
from backend.store.backups.places import BackupError, workshop
from backend.store.backups.progress import Stage
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from backend.store.sqlite.lock import StoreLocked
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, POWER, Town, settle_in, town

START_MS = 20_700 * DAY_MS


def ignore(stage: Stage, done: int, total: int) -> None:
    """Nobody is waiting."""


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


async def write(place: Town, count: int, begin: int = 0) -> None:
    for i in range(begin, begin + count):
        await place.write(place.power, [START_MS + i * 1000 + j for j in range(50)], [float(i + j) for j in range(50)])


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    """Of a store that holds 50 batches of readings and was not closed."""
    async with town(tmp_path / "live" / "c.db", START_MS) as place:
        await write(place, 50)
        store_file.back_up(tmp_path / "live" / "c.db", tmp_path / "backup", START_MS + 1, ignore)
    return tmp_path / "backup"


async def test_a_store_comes_back_as_it_was_and_goes_on_in_a_new_epoch(backup: Path, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "c.db"
    manifest = store_file.restore(backup, cache, START_MS + 2, ignore)
    assert manifest == store_file.check(backup, ignore)
    assert (manifest.made_ms, manifest.contents.node, manifest.contents.rows["chunk"]) == (START_MS + 1, "school", 0)
    assert manifest.contents.batches == manifest.contents.rows["batch"] + manifest.contents.rows["defining"] > 50
    async with open_reader(cache) as reader:
        assert ((await reader.state()).sequence, (await reader.state()).epoch) == (
            manifest.contents.sequence,
            manifest.contents.epoch,
        )
        assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == 2500
    async with town(cache, START_MS + 3) as place, open_reader(cache) as reader:
        await write(place, 1, 60)
        assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == 2550
        (event, _) = [e for e in await reader.events(0, 1 << 60, "node") if e.kind is EventKind.EPOCH_STARTED]
        assert event.data["cause"] == "restored"
        assert (await reader.state()).epoch != manifest.contents.epoch
    assert names(tmp_path / "new") == {"c.db", "c.db.lock", "c.db.mark"}


async def test_a_backup_holds_no_key(tmp_path: Path) -> None:
    cache = tmp_path / "c.db"
    key = open_node_key(cache)
    async with open_store(cache, "school", FakeClock(START_MS), None, key) as store:
        await write(await settle_in(store, FakeClock(START_MS)), 5)
        store_file.back_up(cache, tmp_path / "backup", START_MS, ignore)
    store_file.restore(tmp_path / "backup", tmp_path / "new.db", START_MS, ignore)
    written = (tmp_path / "backup").read_bytes() + (tmp_path / "new.db").read_bytes()
    secret = key.private.private_bytes_raw()
    assert secret not in written
    assert secret.hex().encode() not in written
    assert b"PRIVATE" not in written
    assert key_cabinet(cache).load() is not None
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0


def test_nothing_is_written_over(backup: Path, tmp_path: Path) -> None:
    live, before = tmp_path / "live" / "c.db", backup.read_bytes()
    with pytest.raises(BackupError):
        store_file.back_up(live, backup, START_MS, ignore)
    with pytest.raises(BackupError):
        store_file.restore(backup, live, START_MS, ignore)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "c.db-wal").write_bytes(b"left over")
    with pytest.raises(BackupError):
        store_file.restore(backup, tmp_path / "half" / "c.db", START_MS, ignore)
    assert backup.read_bytes() == before
    assert same_rows(live, live)


async def test_a_running_node_keeps_its_place(backup: Path, tmp_path: Path) -> None:
    live = tmp_path / "live" / "c.db"
    async with town(live, START_MS + 9):
        with pytest.raises(StoreLocked):
            store_file.restore(backup, live, START_MS, ignore)


@pytest.mark.parametrize("stage", list(Stage))
def test_whoever_interrupts_leaves_nothing_half(backup: Path, tmp_path: Path, stage: Stage) -> None:
    def interrupt(at: Stage, done: int, total: int) -> None:
        if at is stage:
            raise KeyboardInterrupt

    before = names(tmp_path)
    work, source, target = store_file.restore, backup, tmp_path / "new.db"
    if stage in {Stage.COPYING, Stage.PACKING}:
        work, source, target = store_file.back_up, tmp_path / "live" / "c.db", tmp_path / "other"
    with pytest.raises(KeyboardInterrupt):
        work(source, target, START_MS, interrupt)
    assert names(tmp_path) - before <= {"new.db.lock"}


def test_any_damage_is_found_and_nothing_is_put_in_place(backup: Path, tmp_path: Path) -> None:
    whole, luck = backup.read_bytes(), random.Random(7)
    for number in range(60):
        damaged = bytearray(whole)
        for _ in range(luck.choice((1, 1, 40))):
            damaged[luck.randrange(len(damaged))] ^= 1 << luck.randrange(8)
        backup.write_bytes(damaged[: luck.randrange(len(damaged))] if number % 5 == 0 else damaged)
        try:
            store_file.restore(backup, tmp_path / "new.db", START_MS, ignore)
        except BackupError:
            assert not (tmp_path / "new.db").exists()
        else:
            # Nothing but what zip itself does not look at, such as a time of a member.
            assert same_rows(tmp_path / "new.db", tmp_path / "live" / "c.db")
            (tmp_path / "new.db").unlink()


def same_rows(one: Path, other: Path) -> bool:
    def rows(path: Path) -> list[bytes]:
        with closing(sqlite3.connect(path)) as connection:
            return [body for (body,) in connection.execute("SELECT body FROM batch ORDER BY first")]

    return rows(one) == rows(other)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE batch SET body = substr(body, 1, 200) || x'00' || substr(body, 202) WHERE first > 500",
        "UPDATE batch SET body = (SELECT body FROM batch WHERE first > 900) WHERE first BETWEEN 400 AND 500",
        "PRAGMA application_id=1",
        "DELETE FROM batch",
        "PRAGMA user_version=99",
    ],
)
def test_what_is_wrong_in_the_store_itself_is_never_backed_up(backup: Path, tmp_path: Path, harm: str) -> None:
    live = tmp_path / "live" / "c.db"
    with closing(sqlite3.connect(live)) as connection, connection:
        connection.execute(harm)
    with pytest.raises(StorageError):
        store_file.back_up(live, tmp_path / "other", START_MS, ignore)
    assert names(tmp_path) == {"backup", "live"}


def test_a_manifest_that_says_something_else_is_found_out(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        said, store = archive.read("manifest.json"), archive.read("store.sqlite.zst")
    with zipfile.ZipFile(backup, "w") as archive:
        archive.writestr("manifest.json", said.replace(b'"sequence": 2', b'"sequence": 3'))
        archive.writestr("store.sqlite.zst", store)
    with pytest.raises(BackupError, match="sequence"):
        store_file.check(backup, ignore)


async def test_a_long_log_makes_the_copy_look_away_a_few_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.db"
    monkeypatch.setattr(copying, "STEP_PAGES", 1)
    async with town(path, START_MS) as place:
        await write(place, 20)
        with closing(sqlite3.connect(path, isolation_level=None)) as busy:
            busy.execute("CREATE TABLE noise (page BLOB)")
            made: list[Manifest] = []

            def interfere(stage: Stage, done: int, total: int) -> None:
                if stage is Stage.COPYING:
                    busy.execute("INSERT INTO noise VALUES (zeroblob(100000))")

            monkeypatch.setattr(copying, "LOG_MAY_GROW", (1, 1))
            with pytest.raises(BackupError, match="faster"):
                store_file.back_up(path, tmp_path / "backup", START_MS, interfere)
            monkeypatch.setattr(copying, "LOG_MAY_GROW", (1, 1 << 30))
            made.append(store_file.back_up(path, tmp_path / "backup", START_MS, interfere))
    assert store_file.check(tmp_path / "backup", ignore) == made[0]


def test_there_is_nothing_to_back_up_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        store_file.back_up(tmp_path / "none.db", tmp_path / "backup", START_MS, ignore)
    with pytest.raises(BackupError):
        store_file.check(Path(__file__), ignore)
    assert names(tmp_path) == set()


def test_what_a_killed_backup_left_behind_goes_with_the_next_and_what_is_under_way_stays(tmp_path: Path) -> None:
    (left := tmp_path / ".monday.x.draft").mkdir()
    (left / ".held").touch()
    (left / "store").touch()
    (strange := tmp_path / ".letter.draft").mkdir()
    with workshop(tmp_path / "tuesday") as first, workshop(tmp_path / "tuesday") as second:
        assert names(tmp_path) == {first.name, second.name, strange.name}
    assert names(tmp_path) == {strange.name}
