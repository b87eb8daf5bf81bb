"""Addresses: the settings and the driver agree on what one is."""

import pytest

from backend.drivers.contract import DeviceMisconfigured
from backend.drivers.echonet.address import parse_address
from backend.drivers.echonet.frame import Eoj
from backend.settings.addresses import address_fault, normal_address

GOOD = [
    "echonet://192.0.2.20/0279:1",
    "echonet://192.0.2.20/0279",
    "echonet://board.example:3611/02a1:2?timeout=10&zone=Asia/Tokyo",
    "echonet://192.0.2.20/0011:127/",
]
BAD = [
    "echonet://",
    "echonet:what",
    "echonet://192.0.2.20",
    "echonet://192.0.2.20/279:1",
    "echonet://192.0.2.20/0279:0",
    "echonet://192.0.2.20/0279:128",
    "echonet://192.0.2.20/027G:1",
    "echonet://192.0.2.20:99999/0279:1",
    "echonet://192.0.2.20/0279:1?unit=1",
    "echonet://192.0.2.20/0279:1?timeout=21",
    "echonet://192.0.2.20/0279:1?zone=Mars/Olympus",
]


@pytest.mark.parametrize("address", GOOD)
def test_good(address: str) -> None:
    assert address_fault(address) is None
    parse_address(address)


@pytest.mark.parametrize("address", BAD)
def test_bad(address: str) -> None:
    assert address_fault(address) is not None
    with pytest.raises(DeviceMisconfigured):
        parse_address(address)


def test_credentials_are_refused() -> None:
    assert address_fault("echonet://user:secret@192.0.2.20/0279:1") is not None


def test_parts() -> None:
    found = parse_address("echonet://192.0.2.20:3611/02a1:2?timeout=10")
    assert (found.host, found.port, found.eoj, found.timeout_s) == (
        "192.0.2.20",
        3611,
        Eoj(0x02A1, 2),
        10,
    )
    assert (parse_address(GOOD[0]).port, parse_address(GOOD[1]).eoj) == (3610, Eoj(0x0279, 1))


def test_one_spelling_per_device() -> None:
    assert normal_address(GOOD[0]) == normal_address(GOOD[1]) == "echonet://192.0.2.20:3610/0279:1"
    assert normal_address("echonet://Host/02a1:2?timeout=3") == "echonet://host:3610/02A1:2"
