"""Limits of weather, storage, chargers and what is derived: records are believed, nonsense is not."""

from dataclasses import replace
from math import exp

import pytest

from backend.model import quantities as q
from backend.model.device import ConnectorPlate, Device, DeviceKind
from backend.model.point import PointSpec, Unit
from backend.model.site import Array, Place, Site
from backend.quality.climate import CLIMATE
from backend.quality.limits import PointLimits, limits_for, limits_of_site

SITE = Site("s", {}, Place(35.681, 139.767, 0.0), "Asia/Tokyo", Array(20.0))
STATION = Device("s/w", "s", DeviceKind.SENSOR, {}, "")


def believed(spec: PointSpec, value: float, site: Site = SITE) -> bool:
    limits = limits_for(STATION, spec, site)
    return limits.low <= value <= limits.high


@pytest.mark.parametrize(
    ("spec", "possible", "impossible"),
    [
        (q.AMBIENT_TEMPERATURE, (-41.0, 41.8), (-60.0, 85.0, 6553.5)),
        (q.HUMIDITY, (5.0, 100.0), (-1.0, 127.0)),
        (q.WIND_SPEED, (0.0, 91.0), (-0.1, 99.0)),
        (q.IRRADIANCE, (-4.0, 1_500.0), (-60.0, 2_600.0)),
        (q.another(q.PLANE_IRRADIANCE, 2), (1_600.0,), (1_800.0,)),
        (q.CO2, (420.0, 5_000.0), (0.0, 65_535.0)),
        (q.PM25, (0.0, 600.0), (-1.0, 1_999.0)),
        (q.PRESSURE, (87_000.0, 105_000.0), (101.3, 70_000.0)),
        (q.MODULE_TEMPERATURE, (-20.0, 85.0), (120.0,)),
        (q.ILLUMINANCE, (120_000.0,), (180_000.0,)),
    ],
)
def test_records_are_believed_and_nonsense_is_not(
    spec: PointSpec, possible: tuple[float, ...], impossible: tuple[float, ...]
) -> None:
    assert all(believed(spec, value) for value in possible)
    assert not any(believed(spec, value) for value in impossible)


def test_every_name_of_the_climate_is_that_of_a_quantity() -> None:
    assert CLIMATE.keys() <= q.QUANTITIES.keys()


def test_air_is_thinner_on_a_mountain() -> None:
    high = replace(SITE, place=Place(35.36, 138.73, 3_776.0))
    assert believed(q.PRESSURE, 101_325 * exp(-3_776 / 8_400), high)
    assert not believed(q.PRESSURE, 101_325, high)


def test_there_is_no_sunlight_at_night() -> None:
    limits = limits_for(STATION, q.IRRADIANCE, SITE)
    assert (limits.dark_high, limits.place) == (20.0, SITE.place)
    assert limits_for(STATION, q.ILLUMINANCE, SITE).place is None


def test_storage_by_its_rating() -> None:
    battery = Device("s/b", "s", DeviceKind.BATTERY, {}, "", rated_w=8_000.0)
    assert limits_for(battery, q.BATTERY_POWER, SITE) == PointLimits(-9_600.0, 9_600.0)
    assert limits_for(replace(battery, rated_w=None), q.BATTERY_POWER, SITE) == PointLimits()
    assert limits_for(battery, q.SOC, SITE) == PointLimits(0.0, 100.0)


def test_chargers_by_the_plate_of_the_connector() -> None:
    charger = Device("s/c", "s", DeviceKind.CHARGER, {}, "", connectors=(ConnectorPlate(1, "CCS", 50_000.0), ConnectorPlate(2)))
    assert limits_for(charger, PointSpec("connector1.power", Unit.WATT), SITE).high == 60_000.0
    assert limits_for(charger, PointSpec("connector2.power", Unit.WATT), SITE) == PointLimits()


def test_what_is_left_for_a_building_may_be_a_little_below_nothing_but_no_more() -> None:
    assert limits_of_site(q.LOAD_POWER, SITE).low == -2_000.0
    assert limits_of_site(q.LOAD_POWER, replace(SITE, pv=None)).low == -500.0
    assert limits_of_site(q.GRID_POWER, SITE) == PointLimits()
    assert limits_of_site(q.WBGT, SITE) == PointLimits(-45.0, 45.0)
