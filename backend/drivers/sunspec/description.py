"""What a device says of itself: its nameplate, what it is, its rated power, its clock, the power of its phases."""

from collections.abc import Sequence
from typing import Final

from backend.drivers.contract import Description
from backend.drivers.sunspec.chain import Block, block_layout, read_block
from backend.drivers.sunspec.codec import readable
from backend.drivers.sunspec.layout import read_place
from backend.drivers.sunspec.line import Line
from backend.drivers.sunspec.tables import SOURCES
from backend.model.device import DeviceKind, Nameplate

EPOCH_2000_MS: Final = 946_684_800_000
"""Clocks count seconds since 2000-01-01T00:00Z."""
_RATINGS: Final = ((120, "WRtg"), (702, "WMaxRtg"))
_CLOCK: Final = (122, "Tms")
_METERS: Final = frozenset({201, 202, 203, 204, 211, 212, 213, 214})
_PHASES: Final = ("WphA", "WphB", "WphC")


async def describe(line: Line, blocks: Sequence[Block], instance: int) -> Description:
    """Reads two or three blocks. Raises ``DeviceError``."""
    first = {block.model: block for block in reversed(blocks)}
    ratings = [await _value(line, first.get(model), name) for model, name in _RATINGS]
    seconds = await _value(line, first.get(_CLOCK[0]), _CLOCK[1])
    meter = next((block for block in blocks if block.model in _METERS and block.instance == instance), None)
    total, *phases = await _values(line, meter, ("W", *_PHASES))
    return Description(
        kind_of(blocks),
        next((rating for rating in ratings if rating), None),
        None if not seconds else EPOCH_2000_MS + round(seconds * 1000),
        total,
        tuple(phase for phase in phases if phase is not None),
    )


def kind_of(blocks: Sequence[Block]) -> DeviceKind | None:
    """By its models: an inverter with a meter is an inverter."""
    models = {block.model for block in blocks}
    return next((kind for kind, sources in SOURCES.items() if any(models & set(source.models) for source in sources)), None)


async def read_plate(line: Line, blocks: Sequence[Block], instance: int) -> Nameplate:
    """Model 1; empty where there is none, or something else in its place. Raises ``DeviceError``."""
    commons = [block for block in blocks if block.model == 1]
    block = next((block for block in commons if block.instance == instance), commons[0] if commons else None)
    places = await block_layout(line, block) if block else None
    if block is None or places is None:
        return Nameplate()
    data = await read_block(line, block, places)
    if data[:4] != block.head:
        return Nameplate()
    text = {p.point.name: readable(data[2 * p.offset : 2 * (p.offset + p.point.words)]) for p in places}
    return Nameplate(text["Mn"], text["Md"], text["SN"], text["Vr"])


async def _value(line: Line, block: Block | None, name: str) -> float | None:
    return (await _values(line, block, (name,)))[0]


async def _values(line: Line, block: Block | None, names: Sequence[str]) -> list[float | None]:
    """Values of one moment; None for each that the device does not give."""
    layout = await block_layout(line, block) if block else None
    if block is None or layout is None:
        return [None] * len(names)
    places = {place.path: place for place in layout}
    data = await read_block(line, block, layout)
    found = [read_place(places[name], data, block.words).value if name in places else None for name in names]
    return [float(value) if isinstance(value, int | float) else None for value in found]
