"""Late data lands at its own time, and every roll-up becomes what it would have been."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.model.event import EventKind
from backend.store.contract import Level, Reader
from backend.store.sqlite import Retention
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER, Town

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
@given(late=st.sets(st.integers(0, HOURS * 60 - 1), max_size=90), whole_hour=st.integers(0, HOURS))
async def test_late_or_not_makes_no_difference(shop: Shop, late: set[int], whole_hour: int) -> None:
    late = late | set(range(whole_hour * 60, min(whole_hour * 60 + 60, HOURS * 60)))
    every = list(range(HOURS * 60))
    punctual, tardy = shop.another(), shop.another()
    async with town(punctual, START_MS) as place, punctual.reader() as reader:
        await write(place, every)
        await place.at(START_MS + 2 * DAY_MS)
        expected = await figures(reader)
    async with town(tardy, START_MS) as place, tardy.reader() as reader:
        await write(place, [minute for minute in every if minute not in late])
        await place.at(START_MS + 2 * DAY_MS)
        shuffled = sorted(late, key=lambda minute: minute * 7919 % 360)
        await write(place, shuffled[::2])
        await place.at(START_MS + 2 * DAY_MS + 400_000)
        await write(place, shuffled[1::2])
        await place.at(START_MS + 2 * DAY_MS + 800_000)
        assert await figures(reader) == expected
        assert len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)) == len(every)


async def test_what_is_late_counts_before_it_is_folded(shop: Shop) -> None:
    every = list(range(HOURS * 60))
    async with town(shop, START_MS) as place, shop.reader() as reader:
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


async def test_the_next_hours_first_difference_is_mended(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        await write(place, [*range(50), *range(60, 120)])
        await place.at(START_MS + 3 * HOUR_MS)
        told = await reader.rollup(ENERGY.key, Level.HOUR, START_MS, START_MS + 2 * HOUR_MS)
        assert told.energy.tolist() == [147.0, 177.0]  # 33 Wh between them belong to no hour.
        await write(place, list(range(50, 60)))
        await place.at(START_MS + 3 * HOUR_MS + 400_000)
        told = await reader.rollup(ENERGY.key, Level.HOUR, START_MS, START_MS + 2 * HOUR_MS)
        assert told.energy.tolist() == [177.0, 180.0]


async def test_a_register_read_on_the_hour_speaks_of_the_time_before(shop: Shop) -> None:
    async with town(shop, START_MS, "UTC") as place, shop.reader() as reader:
        minutes = list(range(24 * 60 + 120))
        await place.write(place.energy, [START_MS + m * MINUTE_MS for m in minutes], [10.0 * m for m in minutes])
        for now_ms in (START_MS + DAY_MS + 2 * HOUR_MS, START_MS + 3 * DAY_MS):
            await place.at(now_ms)
            for level, expected in ((Level.MINUTE, 10.0), (Level.QUARTER, 150.0), (Level.HOUR, 600.0), (Level.DAY, 14_400.0)):
                told = await reader.rollup(ENERGY.key, level, START_MS, START_MS + DAY_MS)
                assert set(told.energy.tolist()) == {expected}, level


async def test_the_same_instant_twice_is_kept_once_and_the_later_counts(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        await place.write(place.power, [START_MS + 1000, START_MS + 2000], [1.0, 2.0])
        await place.write(place.power, [START_MS + 1000], [7.0])
        for now_ms in (START_MS + 10_000, START_MS + 400_000, START_MS + 2 * HOUR_MS):
            await place.at(now_ms)
            assert (await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [7.0, 2.0]
        await place.write(place.power, [START_MS + 2000], [9.0])
        await place.at(START_MS + 3 * HOUR_MS)
        assert (await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)).value.tolist() == [7.0, 9.0]


async def test_beyond_raw_retention_totals_stay_and_an_event_tells(shop: Shop) -> None:
    keep = Retention(raw_days=2)
    async with town(shop, START_MS, retention=keep) as place, shop.reader() as reader:
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


async def test_what_comes_for_a_time_long_ago_that_had_nothing_is_kept_as_long_as_fresh_readings(shop: Shop) -> None:
    long_ago_ms = START_MS - 6000 * DAY_MS
    keep = Retention(raw_days=2, minute_days=4, quarter_days=6)
    async with town(shop, START_MS, retention=keep) as place, shop.reader() as reader:
        await write(place, list(range(60)))
        await place.at(START_MS + DAY_MS)
        for half in (range(30), range(30, 60)):
            await place.write(place.power, [long_ago_ms + minute * 60_000 for minute in half], [1000.0 + each for each in half])
            early = await reader.rollup(POWER.key, Level.HOUR, long_ago_ms, long_ago_ms + HOUR_MS)
            await place.at(place.clock.now_ms() + 10 * 60_000)
            late = await reader.rollup(POWER.key, Level.HOUR, long_ago_ms, long_ago_ms + HOUR_MS)
            assert early.maximum.tolist() == late.maximum.tolist() == [1000.0 + half[-1]]
        await place.at(START_MS + 2 * DAY_MS + 21 * HOUR_MS)
        assert len(await reader.raw(POWER.key, long_ago_ms, long_ago_ms + HOUR_MS)) == 60
        await place.at(START_MS + 4 * DAY_MS)
        assert len(await reader.raw(POWER.key, long_ago_ms, long_ago_ms + HOUR_MS)) == 0
        assert len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)) == 0
        hour = await reader.rollup(POWER.key, Level.HOUR, long_ago_ms, long_ago_ms + HOUR_MS)
        assert hour.maximum.tolist() == [1059.0]
        await place.write(place.power, [long_ago_ms + 500], [9000.0])
        await place.at(START_MS + 5 * DAY_MS)
        assert (await reader.rollup(POWER.key, Level.HOUR, long_ago_ms, long_ago_ms + HOUR_MS)).maximum.tolist() == [1059.0]
        events = await reader.events(0, 1 << 60, POWER.key)
        assert [(event.kind, event.data["count"]) for event in events] == [(EventKind.DATA_LATE, 1)]
