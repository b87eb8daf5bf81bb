"""Addresses and their options."""

import pytest

from backend.drivers.contract import DeviceMisconfigured
from backend.drivers.sunspec.address import LIKELY_UNITS, Mounting, SunSpecAddress, parse_address


def test_what_is_left_out_is_usual() -> None:
    assert parse_address("sunspec://192.0.2.10") == SunSpecAddress("192.0.2.10", 502, (1,), 3.0, Mounting.STANDARD)


def test_everything_can_be_said() -> None:
    address = parse_address("sunspec://[2001:db8::1]:1502?unit=126&timeout=0.5&meter=reversed")
    assert address == SunSpecAddress("2001:db8::1", 1502, (126,), 0.5, Mounting.REVERSED)


def test_any_unit_means_the_likely_ones() -> None:
    assert parse_address("sunspec://inverter?unit=any").units == LIKELY_UNITS


@pytest.mark.parametrize(
    "address",
    [
        "modbus://h",
        "sunspec://",
        "sunspec://h:99999",
        "sunspec://h?unit=256",
        "sunspec://h?unit=x",
        "sunspec://h?units=1",
        "sunspec://h?unit",
        "sunspec://h?timeout=0",
        "sunspec://h?meter=upside-down",
    ],
)
def test_anything_else_is_a_mistake_of_the_settings(address: str) -> None:
    with pytest.raises(DeviceMisconfigured):
        parse_address(address)


def test_one_of_several_models_of_a_number() -> None:
    assert parse_address("sunspec://h").instance == 0
    assert parse_address("sunspec://h?unit=2&instance=1").instance == 1
    with pytest.raises(DeviceMisconfigured):
        parse_address("sunspec://h?instance=100")
