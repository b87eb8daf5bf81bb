"""Choosing, for one object, which property feeds which point, and turning what it says into a value. Pure."""

import math
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from typing import Final

from backend.drivers.echonet.number import Absence, Number, read
from backend.drivers.echonet.tables.rows import ListRow, Row, Scale, Table, Values
from backend.model import quantities as q
from backend.model.device import MeterRole
from backend.model.point import PointKind, PointSpec

UNITS: Final = {code: -code for code in range(5)} | {code: code - 9 for code in range(0x0A, 0x0F)}
"""Code of a unit to its power of ten: 00 is 1, 04 is 0.0001, 0A is 10, 0E is 100,000."""
_MOST_DIGITS: Final = 8
_ROLES: Final = {
    MeterRole.GRID: {q.LOAD_POWER.name: q.GRID_POWER, q.LOAD_ENERGY.name: q.IMPORT_ENERGY},
    MeterRole.LOAD: {q.GRID_POWER.name: q.LOAD_POWER, q.IMPORT_ENERGY.name: q.LOAD_ENERGY},
    MeterRole.GENERATION: {
        q.GRID_POWER.name: q.AC_POWER,
        q.LOAD_POWER.name: q.AC_POWER,
        q.IMPORT_ENERGY.name: q.AC_ENERGY,
        q.LOAD_ENERGY.name: q.AC_ENERGY,
    },
}


@dataclass(frozen=True, slots=True)
class Feed:
    """One of our points and where its value comes from."""

    spec: PointSpec
    epc: int
    number: Number
    factor: float | None = 1.0
    """None where the object does not say what a count is worth."""
    clock: bool = False
    head: bytes = b""
    """With which the property must begin: the channels that it spoke of when the points were declared."""


def choose(table: Table, listed: Set[int], values: Values, role: MeterRole | None = None) -> tuple[list[Feed], list[PointSpec]]:
    """What feeds what, each point once by the order of the table; and what the object does not have though it should.

    ``listed`` is the Get map, ``values`` what the object said of units and channels.
    """
    feeds: dict[str, Feed] = {}
    missing: dict[str, PointSpec] = {}
    for row in table.rows:
        spec = _in_role(row.spec, role)
        if row.epc in listed:
            feeds.setdefault(spec.name, _scaled(table, listed, values, replace(row, spec=spec)))
        elif row.expected:
            missing.setdefault(spec.name, spec)
    for each in table.lists:
        if each.epc in listed:
            for feed in _channels(table, listed, values, each):
                feeds.setdefault(feed.spec.name, feed)
    return list(feeds.values()), [spec for name, spec in missing.items() if name not in feeds]


def factor_of(scale: Scale | None, listed: Set[int], values: Values) -> float | None:
    """What a count is worth, in kWh or kW; None where that is not known."""
    if scale is None:
        return None
    unit = UNITS.get(_code(values.get(scale.unit)))
    if unit is None:
        return None
    worth = 1.0
    if scale.coefficient is not None and scale.coefficient in listed:
        worth = float(int.from_bytes(values.get(scale.coefficient, b"")[:4]))
    if scale.multiplier is not None and scale.multiplier in listed:
        power = UNITS.get(_code(values.get(scale.multiplier)))
        if power is None:
            return None
        unit += power
    return worth * 10.0**unit if worth else None


def value_of(feed: Feed, edt: bytes) -> float | Absence:
    """In the stored unit, or why there is none."""
    if not edt.startswith(feed.head):
        return Absence.WRONG_SIZE
    raw = read(feed.number, edt)
    if isinstance(raw, Absence):
        return raw
    # 0.0 is added so that a turned zero has no sign.
    return Absence.NO_SCALE if feed.factor is None else round(float(raw * feed.factor), 6) + 0.0


def _in_role(spec: PointSpec, role: MeterRole | None) -> PointSpec:
    """A clamp or a board measures what the settings say; without a word, what its class is meant for."""
    other = _ROLES.get(role, {}).get(spec.name) if role is not None else None
    return replace(other, modulus=spec.modulus) if other is not None else spec


def _scaled(table: Table, listed: Set[int], values: Values, row: Row) -> Feed:
    if not row.scaled:
        return Feed(row.spec, row.epc, row.number, row.factor, row.clock)
    counts = row.spec.kind is PointKind.ACCUMULATING
    scale = table.scale if counts else table.power_scale
    worth = factor_of(scale, listed, values)
    factor = None if worth is None else row.factor * worth
    spec = _with_modulus(row.spec, scale, values, factor) if counts else row.spec
    return Feed(spec, row.epc, row.number, factor, row.clock)


def _with_modulus(spec: PointSpec, scale: Scale | None, values: Values, factor: float | None) -> PointSpec:
    """The register's point with where it rolls over, and with as many decimals as a count needs."""
    if factor is None or scale is None:
        return spec
    digits = _code(values.get(scale.digits)) if scale.digits is not None else _MOST_DIGITS
    if not 1 <= digits <= _MOST_DIGITS:
        digits = _MOST_DIGITS
    decimals = max(spec.digits, -math.floor(math.log10(factor)))
    return replace(spec, modulus=10.0**digits * factor, digits=min(decimals, 6))


def _channels(table: Table, listed: Set[int], values: Values, row: ListRow) -> Iterator[Feed]:
    """A feed for each channel that the list speaks of now."""
    edt = values.get(row.epc, b"")
    if len(edt) < 2:
        return
    first, count, head = edt[0], edt[1], edt[:2]
    worth = factor_of(table.scale, listed, values) if row.scaled else 1.0
    factor = None if worth is None else row.factor * worth
    for index in range(min(count, (len(edt) - 2) // row.step)):
        number = replace(row.item, at=2 + index * row.step + row.item.at)
        spec = q.numbered(row.spec, first + index)
        if spec.kind is PointKind.ACCUMULATING:
            spec = _with_modulus(spec, table.scale, values, factor)
        yield Feed(spec, row.epc, number, factor, head=head)


def _code(edt: bytes | None) -> int:
    """A code of one byte, or one that there is not."""
    return edt[0] if edt is not None and len(edt) == 1 else -1
