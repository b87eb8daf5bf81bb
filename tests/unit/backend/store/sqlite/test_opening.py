"""Who may open the file, and what is done with files that are no good."""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from backend.model.columns import Columns
from backend.model.delivery import StorageError
from backend.model.event import EventKind
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from backend.store.sqlite.database import StoreNewer
from backend.store.sqlite.lock import StoreLocked
from backend.store.sqlite.schema import VERSION
from backend.store.tiers.meta import Meta
from backend.wire.batch import FIRST_PREDECESSOR, read_hash, read_header, unseal
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, POWER, town

START_MS = 20_700 * DAY_MS
HOLDER = """
import asyncio, sys
from pathlib import Path
from tests.support.town import town

async def main():
    async with town(Path(sys.argv[1]), 20_700 * 86_400_000) as place:
        i = 0
        while True:
            i += 1
            await place.write(place.power, [20_700 * 86_400_000 + i], [float(i)])
            sys.stdout.write(f"{i}\\n")
            sys.stdout.flush()

asyncio.run(main())
"""


def names(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


async def test_a_second_node_is_told_who_holds_the_file(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS):
        with pytest.raises(StoreLocked) as refused:
            async with town(tmp_path / "c.db", START_MS):
                pass
        assert refused.value.message.values["pid"] == os.getpid()
        assert "2026-09-04T00:00:00" in str(refused.value)
    async with town(tmp_path / "c.db", START_MS):
        pass


async def test_kill_9_frees_the_lock_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, str(path), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(50)]
    with pytest.raises(StoreLocked, match=str(process.pid)):
        async with town(path, START_MS):
            pass
    process.kill()
    rest, _ = await process.communicate()
    acknowledged = int((b"".join(lines) + rest).rpartition(b"\n")[0].split()[-1])
    async with town(path, START_MS) as place, open_reader(path) as reader:
        rows = await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)
        assert rows.value.tolist()[:acknowledged] == [float(i + 1) for i in range(acknowledged)]
        assert len(rows) <= acknowledged + 1
        await place.write(place.power, [START_MS + 3_600_000], [1.0])


async def test_a_file_of_a_newer_program_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with town(path, START_MS):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
    connection.close()
    with pytest.raises(StoreNewer) as refused:
        async with open_store(path, "n", FakeClock()):
            pass
    assert refused.value.message.values["found"] == VERSION + 1
    with pytest.raises(StorageError):
        async with open_reader(path):
            pass
    assert [name for name in names(tmp_path) if "damaged" in name] == []


@pytest.mark.parametrize("harm", ["header", "cut", "garbage", "last batch"])
async def test_a_damaged_file_is_kept_and_work_goes_on_with_what_is_left(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "c.db"
    async with town(path, START_MS) as place:
        for i in range(200):
            await place.write(place.power, [START_MS + i * 1000 + j for j in range(50)], [i * 1.5] * 50)
    data = path.read_bytes()
    match harm:
        case "header":
            path.write_bytes(b"\0" * 64 + data[64:])
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "garbage":
            path.write_bytes(data[:4096] + os.urandom(len(data) - 4096))
        case _:
            with sqlite3.connect(path) as connection:
                connection.execute("UPDATE batch SET body = zeroblob(500) WHERE first = (SELECT max(first) FROM batch)")
            connection.close()
            data = path.read_bytes()
    async with town(path, START_MS + 10_000) as place, open_reader(path) as reader:
        await place.write(place.power, [START_MS + 999_999], [1.0])
        left = len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) - 1
        assert left == 10_000 if harm == "header" else 0 <= left <= 10_000
        events = await reader.events(0, 1 << 60, "node")
        (event,) = (event for event in events if event.data.get("cause") == "damaged" and "kept" in event.data)
        assert event.kind is EventKind.EPOCH_STARTED
        kept = tmp_path / str(event.data["kept"])
        assert kept.stat().st_size == path_size(harm, data)


def path_size(harm: str, data: bytes) -> int:
    return len(data) // 2 if harm == "cut" else len(data)


async def test_a_restored_file_goes_on_in_a_new_epoch_and_the_old_chain_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with town(path, START_MS) as place:
        await place.write(place.power, [START_MS], [1.0])
    before = bodies(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (Meta.RESTORED, START_MS + 1))
    connection.close()
    for start_ms in (START_MS + 1, START_MS + 2):
        async with town(path, start_ms) as place, open_reader(path) as reader:
            await place.write(place.power, [start_ms], [2.0])
            started = [e for e in await reader.events(0, 1 << 60, "node") if e.kind is EventKind.EPOCH_STARTED]
            assert [(e.at_ms, e.data["cause"]) for e in started] == [(START_MS + 1, "restored"), (START_MS, "new")]
            assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == start_ms - START_MS + 1
    after = bodies(path)
    assert after[: len(before)] == before
    predecessor, former = FIRST_PREDECESSOR, unseal(before[0]).header.epoch
    for body in after[len(before) :]:
        assert unseal(body, predecessor).header.epoch != former
        predecessor = read_hash(body)


async def test_own_chains_are_registered_and_another_name_begins_another_chain(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    for name in ("school", "school", "annex"):
        async with open_store(path, name, FakeClock(START_MS)) as store:
            await store.commit(Columns.empty(), [], [])
    headers = [read_header(body) for body in bodies(path)]
    begun = [header for header in headers if header.predecessor == FIRST_PREDECESSOR]
    with closing(sqlite3.connect(path)) as connection:
        known = connection.execute("SELECT node, epoch, own, start FROM origin ORDER BY number").fetchall()
    assert known == [(header.node, header.epoch, 1, header.first) for header in begun]
    assert [header.node for header in begun] == ["school", "annex"]


async def test_a_file_from_before_chains_were_registered_goes_on_in_its_chain(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with town(path, START_MS):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM origin")
    connection.close()
    async with town(path, START_MS):
        pass
    with closing(sqlite3.connect(path)) as connection:
        known = connection.execute("SELECT node, epoch, own, start FROM origin").fetchall()
    first = read_header(bodies(path)[0])
    assert known == [("school", first.epoch, 1, 1)]


def bodies(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM batch ORDER BY rowid")]


async def test_there_is_no_reader_without_a_cache(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        async with open_reader(tmp_path / "none.db"):
            pass
    assert names(tmp_path) == []


async def test_the_lock_says_who(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS):
        said = json.loads((tmp_path / "c.db.lock").read_text())
        assert said["pid"] == os.getpid()
        assert said["since_ms"] == START_MS
