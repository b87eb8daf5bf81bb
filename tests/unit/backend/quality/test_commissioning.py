"""Every check of commissioning with the defect it is there for, and without it; a sound device passes all of them."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.model.device import Device, DeviceKind, MeterRole, Nameplate
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.site import Array, Place, Site
from backend.quality.commissioning.look import Check, Look, Neighbour
from backend.quality.commissioning.table import examine

SITE = Site("aoba", {"en": "Aoba"}, Place(35.68, 139.77), "Asia/Tokyo", Array(20.0))
PLATE = Nameplate("SMA", "SB", "S-1", "1")


def at(hour: int) -> int:
    return round(datetime(2026, 6, 1, hour, tzinfo=ZoneInfo("Asia/Tokyo")).timestamp() * 1000)


NOON, NIGHT = at(12), at(23)


def device(kind: DeviceKind, **more: Any) -> Device:
    return Device("aoba/new", "aoba", kind, {"en": "N"}, "sunspec://192.0.2.1", **more)


def said(**values: float | None) -> dict[str, Reading]:
    return {
        name: Reading(name, NOON, value) if value is not None else Reading.absent(name, NOON, Quality.BAD_NOT_CONNECTED)
        for name, value in values.items()
    }


INVERTER = Look(
    device(DeviceKind.INVERTER, rated_w=10_000.0),
    SITE,
    NOON,
    PLATE,
    said(ac_power=8000, ac_energy=5e6, dc_power=8200, mppt1_dc_power=4100, mppt2_dc_power=4090),
    told_rated_w=10_000.0,
    clock_off_ms=400,
)
METER = Look(
    device(DeviceKind.METER),
    SITE,
    NOON,
    replace(PLATE, serial="M-1"),
    said(grid_power=-3000, import_energy=1000, export_energy=2010),
    said(grid_power=-3000, import_energy=1000, export_energy=2000),
    total_w=-3000,
    phases_w=(-1000, -1100, -900),
    neighbours=(
        Neighbour(replace(device(DeviceKind.INVERTER), key="aoba/roof"), PLATE, {"ac_power": 8000.0}),
        Neighbour(replace(device(DeviceKind.CHARGER), key="aoba/ev"), Nameplate(), {"connector1.power": 3000.0}),
    ),
)
BATTERY = Look(
    device(DeviceKind.BATTERY, rated_w=5000.0), SITE, NOON, replace(PLATE, serial="B-1"), said(battery_power=-2000, soc=55)
)


@pytest.mark.parametrize("look", [INVERTER, METER, BATTERY, replace(INVERTER, at_ms=NIGHT, readings=said(ac_power=None))])
def test_a_sound_device_passes(look: Look) -> None:
    assert examine(look) == []


def changed(look: Look, **values: float | None) -> Look:
    return replace(look, readings={**look.readings, **said(**values)})


ROOF = METER.neighbours[0]
GENERATION = replace(device(DeviceKind.METER), measures=MeterRole.GENERATION)
DEFECTS = {
    "negative at noon": (changed(INVERTER, ac_power=-8000, dc_power=0, mppt1_dc_power=0, mppt2_dc_power=0), Check.NOON, True),
    "a generation meter that imports at noon": (
        Look(GENERATION, SITE, NOON, PLATE, said(grid_power=4000, import_energy=1)),
        Check.NOON,
        True,
    ),
    "a phase the wrong way round": (replace(METER, phases_w=(-1000, 1100, -900)), Check.PARTS, True),
    "a string without its scale": (changed(INVERTER, mppt2_dc_power=409), Check.PARTS, False),
    "more out than in": (changed(INVERTER, ac_power=9900), Check.PARTS, False),
    "circuits above the whole": (
        replace(changed(METER, grid_power=3000, circuit1_power=2500, circuit2_power=1000), before={}),
        Check.PARTS,
        False,
    ),
    "registers swapped": (changed(METER, import_energy=1010, export_energy=2000), Check.PARTS, True),
    "registers swapped while importing": (changed(METER, grid_power=3000), Check.PARTS, True),
    "a meter mounted the other way round": (
        replace(changed(METER, grid_power=-9000), before={}, total_w=None),
        Check.PARTS,
        True,
    ),
    "a battery of the wrong sign": (
        replace(
            BATTERY,
            readings=said(battery_power=-6000, soc=50),
            device=device(DeviceKind.BATTERY),
            neighbours=(
                replace(ROOF, values={"ac_power": 1000.0}),
                Neighbour(replace(device(DeviceKind.METER), key="aoba/m"), Nameplate(), {"grid_power": 500.0}),
            ),
        ),
        Check.PARTS,
        True,
    ),
    "a clock without its summer time": (replace(INVERTER, clock_off_ms=3_600_900), Check.CLOCK, True),
    "a clock nine hours behind": (replace(INVERTER, clock_off_ms=-9 * 3_600_000), Check.CLOCK, True),
    "a clock two minutes off": (replace(INVERTER, clock_off_ms=-120_000), Check.CLOCK, False),
    "the serial of another": (replace(INVERTER, neighbours=(ROOF,)), Check.SERIAL, True),
    "kW instead of W": (
        replace(changed(INVERTER, ac_power=5, dc_power=5, mppt1_dc_power=3, mppt2_dc_power=2), device=device(
            DeviceKind.INVERTER, rated_w=10.0
        )),
        Check.RATING,
        True,
    ),
    "more than rated": (changed(INVERTER, ac_power=12_100, dc_power=12_200, mppt1_dc_power=8110), Check.RATING, True),
    "another rating than the nameplate": (replace(INVERTER, told_rated_w=30_000.0), Check.RATING, True),
    "more than the site": (
        replace(INVERTER, device=device(DeviceKind.INVERTER, rated_w=90_000.0), told_rated_w=None),
        Check.RATING,
        False,
    ),
    "not a single value": (replace(INVERTER, readings=said(ac_power=None, ac_energy=None)), Check.SILENT, True),
    "no energy": (changed(INVERTER, ac_energy=None), Check.SILENT, False),
    "a sensor taken for a meter": (replace(METER, readings=said(ambient_temperature=20), total_w=None), Check.SILENT, False),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_each_defect_is_found(name: str) -> None:
    look, check, refuses = DEFECTS[name]
    found = examine(look)
    assert {(finding.check, finding.refuses) for finding in found} == {(check, refuses)}
    for finding in found:
        assert all(str(part) for part in (finding.found, finding.means, finding.do))


def test_what_cannot_be_judged_is_not() -> None:
    without_sun = replace(changed(INVERTER, ac_power=-300, dc_power=0, mppt1_dc_power=0, mppt2_dc_power=0), at_ms=NIGHT)
    placeholder = replace(
        INVERTER, plate=replace(PLATE, serial="0000"), neighbours=(replace(ROOF, plate=Nameplate("SMA", "", "0000")),)
    )
    itself = replace(INVERTER, neighbours=(replace(ROOF, device=INVERTER.device),))
    two_meters = replace(changed(METER, grid_power=-9000), before={}, total_w=None, neighbours=(
        *METER.neighbours, Neighbour(replace(device(DeviceKind.METER), key="aoba/m2"), Nameplate(), {"grid_power": 1.0})
    ))  # fmt: skip
    for look in (without_sun, placeholder, itself, two_meters):
        assert examine(look) == []
