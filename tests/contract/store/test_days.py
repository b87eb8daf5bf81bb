"""Days of 23, 24 and 25 hours, zones off the hour, and counters that misbehave, end to end."""

from datetime import UTC, date, datetime

import pytest

from backend.model.event import EventKind
from backend.store.calendar import day_bounds, day_number
from backend.store.contract import Level
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER

MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Kathmandu", date(2026, 5, 1), 24),
        ("America/St_Johns", date(2026, 11, 1), 25),
        ("Asia/Tokyo", date(2026, 5, 1), 24),
    ],
)
async def test_energy_of_a_day_is_that_of_its_own_calendar(shop: Shop, zone: str, day: date, hours: int) -> None:
    start_ms, end_ms = day_bounds(zone, day_number(day))
    first_ms = start_ms - DAY_MS
    async with town(shop, first_ms, zone) as place, shop.reader() as reader:
        count = (end_ms + DAY_MS - first_ms) // (5 * MINUTE_MS)
        at_ms = [first_ms + i * 5 * MINUTE_MS for i in range(count)]
        await place.write(place.energy, at_ms, [100.0 * i for i in range(count)])
        await place.write(place.power, at_ms, [float(i) for i in range(count)])
        for now_ms in (end_ms + HOUR_MS, end_ms + 3 * DAY_MS):
            await place.at(now_ms)
            assert end_ms - start_ms == hours * HOUR_MS
            energy = (await reader.energy_by_day([ENERGY.key], day, day))[ENERGY.key]
            told = await reader.rollup(POWER.key, Level.DAY, start_ms, end_ms)
            assert told.start_ms.tolist() == [start_ms]
            by_hour = await reader.rollup(ENERGY.key, Level.HOUR, start_ms, end_ms)
            assert len(by_hour.start_ms) == hours
            assert by_hour.start_ms[0] == start_ms
        # Five minutes are gap energy for a device at 60 s, so what spans an hour's end is only in the day.
        assert energy[day] == 100.0 * hours * 12


async def count_up(shop: Shop, values: list[float]) -> tuple[float | None, list[EventKind]]:
    """Energy of a day on which the register read so, minute by minute; and what was found."""
    day = date(2026, 5, 1)
    start_ms = int(datetime(2026, 5, 1, 3, tzinfo=UTC).timestamp() * 1000)
    async with town(shop, start_ms) as place, shop.reader() as reader:
        await place.write(place.energy, [start_ms + i * MINUTE_MS + 1 for i in range(len(values))], values)
        await place.at(start_ms + 2 * DAY_MS)
        energy = (await reader.energy_by_day([ENERGY.key], day, day))[ENERGY.key]
        events = await reader.events(0, 1 << 60, ENERGY.key)
        # Late data folds the hour again and must not tell of the same things twice.
        await place.write(place.energy, [start_ms + len(values) * MINUTE_MS], [values[-1]])
        await place.at(start_ms + 2 * DAY_MS + HOUR_MS)
        assert await reader.events(0, 1 << 60, ENERGY.key) == events
        return energy.get(day), [event.kind for event in events]


async def test_a_reset_counts_from_zero_and_is_told(shop: Shop) -> None:
    energy, kinds = await count_up(shop, [*(9000.0 + 10 * i for i in range(30)), *(0.0 + 10 * i for i in range(30))])
    assert kinds == [EventKind.COUNTER_RESET]
    assert energy == 290 + 290


async def test_one_wrong_zero_is_no_lifetime_total(shop: Shop) -> None:
    values = [9000.0 + 10 * i for i in range(90)]
    values[40] = 0.0
    energy, kinds = await count_up(shop, values)
    assert kinds == [EventKind.COUNTER_DIP]
    assert energy == 890


async def test_absent_values_are_no_reset(shop: Shop) -> None:
    values = [9000.0 + 10 * i for i in range(90)]
    values[60] = values[61] = float("nan")
    assert await count_up(shop, values) == (890, [])
