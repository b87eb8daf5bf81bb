"""The same answer from journal, fragments and chunks, and after the file was closed and opened."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from backend.model.columns import Columns
from backend.model.derived import derived_device
from backend.model.event import Event, EventKind
from backend.model.point import Point
from backend.model.quality import Quality
from backend.model.quantities import GENERATION_POWER
from backend.store.contract import Level, Reader
from tests.contract.store.shops import Shop, town
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER, Town

MIDNIGHT_MS = 20_700 * DAY_MS - 9 * HOUR_MS
"""In Japan."""
DERIVED = Point(derived_device("school"), GENERATION_POWER)


async def fill(place: Town, first_hour: int, hours: int) -> None:
    """A power of 1200.5 W and a register that counts 20 Wh a minute, once a minute, with a hole of half an hour."""
    for hour in range(first_hour, first_hour + hours):
        start = MIDNIGHT_MS + hour * HOUR_MS
        minutes = [m for m in range(60) if not (hour == 7 and 10 <= m < 40)]
        at_ms = [start + minute * 60_000 + 500 for minute in minutes]
        await place.write(place.power, at_ms, [1200.5 + minute for minute in minutes])
        await place.write(place.energy, at_ms, [1000 + 20.0 * (hour * 60 + minute) for minute in minutes])
        await place.at(start + HOUR_MS + 11_000)


async def answers(reader: Reader) -> dict[str, object]:
    end = MIDNIGHT_MS + DAY_MS
    found: dict[str, object] = {}
    for key in (POWER.key, ENERGY.key):
        raw = await reader.raw(key, MIDNIGHT_MS, end)
        found[f"{key} raw"] = (raw.at_ms.tolist(), raw.value.tolist())
        for level in Level:
            told = await reader.rollup(key, level, MIDNIGHT_MS, end)
            columns = (told.minimum, told.mean, told.maximum, told.energy, told.coverage)
            figures = [[None if np.isnan(figure) else round(float(figure), 9) for figure in column] for column in columns]
            found[f"{key} {level}"] = [told.start_ms.tolist(), *figures]
    day = date(2026, 9, 4)
    found["energy"] = await reader.energy_by_day([ENERGY.key], day, day)
    return found


async def test_readings_of_the_last_minute_are_there_before_any_fold(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS + 30_000) as place, shop.reader() as reader:
        await place.write(place.power, [MIDNIGHT_MS + 1000, MIDNIGHT_MS + 20_000], [5.5, np.nan])
        latest = await reader.latest()
        assert latest[POWER.key].value is None
        assert latest[POWER.key].quality is Quality.BAD_COMMUNICATION_ERROR
        assert (await reader.raw(POWER.key, MIDNIGHT_MS, MIDNIGHT_MS + 10_000)).value.tolist() == [5.5]
        assert (await reader.state()).unfolded == 2


async def test_folding_changes_no_answer(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        for hour in range(0, 24, 4):
            start = MIDNIGHT_MS + hour * HOUR_MS
            at_ms = [start + minute * 60_000 for minute in range(60)]
            await place.write(place.energy, at_ms, [hour * 100.0 + minute for minute in range(60)])
            await place.write(place.power, at_ms, [hour + minute / 10 for minute in range(60)])
        before = await answers(reader)
        await place.at(MIDNIGHT_MS + DAY_MS + 2 * HOUR_MS)
        async with shop.reader() as fresh:
            after, of_fresh = await answers(reader), await answers(fresh)
        assert (await reader.state()).unfolded == 0
        assert before == after == of_fresh


async def test_what_events_say_is_lost_is_counted(shop: Shop) -> None:
    async with shop.open("node", FakeClock(MIDNIGHT_MS)) as store, shop.reader() as reader:
        lost = [Event(MIDNIGHT_MS, EventKind.DATA_LOST, "node", {"count": count, "cause": "storage"}) for count in (5, 7)]
        await store.commit(Columns.empty(), lost, ())
        await store.commit(Columns.empty(), lost[:1], ())
        assert (await reader.state()).lost == 17


async def test_everything_survives_closing(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS) as place:
        await fill(place, 0, 20)
        async with shop.reader() as reader:
            before, state = await answers(reader), await reader.state()
    async with shop.reader() as reader:
        assert await answers(reader) == before
        assert (await reader.state()) == state
    async with town(shop, MIDNIGHT_MS + 20 * HOUR_MS + 11_000) as place:
        await fill(place, 20, 4)
        async with shop.reader() as reader:
            again = await reader.state()
            assert again.epoch == state.epoch
            assert again.sequence > state.sequence
            assert len((await reader.raw(POWER.key, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)).at_ms) == 24 * 60 - 30


async def test_other_digits_change_no_history(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        await fill(place, 0, 2)
        before = await answers(reader)
        await place.store.number([replace(POWER, spec=replace(POWER.spec, digits=3)), ENERGY])
        assert await answers(reader) == before


async def test_a_day_says_what_happened(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        await fill(place, 0, 24)
        await place.at(MIDNIGHT_MS + 2 * DAY_MS)
        day = date(2026, 9, 4)
        energy = (await reader.energy_by_day([ENERGY.key], date(2026, 9, 1), date(2026, 9, 9)))[ENERGY.key]
        assert energy == {day: 20.0 * (24 * 60 - 1)}
        hours = await reader.rollup(ENERGY.key, Level.HOUR, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)
        assert hours.start_ms.tolist() == [MIDNIGHT_MS + hour * HOUR_MS for hour in range(24)]
        assert hours.energy[5] == 1200.0
        assert hours.energy[7] == 1200.0  # The hole lies within the hour, so its energy does too.
        quarters = await reader.rollup(ENERGY.key, Level.QUARTER, MIDNIGHT_MS + 7 * HOUR_MS, MIDNIGHT_MS + 8 * HOUR_MS)
        assert np.nansum(quarters.energy) == 1200.0 - 620.0  # But in no quarter hour of it.
        power = await reader.rollup(POWER.key, Level.HOUR, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)
        assert power.coverage[3] == pytest.approx(1.0)
        assert power.coverage[7] == pytest.approx(1 - (31 * 60 - 180) / 3600)
        assert power.minimum[3] == 1200.5
        assert power.mean[3] == pytest.approx(1230.0, abs=0.1)
        days = await reader.rollup(POWER.key, Level.DAY, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS)
        assert days.start_ms.tolist() == [MIDNIGHT_MS]
        assert days.maximum[0] == 1259.5
        assert np.isnan(days.energy[0])


async def test_endless_questions_are_answered(shop: Shop) -> None:
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        assert await reader.latest() == {}
        for level in Level:
            assert len((await reader.rollup(POWER.key, level, 0, 1 << 60)).start_ms) == 0
        await fill(place, 0, 3)
        for level, count in ((Level.MINUTE, 180), (Level.QUARTER, 12), (Level.HOUR, 3), (Level.DAY, 1)):
            assert len((await reader.rollup(POWER.key, level, -5, 1 << 60)).start_ms) == count
        assert len(await reader.raw(POWER.key, 0, 1 << 60)) == 180
        assert len(await reader.raw("school/pcs/unheard", 0, 1 << 60)) == 0
        assert await reader.energy_by_day(["school/pcs/unheard"], date.min, date.min) == {}


async def test_a_derived_value_stands_as_long_as_one_of_the_slowest_device(shop: Shop) -> None:
    """The device of this town tells every minute: open or closed, an hour of derived values every minute is covered whole."""
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        numbers = await place.store.number([DERIVED])
        for hour in range(3):
            start = MIDNIGHT_MS + hour * HOUR_MS
            await place.write(numbers[DERIVED.key], [start + minute * 60_000 for minute in range(60)], [50.0] * 60)
            await place.at(start + HOUR_MS - 1)
        told = await reader.rollup(DERIVED.key, Level.HOUR, MIDNIGHT_MS, MIDNIGHT_MS + 3 * HOUR_MS)
        assert told.coverage == pytest.approx([1.0, 1.0, 1.0], abs=0.01)
