"""Addresses of devices that are files."""

import pytest

from backend.settings.addresses import address_fault, normal_address


@pytest.mark.parametrize(
    "address",
    [
        "file:///srv/inbox",
        "file:///srv/inbox#zone=site&column.2=ac_power:kW",
        "csv+https://example.org/today.csv?day=1#every=600&zone=UTC",
        "csv+http://192.0.2.1:8080/a.csv",
    ],
)
def test_these_are_well_formed(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "file://",
        "file:///",
        "file://host/folder",
        "file:///a#zone",
        "csv+https://",
        "csv+https://u:p@h/a",
        "csv+http://h/a#every=5",
    ],
)
def test_these_are_not(address: str) -> None:
    assert address_fault(address) is not None


def test_what_is_decided_about_files_makes_no_other_place() -> None:
    assert normal_address("file:///srv/inbox/#zone=UTC") == normal_address("file:///srv/inbox")
