"""The demo town on paper: same seed, same town; registers that add up; settings that are in order."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.kit import resources
from backend.model.clock import ClockAnchor
from backend.model.sun import day_bounds_ms
from backend.settings import check_text
from backend.simulation.faults import EXPLAINED, STRUCK, TownFault
from backend.simulation.generation import Generation
from backend.simulation.plan import SITES, TIMEZONE
from backend.simulation.roof import RoofInverter
from backend.simulation.script import Script, chargers, inverters, served_keys
from backend.simulation.town_settings import settings_text
from backend.simulation.visits import timetable
from backend.simulation.weather import Weather

DAY = date(2026, 11, 23)
SCHOOL = SITES[0]
PATTERN = resources.assets() / "demo" / "day.csv"
MIDNIGHT_MS = day_bounds_ms(DAY, TIMEZONE)[0]
NOON_MS = MIDNIGHT_MS + 12 * 3_600_000


def weather(seed: int = 1) -> Weather:
    return Weather(PATTERN, seed, DAY)


def script() -> Script:
    keys = served_keys()
    return Script(
        1, DAY.isoformat(), ClockAnchor(NOON_MS, 0, 1.0), str(PATTERN), {k: 20_000 + n for n, k in enumerate(keys)}, 9000
    )


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    first, again, other = (weather(seed).day(SCHOOL, DAY).power_w for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("day", [DAY, DAY + timedelta(days=1), date(2026, 6, 21), date(2026, 2, 1)])
def test_a_day_is_dark_bright_and_dark_again_and_never_beyond_what_is_installed(day: date) -> None:
    power_w = weather().day(SCHOOL, day).power_w
    assert power_w[:180].max() == 0
    assert power_w[-180:].max() == 0
    assert 0.3 * SCHOOL.installed_kw * 1000 < power_w.max() <= SCHOOL.installed_kw * 1000
    assert (power_w >= 0).all()


def test_the_register_counts_what_was_generated_over_midnight_too() -> None:
    _, site, inverter = next(inverters())
    generation = Generation(weather(), site, inverter, DAY)
    at_ms = [MIDNIGHT_MS + minutes * 60_000 for minutes in range(0, 40 * 60, 7)]
    register_wh = [generation.energy_wh(each) for each in at_ms]
    assert all(after >= before for before, after in pairwise(register_wh))
    summed_wh = sum(generation.power_w(each) * 7 / 60 for each in at_ms)
    assert register_wh[-1] - register_wh[0] == pytest.approx(summed_wh, rel=0.03)


def test_a_faulty_inverter_stands_still_and_goes_on_where_it_stood() -> None:
    _, site, planned = next(inverters())
    inverter = RoofInverter(Generation(weather(), site, planned, DAY), planned)

    def seen(at_ms: int) -> tuple[float, float, float]:
        inverter.renew(at_ms)
        registers = inverter.device.models[103]
        return registers.get("W"), registers.get("WH"), registers.get("St")

    _, before_wh, _ = seen(NOON_MS)
    inverter.fail(NOON_MS)
    assert seen(NOON_MS + 3_600_000) == (0, before_wh, 7)
    inverter.recover(NOON_MS + 3_600_000)
    power_w, after_wh, state = seen(NOON_MS + 3_660_000)
    assert state == 4
    assert 0 <= after_wh - before_wh <= power_w / 60 + 50


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_two_cars_stand_at_one_plug(seed: int) -> None:
    for _, _, charger in chargers():
        visits = timetable(charger, seed, DAY, 3, NOON_MS)
        assert visits
        assert all(before.leave_ms <= after.arrive_ms for before, after in pairwise(visits))
        assert all(visit.peak_w <= (charger.plug.max_w or 0) for visit in visits)


def test_the_script_survives_its_file(tmp_path: Path) -> None:
    script().write(tmp_path / "script.json")
    assert Script.read(tmp_path / "script.json") == script()


def test_the_settings_of_the_town_are_in_order(tmp_path: Path) -> None:
    settings = check_text(settings_text(script(), tmp_path / "town.enemado"), tmp_path / "town.yaml")
    assert len(settings.sites) == len(SITES)
    assert settings.kiosk is not None
    assert settings.kiosk.site == "aoba-es"
    assert all({"ja", "en"} <= set(site.names) for site in settings.sites)
    assert {device.key for device in settings.devices} >= {*STRUCK.values()}


def test_no_charger_is_called_as_its_site_is() -> None:
    for site in SITES:
        for charger in site.chargers:
            assert all(site.names[language] not in name for language, name in charger.names.items())


def test_every_fault_says_whom_it_hits_and_what_it_is() -> None:
    assert set(STRUCK) == set(EXPLAINED) == set(TownFault)
