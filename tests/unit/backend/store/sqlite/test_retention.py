"""What goes when, and that the file stays under its cap whatever comes."""

from pathlib import Path

import numpy as np

from backend.model.delivery import StorageError
from backend.model.event import Event, EventKind
from backend.store.contract import Level
from backend.store.reader import open_reader
from backend.store.sqlite import Retention
from tests.support.town import DAY_MS, HOUR_MS, POWER, Town, town

START_MS = 20_700 * DAY_MS
MIB = 1024 * 1024


async def pour(place: Town, hours: range, seed: int = 1) -> None:
    """Noise that does not compress, five a second."""
    random = np.random.default_rng(seed)
    for hour in hours:
        at_ms = START_MS + hour * HOUR_MS + np.arange(0, HOUR_MS, 200)
        await place.write(place.power, at_ms.tolist(), random.normal(0, 1, len(at_ms)).tolist())
        await place.at(START_MS + (hour + 1) * HOUR_MS + 11_000)


async def test_levels_go_in_their_time_and_events_never(tmp_path: Path) -> None:
    keep = Retention(journal_days=1, raw_days=2, minute_days=4, quarter_days=6)
    async with town(tmp_path / "c.db", START_MS, retention=keep) as place, open_reader(tmp_path / "c.db") as reader:
        await place.write(place.power, [START_MS + i * 60_000 for i in range(60)], [5.0] * 60)
        await place.at(START_MS + 2 * HOUR_MS)

        async def left() -> tuple[int, ...]:
            counts = [len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS))]
            for level in Level:
                told = await reader.rollup(POWER.key, level, START_MS - DAY_MS, START_MS + HOUR_MS)
                counts.append(len(told.start_ms))
            return tuple(counts)

        assert await left() == (60, 60, 4, 1, 1)
        for days, expected in ((3, (0, 60, 4, 1, 1)), (5, (0, 0, 4, 1, 1)), (8, (0, 0, 0, 1, 1))):
            while place.clock.now_ms() < START_MS + days * DAY_MS:
                await place.at(place.clock.now_ms() + DAY_MS // 4)
            assert await left() == expected
        assert (await reader.events(0, 1 << 60))[-1].kind is EventKind.EPOCH_STARTED
        assert (await reader.state()).lost == 0


async def test_a_clock_ten_years_ahead_removes_nothing_at_once(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS) as place, open_reader(tmp_path / "c.db") as reader:
        await place.write(place.power, [START_MS + i * 60_000 for i in range(60)], [5.0] * 60)
        await place.at(START_MS + 2 * HOUR_MS)
        for minutes in range(1, 61):
            await place.at(START_MS + 3652 * DAY_MS + minutes * 60_000)
        assert len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)) == 60


async def test_the_file_stays_under_its_cap_and_says_what_went(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    keep = Retention(cap_bytes=8 * MIB)
    async with town(path, START_MS, retention=keep) as place, open_reader(path) as reader:
        told = Event(START_MS, EventKind.NODE_STARTED, "node")
        await place.store.commit((await reader.raw("none", 0, 1)), [told], [])
        await pour(place, range(48))
        state = await reader.state()
        assert path.stat().st_size <= 8 * MIB
        assert state.bytes_cap == 8 * MIB
        assert state.bytes_used <= 6.5 * MIB
        events = await reader.events(0, 1 << 60)
        lost = [event for event in events if event.kind is EventKind.DATA_LOST]
        assert state.lost == sum(int(event.data["count"] or 0) for event in lost) > 0
        rows = await reader.raw(POWER.key, START_MS, START_MS + 50 * HOUR_MS)
        assert len(rows) == 48 * 18_000 - state.lost
        assert int(rows.at_ms[0]) == max(int(event.data["to_ms"] or 0) for event in lost)
        hours = await reader.rollup(POWER.key, Level.HOUR, START_MS, START_MS + 50 * HOUR_MS)
        assert len(hours.start_ms) == 48
        assert told in events


async def accepted(place: Town, at_ms: list[int], values: list[float]) -> bool:
    try:
        await place.write(place.power, at_ms, values)
    except StorageError:
        return False
    return True


async def test_a_full_disk_keeps_nothing_halfway_and_recovers(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with town(path, START_MS, retention=Retention(cap_bytes=16 * MIB)) as place, open_reader(path) as reader:
        random = np.random.default_rng(1)
        kept = 0
        while await accepted(place, [START_MS + (kept + j) * 20 for j in range(900)], random.normal(0, 1, 900).tolist()):
            kept += 900
        assert len(await reader.raw(POWER.key, START_MS, START_MS + 2 * DAY_MS)) == kept
        await place.at(START_MS + 2 * DAY_MS)
        at_ms = START_MS + 2 * DAY_MS + 120_000
        await place.at(at_ms)
        await place.write(place.power, [at_ms], [4.5])
        assert (await reader.latest())[POWER.key].value == 4.5
