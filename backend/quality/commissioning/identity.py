"""Is it the device that it is taken for? Its values, its rating, its serial number, its clock."""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from backend.model.device import DeviceKind
from backend.model.message import Message, MessageValue
from backend.model.quality import Flag
from backend.model.sun import elevation_deg
from backend.quality.commissioning.look import Check, Finding, Look, kilowatts
from backend.quality.limits import PV_AC_MARGIN

_ASLEEP_BELOW_DEG: Final = 5.0
_EXPECTED: Final = {
    DeviceKind.INVERTER: (r"ac_power", r"ac_energy"),
    DeviceKind.METER: (r"(grid|load|circuit\d*)_power", r"(import|export|load|circuit\d*)_energy"),
    DeviceKind.BATTERY: (r"battery_power", r"soc|stored_energy"),
}
"""What a device of a kind is for, as patterns of names."""
_POWERS: Final = {DeviceKind.INVERTER: "ac_power", DeviceKind.BATTERY: "battery_power", DeviceKind.METER: "grid_power"}
_DIFFERS: Final = 1.25
"""A rating and the nameplate's may differ by this factor; strings and contracts limit inverters."""
_TOO_SMALL_W: Final = 100.0
"""No inverter of a site is so small: kW was written where W belongs."""
_TOO_LARGE: Final = 3.0
"""Share of the site's installed power beyond which a rating is questioned."""
_QUESTIONED_MS: Final = 60_000
_REFUSED_MS: Final = 5 * 60_000
_HOUR_MS: Final = 3_600_000
_PLACEHOLDERS: Final = {"", "0", "1", "na", "n/a", "none", "unknown", "serial", "serialnumber"}


def silent(look: Look) -> Iterator[Finding]:
    """Nothing, or not what such a device is for. An inverter sleeps while the sun is down."""
    if look.device.kind is DeviceKind.CHARGER:
        return
    sun_deg = float(elevation_deg(np.array([look.at_ms]), look.site.place)[0])
    if look.device.kind is DeviceKind.INVERTER and sun_deg < _ASLEEP_BELOW_DEG:
        return
    there = look.values
    if not there:
        yield _silent(True, Message("It gives not a single value."))
        return
    for pattern in _EXPECTED.get(look.device.kind, ()):
        if not any(re.fullmatch(pattern, name) for name in there):
            named = [name for name in look.readings if re.fullmatch(pattern, name)]
            shown: dict[str, MessageValue] = {"names": ", ".join(named) or re.sub(r"\\d\*|[()]", "", pattern).replace("|", ", ")}
            yield _silent(False, Message("It gives no value for {names}.", shown))


def _silent(refuses: bool, found: Message) -> Finding:
    return Finding(
        Check.SILENT,
        refuses,
        found,
        Message("It may be of another kind, switched off, or not measure this; screens would show a dash."),
        Message("See what it says with: enemado device probe ADDRESS; name its kind with --kind."),
    )


def rating(look: Look) -> Iterator[Finding]:
    """Rated power beside the nameplate's, the power of now, and what is installed at the site."""
    rated_w, told_w = look.device.rated_w, look.told_rated_w
    if rated_w is None:
        return
    shown: dict[str, MessageValue] = {"rated": kilowatts(rated_w)}
    power_w = look.value(_POWERS.get(look.device.kind, ""))
    if look.device.kind is DeviceKind.INVERTER and rated_w < _TOO_SMALL_W:
        yield _rating(True, Message("A rated power of {rated} is too small for an inverter.", shown))
    elif power_w is not None and abs(power_w) > PV_AC_MARGIN * rated_w:
        shown["power"] = kilowatts(power_w)
        yield _rating(True, Message("It gives {power}, more than its rated power of {rated} allows.", shown))
    elif told_w is not None and not 1 / _DIFFERS <= rated_w / told_w <= _DIFFERS:
        shown["told"] = kilowatts(told_w)
        yield _rating(True, Message("Its rated power is given as {rated}, but its nameplate says {told}.", shown))
    elif look.device.kind is DeviceKind.INVERTER and look.site.pv and rated_w > _TOO_LARGE * 1000 * look.site.pv.installed_kw:
        shown["installed"] = kilowatts(1000 * look.site.pv.installed_kw)
        yield _rating(False, Message("A rated power of {rated} is far more than the {installed} of the whole site.", shown))


def _rating(refuses: bool, found: Message) -> Finding:
    return Finding(
        Check.RATING,
        refuses,
        found,
        Message("Limits, shares and expected values are worked out from it; with a wrong one, true values look false."),
        Message("Take it from the nameplate, in W, and give it with --rated-w."),
    )


def serial(look: Look) -> Iterator[Finding]:
    """The same maker and serial number at another device."""
    own = look.plate
    if own.serial.strip().lower() in _PLACEHOLDERS or not own.serial.strip("0"):
        return
    for each in look.neighbours:
        if each.device.key != look.device.key and (each.plate.maker, each.plate.serial) == (own.maker, own.serial):
            yield Finding(
                Check.SERIAL,
                True,
                Message(
                    "Its serial number {serial} belongs to {device} already.", {"serial": own.serial, "device": each.device.key}
                ),
                Message("It is the same device under another address, and everything it measures would be counted twice."),
                Message("Change the address of {device} instead, if it has moved.", {"device": each.device.key}),
            )


def clock(look: Look) -> Iterator[Finding]:
    """Whole hours tell of a wrong time zone."""
    off_ms = look.clock_off_ms
    if off_ms is None and any(Flag.CLOCK_SUSPECT in reading.flags for reading in look.readings.values()):
        yield Finding(
            Check.CLOCK,
            False,
            Message("It sends times that cannot be true; the time of receipt was taken instead."),
            Message("Its own records and what it sends later would stand at wrong times."),
            Message("Set the clock of the device, best by its time server (NTP)."),
        )
    if off_ms is None or abs(off_ms) < _QUESTIONED_MS:
        return
    hours = round(off_ms / _HOUR_MS)
    whole = hours != 0 and abs(off_ms - hours * _HOUR_MS) < 2 * _QUESTIONED_MS
    values: dict[str, MessageValue] = {"minutes": round(abs(off_ms) / 60_000)}
    yield Finding(
        Check.CLOCK,
        abs(off_ms) >= _REFUSED_MS,
        Message("Its clock is {minutes} minutes ahead.", values)
        if off_ms > 0
        else Message("Its clock is {minutes} minutes behind.", values),
        Message("Its time zone is set wrongly; its own records and what it sends later would stand at wrong hours.")
        if whole
        else Message("Its own records and what it sends later would stand at wrong times."),
        Message("Set the clock of the device, best by its time server (NTP)."),
    )
