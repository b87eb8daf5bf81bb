"""Late data lands at its own time, and every roll-up becomes what it would have been."""

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.model.event import EventKind
from backend.store.contract import Level, Reader
from backend.store.reader import open_reader
from backend.store.sqlite import Retention
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER, Town, town

START_MS = 20_700 * DAY_MS
MINUTE_MS = 60_000
HOURS = 6
ALL = [(POWER.key, level) for level in Level] + [(ENERGY.key, level) for level in Level]


async def figures(reader: Reader) -> list[list[list[float | None]]]:
    found: list[list[list[float | None]]] = []
    for key, level in ALL:
        told = await reader.rollup(key, level, START_MS - DAY_MS, START_MS + 2 * DAY_MS)
        columns = (told.start_ms, told.minimum, told.mean, told.maximum, told.energy, told.coverage)
        found.append([[None if np.isnan(figure) else round(float(figure), 9) for figure in column] for column in columns])
    return found


def counting(minutes: list[int]) -> tuple[list[int], list[float]]:
    return [START_MS + minute * MINUTE_MS + 700 for minute in minutes], [5000 + 3.0 * minute for minute in minutes]


def wandering(minutes: list[int]) -> tuple[list[int], list[float]]:
    return [START_MS + minute * MINUTE_MS + 300 for minute in minutes], [(minute * 37 % 101) / 10 for minute in minutes]


async def write(place: Town, minutes: list[int]) -> None:
    if minutes:
        await place.write(place.power, *wandering(minutes))
        await place.write(place.energy, *counting(minutes))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=st.sets(st.integers(0, HOURS * 60 - 1), max_size=90), whole_hour=st.integers(0, HOURS), seed=st.randoms())
async def test_late_or_not_makes_no_difference(tmp_path: Path, late: set[int], whole_hour: int, seed: object) -> None:
    late = late | set(range(whole_hour * 60, min(whole_hour * 60 + 60, HOURS * 60)))
    every = list(range(HOURS * 60))
    name = f"{abs(hash((frozenset(late), id(seed))))}"
    async with town(tmp_path / f"{name}a.db", START_MS) as place, open_reader(tmp_path / f"{name}a.db") as reader:
        await write(place, every)
        await place.at(START_MS + 2 * DAY_MS)
        expected = await figures(reader)
    async with town(tmp_path / f"{name}b.db", START_MS) as place, open_reader(tmp_path / f"{name}b.db") as reader:
        await write(place, [minute for minute in every if minute not in late])
        await place.at(START_MS + 2 * DAY_MS)
        shuffled = sorted(late, key=lambda minute: minute * 7919 % 360)
        await write(place, shuffled[::2])
        await place.at(START_MS + 2 * DAY_MS + 400_000)
        await write(place, shuffled[1::2])
        await place.at(START_MS + 2 * DAY_MS + 800_000)
        assert await figures(reader) == expected
        assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == len(every)


async def test_what_is_late_counts_before_it_is_folded(tmp_path: Path) -> None:
    every = list(range(HOURS * 60))
    async with town(tmp_path / "late.db", START_MS) as place, open_reader(tmp_path / "late.db") as reader:
        await write(place, every[:120] + every[180:])
        await place.at(START_MS + 2 * DAY_MS)
        await write(place, every[120:180])
        assert (await reader.state()).unfolded > 0
        waiting = await figures(reader)
        place.clock.advance(400)
        while await place.store.fold():
            assert waiting == await figures(reader)
        assert (await reader.state()).unfolded == 0
        assert waiting == await figures(reader)


async def test_the_next_hours_first_difference_is_mended(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS) as place, open_reader(tmp_path / "c.db") as reader:
        await write(place, [*range(50), *range(60, 120)])
        await place.at(START_MS + 3 * HOUR_MS)
        told = await reader.rollup(ENERGY.key, Level.HOUR, START_MS, START_MS + 2 * HOUR_MS)
        assert told.energy.tolist() == [147.0, 177.0]  # 33 Wh between them belong to no hour.
        await write(place, list(range(50, 60)))
        await place.at(START_MS + 3 * HOUR_MS + 400_000)
        told = await reader.rollup(ENERGY.key, Level.HOUR, START_MS, START_MS + 2 * HOUR_MS)
        assert told.energy.tolist() == [177.0, 180.0]


async def test_a_register_read_on_the_hour_speaks_of_the_time_before(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS, "UTC") as place, open_reader(tmp_path / "c.db") as reader:
        minutes = list(range(24 * 60 + 120))
        await place.write(place.energy, [START_MS + m * MINUTE_MS for m in minutes], [10.0 * m for m in minutes])
        for now_ms in (START_MS + DAY_MS + 2 * HOUR_MS, START_MS + 3 * DAY_MS):
            await place.at(now_ms)
            for level, expected in ((Level.MINUTE, 10.0), (Level.QUARTER, 150.0), (Level.HOUR, 600.0), (Level.DAY, 14_400.0)):
                told = await reader.rollup(ENERGY.key, level, START_MS, START_MS + DAY_MS)
                assert set(told.energy.tolist()) == {expected}, level


async def test_the_same_instant_twice_is_kept_once_and_the_later_counts(tmp_path: Path) -> None:
    async with town(tmp_path / "c.db", START_MS) as place, open_reader(tmp_path / "c.db") as reader:
        await place.write(place.power, [START_MS + 1000, START_MS + 2000], [1.0, 2.0])
        await place.write(place.power, [START_MS + 1000], [7.0])
        for now_ms in (START_MS + 10_000, START_MS + 400_000, START_MS + 2 * HOUR_MS):
            await place.at(now_ms)
            assert (await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [7.0, 2.0]
        await place.write(place.power, [START_MS + 2000], [9.0])
        await place.at(START_MS + 3 * HOUR_MS)
        assert (await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [7.0, 9.0]


async def test_beyond_raw_retention_totals_stay_and_an_event_tells(tmp_path: Path) -> None:
    keep = Retention(raw_days=2)
    async with town(tmp_path / "c.db", START_MS, retention=keep) as place, open_reader(tmp_path / "c.db") as reader:
        await write(place, list(range(60)))
        await place.at(START_MS + 2 * HOUR_MS)
        before = await figures(reader)
        for days in range(1, 5):
            await place.at(START_MS + days * DAY_MS)
        assert len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)) == 0
        await place.write(place.power, [START_MS + 30_500], [4000.0])
        await place.at(START_MS + 4 * DAY_MS + 2 * HOUR_MS)
        assert await figures(reader) == before
        events = await reader.events(0, 1 << 60, POWER.key)
        assert [(event.kind, event.data["count"]) for event in events] == [(EventKind.DATA_LATE, 1)]
