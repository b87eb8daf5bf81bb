"""One name per quantity, whatever the protocol."""

import pytest

from backend.model import quantities as q
from backend.model.point import PointSpec


def test_every_quantity_is_listed_by_its_name() -> None:
    named = [name for name in vars(q) if name.isupper() and isinstance(vars(q)[name], PointSpec)]
    assert sorted(q.QUANTITIES) == sorted(name.lower() for name in named)


@pytest.mark.parametrize(
    ("spec", "number", "name"),
    [(q.MPPT_DC_POWER, 1, "mppt1_dc_power"), (q.CIRCUIT_ENERGY, 24, "circuit24_energy")],
)
def test_parts_are_numbered_from_one(spec: PointSpec, number: int, name: str) -> None:
    assert q.numbered(spec, number).name == name
    assert q.numbered(spec, number).unit is spec.unit


def test_a_second_one_of_a_quantity_bears_its_number() -> None:
    assert [q.another(q.IRRADIANCE, number).name for number in (1, 2)] == ["irradiance", "irradiance2"]


def test_a_quantity_is_found_by_its_name_numbered_or_not() -> None:
    assert q.quantity_named("ac_power") == q.AC_POWER
    assert q.quantity_named("circuit3_power") == q.numbered(q.CIRCUIT_POWER, 3)
    assert q.quantity_named("irradiance2") == q.another(q.IRRADIANCE, 2)
    assert q.quantity_named("pm25") == q.PM25


@pytest.mark.parametrize("name", ["", "power", "circuit0_power", "irradiance1", "x2", "ac_power02"])
def test_other_names_are_no_quantities(name: str) -> None:
    assert q.quantity_named(name) is None
