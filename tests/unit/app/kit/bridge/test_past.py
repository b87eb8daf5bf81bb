"""The past of a screen's own site: its days by its own calendar, and its air."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from app.kit.bridge.past import Past, air_points, build_history, own_site
from backend.model.device import Device, DeviceKind
from backend.model.kiosk import KioskPlan
from backend.model.site import Place, Site
from backend.model.sun import day_bounds_ms
from backend.store.contract import Level, Rollup
from backend.store.reader import open_reader
from tests.support.reader import FakeReader
from tests.support.small_cache import EIGHT_MS, ENERGY, INVERTER, NOON_MS, SITE, small_cache

DAY_MS = 86_400_000
BERLIN = Site("rathaus", {"en": "Town hall"}, Place(52.5, 13.4), "Europe/Berlin")


def rollup(days: Sequence[date], energy: Sequence[float], coverage: Sequence[float], timezone: str = "Asia/Tokyo") -> Rollup:
    start = np.array([day_bounds_ms(day, timezone)[0] for day in days], np.int64)
    nothing = np.full(len(days), np.nan)
    return Rollup(start, nothing, nothing, nothing, np.array(energy), np.array(coverage))


def test_a_day_without_rows_is_unknown_and_one_with_a_dark_night_is_whole() -> None:
    first, today = date(2026, 11, 1), date(2026, 11, 6)
    found = rollup([date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 4)], [40.0, 30.0, 20.0], [0.42, 0.20, 1.0])
    history = build_history(SITE, first, today, [found])
    assert history.energy_wh[[0, 1, 3]].tolist() == [40.0, 30.0, 20.0]
    assert np.isnan(history.energy_wh[[2, 4]]).all()
    assert history.complete.tolist() == [True, False, False, True, False]


def test_a_day_of_which_one_inverter_is_silent_is_known_in_part() -> None:
    days = [date(2026, 11, 1), date(2026, 11, 2)]
    history = build_history(SITE, days[0], date(2026, 11, 3), [rollup(days, [40.0, 30.0], [1, 1]), rollup(days[:1], [5.0], [1])])
    assert history.energy_wh.tolist() == [45.0, 30.0]
    assert history.complete.tolist() == [True, False]


@pytest.mark.parametrize("first", [date(2026, 3, 28), date(2026, 10, 24)])
def test_days_are_those_of_the_site_across_a_change_of_the_clock(first: date) -> None:
    days = [first + timedelta(days=n) for n in range(4)]  # the second has 23 hours in March, 25 in October
    found = rollup(days, [1.0, 2.0, 3.0, 4.0], [1.0] * 4, BERLIN.timezone)
    history = build_history(BERLIN, first, first + timedelta(days=4), [found])
    assert history.energy_wh.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_whose_screen_it_is() -> None:
    sites = {SITE.key: SITE, BERLIN.key: BERLIN}
    assert own_site(KioskPlan("rathaus"), sites) is BERLIN
    assert own_site(KioskPlan("gone"), sites) is own_site(None, sites) is SITE
    assert own_site(None, {}) is None


def test_points_of_the_environment_by_their_weight() -> None:
    keys = ["a/roof/humidity", "a/roof/ambient_temperature", "a/pv/ac_power", "a/derived/wbgt", "b/roof/co2", "a/z/humidity"]
    assert air_points("a", keys) == ["a/derived/wbgt", "a/roof/ambient_temperature", "a/roof/humidity", "a/z/humidity"]


async def test_each_is_read_when_it_is_due_and_not_before() -> None:
    reader, past = FakeReader(), Past()
    inverter = Device("school/pv", "school", DeviceKind.INVERTER, {"en": "PV"}, "sunspec://192.0.2.1")
    heard = ["school/roof/humidity"]
    for now_s in (0.0, 1.0, 59.0):
        await past.renew(reader, SITE, [inverter], heard, NOON_MS, now_s, speed=1.0)
    assert reader.calls["rollup"] == 2
    await past.renew(reader, SITE, [inverter], heard, NOON_MS, 61.0, speed=1.0)
    assert reader.calls["rollup"] == 3
    await past.renew(reader, SITE, [inverter], heard, NOON_MS + DAY_MS, 62.0, speed=1.0)
    assert reader.calls["rollup"] == 4


async def test_yesterday_and_the_air_from_a_real_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache.enemado"
    yesterday = np.arange(EIGHT_MS - DAY_MS - 3_600_000, EIGHT_MS - DAY_MS + 9 * 3_600_000, 10_000, dtype=np.int64)
    async with small_cache(cache) as writer:
        await writer.write(ENERGY, yesterday, 900_000.0 + 5_000.0 * (yesterday - yesterday[0]) / 3_600_000)
        while await writer.store.fold():
            pass
        async with open_reader(cache) as reader:
            past = Past()
            assert await past.renew(reader, SITE, [INVERTER], ["school/pv/ac_power"], NOON_MS, 0.0, speed=1.0)
            assert await reader.rollup(ENERGY.key, Level.DAY, EIGHT_MS - 2 * DAY_MS, NOON_MS)
    history = past.history["school"]
    assert history.first == date(2025, 1, 1)
    assert history.energy_wh[-1] == pytest.approx(50_000.0, rel=0.01)
    assert np.isnan(history.energy_wh[:-1]).all()
    assert history.complete.tolist()[-2:] == [False, True]
