"""Signs and sums of power: generation at noon, phases, strings and circuits, registers, the balance of the site."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from backend.model.device import DeviceKind, MeterRole
from backend.model.message import Message, MessageValue
from backend.model.sun import elevation_deg
from backend.quality.commissioning.look import Check, Finding, Look, kilowatts

_HIGH_SUN_DEG: Final = 15.0
"""Above this even a covered sky lets an inverter give more than it draws."""
_OWN_DRAW_W: Final = 20.0
_OWN_DRAW: Final = 0.01
"""Share of the rated power that an inverter may draw for itself by day."""
_SUM_W: Final = 100.0
_SUM: Final = 0.1
"""Parts and whole may differ so much, because they are not read in one instant."""
_SITE_W: Final = 300.0
_MOVING_W: Final = 100.0
"""Below this a register may stand still for the time of a look."""
_WHOLES: Final = (
    (("dc_power",), re.compile(r"mppt\d+_dc_power"), True),
    (("load_power", "grid_power"), re.compile(r"circuit\d+_power"), False),
)
"""A whole, its parts, and whether every part is there."""
_LOOK_AT_METER: Final = Message(
    "Look at the meter's direction and wiring. For a SunSpec meter add meter=reversed or meter=export_positive to the address."
)


def noon(look: Look) -> Iterator[Finding]:
    """Generation below zero while the sun is high."""
    sun_deg = float(elevation_deg(np.array([look.at_ms]), look.site.place)[0])
    power_w = _generation_w(look)
    limit_w = max(_OWN_DRAW_W, _OWN_DRAW * (look.device.rated_w or look.told_rated_w or 0.0))
    if power_w is None or sun_deg < _HIGH_SUN_DEG or power_w >= -limit_w:
        return
    values: dict[str, MessageValue] = {"power": kilowatts(power_w), "sun": round(sun_deg)}
    yield Finding(
        Check.NOON,
        True,
        Message("It says that it generates {power} while the sun stands {sun} degrees high.", values),
        Message("By day a generator gives power; its sign is turned, or it is no generator but a meter or a load."),
        Message("Look at the wiring of its current sensors and at what the device is; add it as what it is with --kind."),
    )


def _generation_w(look: Look) -> float | None:
    if look.device.kind is DeviceKind.INVERTER:
        return look.value("ac_power")
    if look.device.measures is MeterRole.GENERATION:
        power_w = look.value("grid_power")
        return None if power_w is None else -power_w
    return None


def phases(look: Look) -> Iterator[Finding]:
    """The phases of a meter must make its total; they are read in the same instant."""
    if look.total_w is None or len(look.phases_w) < 2:
        return
    total_w = sum(look.phases_w)
    if abs(total_w - look.total_w) <= max(_SUM_W, _SUM * max(map(abs, look.phases_w))):
        return
    yield Finding(
        Check.PARTS,
        True,
        Message(
            "Its phases make {parts} together, but its total says {whole}.",
            {"parts": kilowatts(total_w), "whole": kilowatts(look.total_w)},
        ),
        Message("A current sensor sits the wrong way round or on the wrong phase, or registers are swapped."),
        Message("Let an electrician look at the direction of each current sensor."),
    )


def parts(look: Look) -> Iterator[Finding]:
    """Strings make the direct current, circuits no more than the whole, and an inverter gives no more than it takes."""
    for names, pattern, complete in _WHOLES:
        whole = next((value for name in names if (value := look.value(name)) is not None), None)
        found = [value for name, value in look.values.items() if pattern.fullmatch(name)]
        if whole is None or not found:
            continue
        total = sum(found)
        margin = max(_SUM_W, _SUM * abs(whole))
        if abs(total - whole) > margin if complete else total - whole > margin:
            yield _unequal(total, whole, len(found))
    taken, given = look.value("dc_power"), look.value("ac_power")
    if taken is not None and given is not None and taken >= 0 and given > taken + max(_SUM_W, _SUM * taken):
        yield _unequal(taken, given, 1)


def _unequal(total: float, whole: float, count: int) -> Finding:
    return Finding(
        Check.PARTS,
        False,
        Message(
            "Its {count} parts make {parts} together, but the whole is {whole}.",
            {"count": count, "parts": kilowatts(total), "whole": kilowatts(whole)},
        ),
        Message("Registers may be swapped or scaled wrongly, or a part is not connected."),
        Message("Compare both with the display of the device before you believe either."),
    )


def registers(look: Look) -> Iterator[Finding]:
    """The register of the direction in which power flows must be the one that grows."""
    power_w = look.value("grid_power")
    taken, given = look.grown("import_energy"), look.grown("export_energy")
    if power_w is None or abs(power_w) < _MOVING_W:
        return
    wrong, right = (taken, given) if power_w < 0 else (given, taken)
    if wrong > 0 and right <= 0:
        values: dict[str, MessageValue] = {"power": kilowatts(power_w)}
        yield Finding(
            Check.PARTS,
            True,
            Message("It says that it exports ({power}), but its register of import grows.", values)
            if power_w < 0
            else Message("It says that it imports ({power}), but its register of export grows.", values),
            Message("Power and registers contradict each other: the registers of import and export are swapped."),
            _LOOK_AT_METER,
        )


def balance(look: Look) -> Iterator[Finding]:
    """What generators, grid and storage give must be used somewhere: less than nothing cannot be left for the building."""
    everything = [(look.device.kind, look.device.measures, look.values)]
    everything += [(each.device.kind, each.device.measures, each.values) for each in look.neighbours]
    grids = [values["grid_power"] for kind, role, values in everything if _is_grid(kind, role, values)]
    if len(grids) != 1 or look.device.kind not in (DeviceKind.INVERTER, DeviceKind.METER, DeviceKind.BATTERY):
        return
    made_w = sum(values.get("ac_power", 0.0) for kind, _, values in everything if kind is DeviceKind.INVERTER)
    stored_w = sum(values.get("battery_power", 0.0) for _, _, values in everything)
    charging_w = sum(_charging_w(values) for kind, _, values in everything if kind is DeviceKind.CHARGER)
    left_w = made_w + grids[0] + stored_w - charging_w
    if left_w >= -max(_SITE_W, _SUM * (abs(made_w) + abs(grids[0]) + abs(stored_w) + charging_w)):
        return
    values: dict[str, MessageValue] = {
        "made": kilowatts(made_w),
        "grid": kilowatts(grids[0]),
        "left": kilowatts(left_w),
    }
    yield Finding(
        Check.PARTS,
        True,
        Message("Generation of {made} and {grid} from the grid leave {left} for the building: less than nothing.", values),
        Message("The meter's import and export are swapped, or a generator or battery has the wrong sign."),
        _LOOK_AT_METER,
    )


def _is_grid(kind: DeviceKind, role: MeterRole | None, values: Mapping[str, float]) -> bool:
    return kind is DeviceKind.METER and role in (None, MeterRole.GRID) and "grid_power" in values


def _charging_w(values: Mapping[str, float]) -> float:
    return sum(value for name, value in values.items() if re.fullmatch(r"connector\d+\.power", name))
