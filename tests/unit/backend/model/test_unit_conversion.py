"""Units as people write them."""

import pytest

from backend.model.point import Unit
from backend.model.unit_conversion import conversion


@pytest.mark.parametrize(
    ("name", "written", "unit", "stored"),
    [
        ("kW", 1.5, Unit.WATT, 1500),
        ("㎾", 1.5, Unit.WATT, 1500),
        ("KW", 1.5, Unit.WATT, 1500),
        ("mW", 1.5, Unit.WATT, 0.0015),
        ("MW", 1.5, Unit.WATT, 1.5e6),
        ("kWh", 2, Unit.WATT_HOUR, 2000),
        ("kW·h", 2, Unit.WATT_HOUR, 2000),
        ("KWH", 2, Unit.WATT_HOUR, 2000),
        ("キロワット時", 2, Unit.WATT_HOUR, 2000),
        ("ｷﾛﾜｯﾄ時", 2, Unit.WATT_HOUR, 2000),
        ("MJ", 3.6, Unit.WATT_HOUR, 1000),
        ("degF", 212, Unit.CELSIUS, 100),
        ("°F", 32, Unit.CELSIUS, 0),
        ("℃", -3.5, Unit.CELSIUS, -3.5),
        ("ºC", 4, Unit.CELSIUS, 4),
        ("K", 273.15, Unit.CELSIUS, 0),
        ("hPa", 1013.25, Unit.PASCAL, 101325),
        ("㍱", 1013.25, Unit.PASCAL, 101325),
        ("km/h", 36, Unit.METRE_PER_SECOND, 10),
        ("㎧", 3, Unit.METRE_PER_SECOND, 3),
        ("m s-1", 3, Unit.METRE_PER_SECOND, 3),
        ("W/m²", 800, Unit.IRRADIANCE, 800),
        ("[W/m^2]", 800, Unit.IRRADIANCE, 800),
        ("W/㎡", 800, Unit.IRRADIANCE, 800),
        ("W m-2", 800, Unit.IRRADIANCE, 800),
        ("kW/m2", 0.8, Unit.IRRADIANCE, 800),
        ("％", 55, Unit.PERCENT, 55),
        ("µg/m³", 12, Unit.MICROGRAM, 12),
        ("μg/㎥", 12, Unit.MICROGRAM, 12),
        ("mg/m3", 0.012, Unit.MICROGRAM, 12),
        ("klx", 1.2, Unit.LUX, 1200),
        ("ppb", 400_000, Unit.PPM, 400),
        ("°", 270, Unit.DEGREE, 270),
        ("inch", 1, Unit.MILLIMETRE, 25.4),
        ("mA", 250, Unit.AMPERE, 0.25),
        ("kVAr", 2, Unit.VAR, 2000),
        ("mw", 1.5, Unit.WATT, 0.0015),
        ("MWH", 1.5, Unit.WATT_HOUR, 1.5e6),
        ("KM/H", 36, Unit.METRE_PER_SECOND, 10),
        ("M/S", 3, Unit.METRE_PER_SECOND, 3),
        ("MM", 3, Unit.MILLIMETRE, 3),
    ],
)
def test_a_value_is_in_the_stored_unit(name: str, written: float, unit: Unit, stored: float) -> None:
    found = conversion(name)
    assert found is not None
    assert found.unit is unit
    assert found.apply(written) == pytest.approx(stored)
    assert not found.amount


@pytest.mark.parametrize(("name", "written", "mean"), [("MJ/㎡", 3.6, 1000), ("kWh/m2", 1, 1000), ("J/cm²", 360, 1000)])
def test_an_amount_of_an_hour_is_its_mean(name: str, written: float, mean: float) -> None:
    found = conversion(name)
    assert found is not None
    assert found.amount
    assert found.apply(written) == pytest.approx(mean)


@pytest.mark.parametrize("name", ["mpa", "mvar", "furlong", "", "state", "kWh/h/x", "-"])
def test_what_is_unknown_or_in_doubt_is_not_guessed(name: str) -> None:
    assert conversion(name) is None


def test_the_wanted_unit_decides_between_two_meanings() -> None:
    assert conversion("度", Unit.DEGREE) == (Unit.DEGREE, 1.0, 0.0, False)
    assert conversion("度", Unit.CELSIUS) == (Unit.CELSIUS, 1.0, 0.0, False)
    ratio = conversion("ratio", Unit.PERCENT)
    assert ratio is not None
    assert ratio.apply(0.5) == 50
    assert conversion("kW", Unit.WATT_HOUR) is None


@pytest.mark.parametrize("unit", [unit for unit in Unit if unit is not Unit.STATE])
def test_every_stored_unit_is_known_by_its_own_name(unit: Unit) -> None:
    assert conversion(unit.value, unit) == (unit, 1.0, 0.0, False)
