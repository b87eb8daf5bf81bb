"""The SunSpec driver: opens sessions and remembers devices between them."""

import asyncio
from typing import Final

from backend.drivers.contract import DeviceError, DeviceGarbled, DeviceMisconfigured, DeviceUnreachable
from backend.drivers.sunspec.address import SunSpecAddress, parse_address
from backend.drivers.sunspec.chain import find_chain, walk
from backend.drivers.sunspec.feeds import models_wanted
from backend.drivers.sunspec.line import Line, Refused
from backend.drivers.sunspec.memory import Memory
from backend.drivers.sunspec.session import SunSpecSession
from backend.model.clock import Clock
from backend.model.device import Device

OPEN_LIMIT: Final = 10.0
"""Longest opening, in time-outs of one request."""


class SunSpecDriver:
    """A polling driver; one for all SunSpec devices of a node."""

    def __init__(self) -> None:
        self._memories: dict[str, Memory] = {}

    async def open(self, device: Device, clock: Clock) -> SunSpecSession:
        """Connect, find the chain and read the nameplate. Raises ``DeviceError``; bounded by ten time-outs."""
        address = parse_address(device.address)
        memory = self._memories.setdefault(device.key, Memory())
        line = Line(address.host, address.port, address.timeout_s)
        try:
            async with asyncio.timeout(OPEN_LIMIT * address.timeout_s):
                return await _open(device, address, line, clock, memory)
        except TimeoutError as error:
            await line.close()
            raise DeviceUnreachable("too slow to be opened") from error
        except Refused as error:
            await line.close()
            raise DeviceGarbled(str(error)) from error
        except DeviceMisconfigured as error:
            await line.close()
            if memory.serial:
                raise DeviceUnreachable(f"not ready: {error}") from error
            raise
        except (DeviceError, asyncio.CancelledError):
            await line.close()
            raise


async def _open(device: Device, address: SunSpecAddress, line: Line, clock: Clock, memory: Memory) -> SunSpecSession:
    await line.connect()
    blocks = await walk(line, await find_chain(line, address.units))
    if not blocks:
        raise DeviceGarbled("SunSpec marker without any model")
    session = SunSpecSession(device, address, line, blocks, clock, memory)
    await session.prepare(models_wanted(device.kind))
    return session
