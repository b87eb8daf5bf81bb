"""Hours and days of zones that make trouble."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from backend.store.calendar import HOUR_MS, QUARTER_MS, day_bounds, day_number, local_days, local_hours

ZONES = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe"]


def quarters(zone: str, first: date, days: int) -> np.ndarray:
    start = day_bounds(zone, day_number(first))[0] // QUARTER_MS
    return start + np.arange(days * 96, dtype=np.int64)


@pytest.mark.parametrize("zone", ZONES)
def test_days_and_hours_are_those_of_the_wall_clock(zone: str) -> None:
    for first in (
        date(2026, 3, 6),
        date(2026, 3, 27),
        date(2026, 4, 3),
        date(2026, 10, 2),
        date(2026, 10, 23),
        date(2026, 10, 30),
    ):
        numbers = quarters(zone, first, 4)
        days = local_days(zone, numbers)
        starts, lengths = local_hours(zone, numbers)
        for number, day, start, length in zip(numbers.tolist(), days.tolist(), starts.tolist(), lengths.tolist(), strict=True):
            wall = datetime.fromtimestamp(number * QUARTER_MS / 1000, ZoneInfo(zone))
            begin = datetime.fromtimestamp(start * QUARTER_MS / 1000, ZoneInfo(zone))
            assert day_number(wall.date()) == day
            assert (wall.date(), wall.hour, wall.utcoffset()) == (begin.date(), begin.hour, begin.utcoffset())
            assert start <= number < start + length


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Asia/Tokyo", date(2026, 10, 25), 24),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ],
)
def test_days_may_be_short_or_long(zone: str, day: date, hours: float) -> None:
    start, end = day_bounds(zone, day_number(day))
    assert (end - start) / HOUR_MS == hours
    numbers = np.arange(start // QUARTER_MS, end // QUARTER_MS, dtype=np.int64)
    assert set(local_days(zone, numbers).tolist()) == {day_number(day)}


def test_an_hour_cut_by_half_an_hour_of_dst_has_two_quarters() -> None:
    end = datetime(2026, 4, 5, 3, tzinfo=ZoneInfo("Australia/Lord_Howe"))
    start = end - timedelta(hours=1)
    numbers = np.arange(start.timestamp() * 1000 // QUARTER_MS - 6, end.timestamp() * 1000 // QUARTER_MS, dtype=np.int64)
    assert sorted(set(local_hours("Australia/Lord_Howe", numbers)[1].tolist())) == [2, 4]
