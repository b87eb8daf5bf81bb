"""Derived values come as often as the slowest device that is asked."""

from backend.model.derived import as_device, derived_device, derived_interval_s, is_derived
from backend.model.device import Device, DeviceKind


def device(kind: DeviceKind, interval_s: float) -> Device:
    return Device(f"school/{kind.value}", "school", kind, {}, "", interval_s=interval_s)


def test_the_slowest_that_is_asked_decides() -> None:
    several = [device(DeviceKind.INVERTER, 5), device(DeviceKind.METER, 20), device(DeviceKind.CHARGER, 300)]
    assert derived_interval_s(several) == 20
    assert derived_interval_s(several[2:]) == 300
    assert derived_interval_s([]) == 5
    assert as_device("school", several).interval_s == 20
    assert as_device("hall", several).interval_s == 5


def test_derived_values_have_a_key_of_their_own() -> None:
    assert derived_device("school") == "school/derived"
    assert is_derived("school/derived")
    assert not is_derived("school/derived2")
