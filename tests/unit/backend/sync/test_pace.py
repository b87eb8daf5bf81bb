"""Parcels fit the line: large on a fast one, small on a slow one, never smaller than makes sense."""

import pytest

from backend.sync.pace import FIRST_PARCEL, REQUEST_S, SMALLEST_PARCEL, Pace

LARGEST = 1 << 20


def settled(bytes_per_s: float, pause_s: float = 0.0) -> Pace:
    """After some time on a line of this speed, to a parent that takes so long for itself."""
    pace = Pace(LARGEST)
    for _ in range(50):
        pace.took(pace.parcel_bytes, pause_s + pace.parcel_bytes / bytes_per_s)
    return pace


@pytest.mark.parametrize("bytes_per_s", [20_000, 125_000, 400_000])
def test_a_request_takes_about_a_second(bytes_per_s: float) -> None:
    assert 0.4 * REQUEST_S <= settled(bytes_per_s).parcel_bytes / bytes_per_s <= REQUEST_S


def test_parcels_have_limits() -> None:
    assert settled(100_000_000).parcel_bytes == LARGEST
    assert settled(1_000).parcel_bytes == SMALLEST_PARCEL
    assert Pace(4096).parcel_bytes == 4096


def test_small_parcels_say_nothing_of_a_fast_line() -> None:
    pace = Pace(LARGEST)
    for _ in range(50):
        pace.took(500, 0.01)
    assert pace.parcel_bytes == FIRST_PARCEL


def test_a_cut_makes_parcels_smaller() -> None:
    pace = settled(100_000_000)
    pace.cut()
    assert pace.parcel_bytes == LARGEST // 2
    for _ in range(50):
        pace.cut()
    assert pace.parcel_bytes == SMALLEST_PARCEL
