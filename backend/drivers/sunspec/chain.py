"""Finding the models of a device: the marker ``SunS``, then id and length after id and length up to 0xFFFF."""

from dataclasses import dataclass
from typing import Final

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable
from backend.drivers.sunspec.definitions import GroupDefinition, model_definition
from backend.drivers.sunspec.layout import REQUEST_WORDS, Place, has_scale, lay_out, pieces
from backend.drivers.sunspec.line import Line, Refused

BASES: Final = (40000, 50000, 0)
MARKER: Final = b"SunS"
END_MODEL: Final = 0xFFFF
MOST_MODELS: Final = 256
"""A chain cannot run in circles, for addresses only grow; but models of length 0 could make it very long."""
_OLD_COMMON: Final = (1, 67)
"""Model 1 may come without its last register, which pads it to an even length."""
_REGISTERS: Final = 0x10000


@dataclass(frozen=True, slots=True)
class Block:
    """One model of a device, as its chain announces it."""

    model: int
    instance: int
    """Counts models of the same number, from 0."""
    address: int
    """Of the ID word."""
    words: int
    """ID and length words included."""

    @property
    def head(self) -> bytes:
        """ID and length word, with which every reading of the block must begin."""
        return self.model.to_bytes(2) + (self.words - 2).to_bytes(2)


class Restless(DeviceUnreachable):
    """Scale factors changed while a large block was read, twice."""


async def find_chain(line: Line, units: tuple[int, ...]) -> int:
    """Address of the first model; sets the line's unit.

    Raises ``DeviceUnreachable`` when nobody answers, ``DeviceMisconfigured`` when who answers is no SunSpec device.
    """
    silence: DeviceUnreachable | None = None
    answered = False
    for unit in units:
        line.unit = unit
        for base in BASES:
            try:
                answered_here = await line.read(base, 2)
            except Refused:
                answered = True
            except DeviceUnreachable as error:
                silence = error
                await line.connect()
                if not answered and unit != units[0]:
                    break
            else:
                answered = True
                if answered_here == MARKER:
                    return base + 2
    if silence and not answered:
        raise silence
    raise DeviceMisconfigured("answers Modbus, but no SunSpec marker at 40000, 50000 or 0")


async def walk(line: Line, address: int) -> list[Block]:
    """All models from the first one's address on; ends where the chain does, properly or not."""
    blocks: list[Block] = []
    seen: dict[int, int] = {}
    start = address
    while address + 2 <= _REGISTERS and len(blocks) < MOST_MODELS:
        head = await _header(line, address, start)
        if head is None:
            break
        model, length = int.from_bytes(head[:2]), int.from_bytes(head[2:])
        if model == END_MODEL and length and await line.read(start - 2, 2) != MARKER:
            raise DeviceUnreachable("went to sleep while its models were read")
        if model in (END_MODEL, 0) or address + 2 + length > _REGISTERS:
            break
        blocks.append(Block(model, seen.get(model, 0), address, length + 2))
        seen[model] = seen.get(model, 0) + 1
        address += length + 2
    return blocks


async def _header(line: Line, address: int, start: int) -> bytes | None:
    """ID and length; None where the chain was cut short: some devices refuse or do not answer beyond their last model."""
    try:
        return await line.read(address, 2)
    except Refused:
        return None
    except DeviceUnreachable:
        if address == start:
            raise
        await line.read(start, 2)
        return None


async def read_block(line: Line, block: Block, places: tuple[Place, ...], words: int | None = None) -> bytes:
    """The first ``words`` registers of a block, values and scale factors of the same moment; ends early where refused.

    What fits into one request is read in one. Of longer blocks the pieces with scale factors are read again at the end.
    """
    words = block.words if words is None else words
    parts = pieces(places, words)
    if len(parts) == 1:
        return await _read_prefix(line, block.address, words)
    for _ in range(2):
        data = bytearray(2 * words)
        end = words
        for start, count in parts:
            part = await _read_prefix(line, block.address + start, count)
            data[2 * start : 2 * start + len(part)] = part
            if len(part) < 2 * count:
                end = min(end, start + len(part) // 2)
        if await _held_still(line, block, places, parts, data):
            return bytes(data[: 2 * end])
    raise Restless(f"scale factors of model {block.model} change while it is read")


async def _held_still(line: Line, block: Block, places: tuple[Place, ...], parts: list[tuple[int, int]], data: bytearray) -> bool:
    scales = [place.offset for place in places if place.point.kind == "sunssf"]
    for start, count in parts:
        if not has_scale(places, (start, count)):
            continue
        again = await _read_prefix(line, block.address + start, count)
        for offset in scales:
            at = 2 * (offset - start)
            if start <= offset < start + count and again[at : at + 2] != bytes(data[2 * offset : 2 * offset + 2]):
                return False
    return True


async def _read_prefix(line: Line, address: int, count: int) -> bytes:
    """As many of these registers as the device gives, from the first on."""
    found = b""
    step = min(count, REQUEST_WORDS)
    while step and len(found) < 2 * count:
        step = min(step, count - len(found) // 2)
        try:
            found += await line.read(address + len(found) // 2, step)
        except Refused:
            step //= 2
    return found


async def block_layout(line: Line, block: Block) -> tuple[Place, ...] | None:
    """Places of a block's points, or None for a model that is not standard."""
    definition = model_definition(block.model)
    if definition is None:
        return None
    places = lay_out(definition, await _counts(line, block, definition), block.words)
    return places[:-1] if (block.model, block.words) == _OLD_COMMON else places


async def _counts(line: Line, block: Block, definition: GroupDefinition) -> bytes:
    """The model's own points, read only where they say how often a group repeats."""
    if not any(isinstance(group.count, str) for group in definition.groups):
        return b""
    own = sum(point.words for point in definition.points)
    return await _read_prefix(line, block.address, min(own, block.words))
