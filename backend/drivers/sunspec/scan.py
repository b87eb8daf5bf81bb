"""Looks for SunSpec devices in a network: few connections at a time, a bounded wait for each, nothing written."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from backend.drivers.contract import Area, DeviceError, Found
from backend.drivers.sunspec.address import DEFAULT_PORT, LIKELY_UNITS
from backend.drivers.sunspec.chain import Block, find_chain, walk
from backend.drivers.sunspec.description import kind_of, read_plate
from backend.drivers.sunspec.line import Line
from backend.drivers.sunspec.tables import METER
from backend.model.device import DeviceKind

AT_ONCE: Final = 24
"""Connections that are open or being opened at one time."""
TIMEOUT_S: Final = 0.8
"""For a connection and for one request; devices stand in the same house."""
UNIT_S: Final = 4.0
"""Longest search for one unit behind an open connection, its nameplate included."""

Step = Callable[[int, int], None]


class SunSpecScanner:
    """Asks every host at every port for the likely units."""

    def __init__(self, at_once: int = AT_ONCE, timeout_s: float = TIMEOUT_S, ports: tuple[int, ...] = (DEFAULT_PORT,)) -> None:
        self._at_once, self._timeout_s, self._ports = at_once, timeout_s, ports

    async def scan(self, area: Area, tell: Callable[[Found], None], step: Step) -> None:
        """Never raises for what single hosts do."""
        ports = tuple(dict.fromkeys((*self._ports, *area.ports)))
        queue = deque((host, port) for host in area.hosts for port in ports)
        total = len(queue)
        step(0, total)

        async def work() -> None:
            while queue:
                host, port = queue.popleft()
                await self._look(host, port, tell)
                step(total - len(queue), total)

        async with asyncio.TaskGroup() as tasks:
            for number in range(min(self._at_once, total)):
                tasks.create_task(work(), name=f"sunspec scan {number}")

    async def _look(self, host: str, port: int, tell: Callable[[Found], None]) -> None:
        line = Line(host, port, self._timeout_s)
        try:
            await line.connect()
            seen: set[tuple[str, str, str]] = set()
            for unit in LIKELY_UNITS:
                for found in await self._unit(line, f"sunspec://{host}:{port}", unit):
                    # Many devices answer under every unit.
                    identity = (found.plate.maker, found.plate.model, found.plate.serial)
                    if identity not in seen:
                        seen.add(identity)
                        tell(found)
        except (DeviceError, OSError):
            return
        finally:
            await line.close()

    async def _unit(self, line: Line, address: str, unit: int) -> list[Found]:
        """What answers under one unit; nothing where nobody does."""
        try:
            async with asyncio.timeout(UNIT_S):
                blocks = await walk(line, await find_chain(line, (unit,)))
                instances = range(max(1, _meters(blocks)))
                return [
                    Found(
                        f"{address}?unit={unit}" + (f"&instance={instance}" if instance else ""),
                        await read_plate(line, blocks, instance),
                        kind_of(blocks),
                    )
                    for instance in instances
                ]
        except (DeviceError, TimeoutError):
            return []


def _meters(blocks: list[Block]) -> int:
    """How many meters stand in a chain of nothing but meters; 0 for any other."""
    if kind_of(blocks) is not DeviceKind.METER:
        return 0
    return max(block.instance for block in blocks if block.model in METER.models) + 1
