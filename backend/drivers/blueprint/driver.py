"""The blueprint driver, in the order in which you write your own.

1. Copy this folder and name it after the protocol; copy its tests as well.
2. Fill the table (``table.py``): one row per point, with unit, kind, digits and sign.
3. Write the decoding, pure: bytes in, values out, ``ValueError`` for nonsense (``table.py``).
4. Take the address apart; a wrong one is ``DeviceMisconfigured``.
5. Open: connect within the time-out, ask who is there, keep the nameplate.
6. Poll: ask, decode, stamp the time, report. Every fault leaves as one of the three kinds of ``DeviceError``.
7. Close within a second, whatever state the line is in.
8. Add the scheme to ``backend/drivers/index.py`` and to ``backend/settings/addresses``.
9. Write a pseudo device in ``backend/simulation`` and add a peer to ``tests/contract/drivers/peers.py``: the suite does the rest.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from backend.drivers.blueprint.table import ROWS, decode, number
from backend.drivers.contract import DeviceGarbled, DeviceMisconfigured, DeviceUnreachable, Report
from backend.model.clock import Clock
from backend.model.device import Device, Nameplate
from backend.model.point import Point
from backend.model.quality import Quality
from backend.model.reading import Reading

TIMEOUT_S: Final = 3.0
LONGEST_LINE: Final = 4096


class BlueprintDriver:
    """Opens sessions with blueprint devices."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    async def open(self, device: Device, clock: Clock) -> "BlueprintSession":
        """Steps 4 and 5. Raises ``DeviceError``."""
        parts = urlsplit(device.address)
        if not parts.hostname or not parts.port:
            raise DeviceMisconfigured(f"{device.address}: expected blueprint://host:port")
        try:
            async with asyncio.timeout(self._timeout_s):
                reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=LONGEST_LINE)
        except (OSError, TimeoutError) as error:
            raise DeviceUnreachable(str(error)) from error
        session = BlueprintSession(device, clock, reader, writer, self._timeout_s)
        try:
            await session.identify()
        except BaseException:
            await session.close()
            raise
        return session


class BlueprintSession:
    """One open connection."""

    def __init__(
        self, device: Device, clock: Clock, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout_s: float
    ) -> None:
        self._device, self._clock, self._reader, self._writer, self._timeout_s = device, clock, reader, writer, timeout_s
        self._plate = Nameplate()

    @property
    def plate(self) -> Nameplate:
        """A changed serial tells a replaced device."""
        return self._plate

    @property
    def points(self) -> Sequence[Point]:
        """Every row of the table."""
        return [Point(self._device.key, row.spec) for row in ROWS]

    async def identify(self) -> None:
        """Step 5: who is there? Raises ``DeviceError``."""
        self._plate = Nameplate(serial=(await self._ask()).get("SN", ""))

    async def poll(self) -> Report:
        """Step 6. Raises ``DeviceError``."""
        values = await self._ask()
        at_ms = self._clock.now_ms()
        readings: list[Reading] = []
        for row in ROWS:
            key = f"{self._device.key}/{row.spec.name}"
            try:
                value = number(row, values)
            except ValueError as error:
                raise DeviceGarbled(f"{row.key}: {error}") from error
            absent = isinstance(value, Quality)
            readings.append(Reading.absent(key, at_ms, value) if absent else Reading(key, at_ms, value))
        return Report(readings)

    async def close(self) -> None:
        """Step 7: abort instead of flushing to a peer that may be dead."""
        self._writer.transport.abort()
        await asyncio.sleep(0)

    async def _ask(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(self._timeout_s):
                self._writer.write(b"READ\n")
                await self._writer.drain()
                line = await self._reader.readline()
        except (OSError, TimeoutError) as error:
            raise DeviceUnreachable(str(error) or f"no answer within {self._timeout_s} s") from error
        except ValueError as error:
            raise DeviceGarbled("endless line") from error
        if not line:
            raise DeviceUnreachable("the device closed the connection")
        try:
            return decode(line)
        except ValueError as error:
            raise DeviceGarbled(f"not a line of this protocol: {line[:20]!r}") from error
