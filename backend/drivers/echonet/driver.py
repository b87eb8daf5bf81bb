"""The ECHONET Lite driver: one port for all objects of a node. Start reading here."""

import asyncio
import socket
from collections import Counter
from typing import Final

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable, Recorded
from backend.drivers.echonet.address import EchonetAddress, parse_address
from backend.drivers.echonet.asking import Asking
from backend.drivers.echonet.endpoint import Endpoint, Source
from backend.drivers.echonet.frame import NODE_PROFILE, Eoj, Frame
from backend.drivers.echonet.maps import read_instances
from backend.drivers.echonet.memory import Memory
from backend.drivers.echonet.session import EchonetSession
from backend.drivers.echonet.tables import TABLES
from backend.model.clock import Clock
from backend.model.device import Device
from backend.settings.node import EchonetPort

OPEN_LIMIT: Final = 10.0
"""Longest opening, in time-outs of one request."""
_LIST: Final = 0xD6


class EchonetDriver:
    """A polling driver; one for all ECHONET Lite devices of a node."""

    def __init__(self, settings: EchonetPort | None = None, recorded: Recorded | None = None) -> None:
        """``recorded`` tells which half hours of a meter are missing after a restart of ours."""
        self.endpoint = Endpoint(settings or EchonetPort())
        self._recorded = recorded
        self._memories: dict[str, Memory] = {}
        self._places: Counter[tuple[str, Eoj]] = Counter()
        """How many sessions speak with an object of this code and number under this address."""

    async def open(self, device: Device, clock: Clock) -> EchonetSession:
        """Find the object and what it can say. Raises ``DeviceError``; bounded by ten time-outs."""
        address = parse_address(device.address)
        try:
            async with asyncio.timeout(OPEN_LIMIT * address.timeout_s):
                to = (await resolve(address.host), address.port)
                await self.endpoint.acquire()
                return await self._prepared(device, address, to, clock)
        except TimeoutError as error:
            raise DeviceUnreachable("too slow to be opened") from error

    async def _prepared(self, device: Device, address: EchonetAddress, to: Source, clock: Clock) -> EchonetSession:
        asking = Asking(self.endpoint, to, address.eoj, address.timeout_s)
        memory = self._memories.setdefault(device.key, Memory())
        place = (to[0], address.eoj)
        held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._places[place] -= 1
                stop_hearing()
                self.endpoint.release()

        def hear(source: Source, frame: Frame) -> None:
            """Of several nodes behind one address with the same object only the port tells who speaks."""
            if source[0] == to[0] and (self._places[place] == 1 or source[1] == to[1]):
                session.heard(source, frame)

        session = EchonetSession(device, address, asking, clock, memory, leave)
        stop_hearing = self.endpoint.listen(hear)
        self._places[place] += 1
        try:
            await session.prepare(TABLES.get(address.eoj.code), self._recorded)
        except DeviceUnreachable as error:
            try:
                await self._explain(address, to, error)
            finally:
                leave()
            raise
        except BaseException:
            leave()
            raise
        return session

    async def _explain(self, address: EchonetAddress, to: Source, error: DeviceUnreachable) -> None:
        """The node may be there without the object: raises ``DeviceMisconfigured`` then, ``DeviceUnreachable`` otherwise."""
        edt = await Asking(self.endpoint, to, NODE_PROFILE, address.timeout_s).one(_LIST)
        objects = read_instances(edt or b"")
        if objects and address.eoj not in objects:
            listed = ", ".join(map(str, objects))
            raise DeviceMisconfigured(f"the node has no object {address.eoj}; it has {listed}") from error


async def resolve(host: str) -> str:
    """The IPv4 address of a host. Raises ``DeviceUnreachable``."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise DeviceUnreachable(f"{host}: {error.strerror or error}") from error
    return str(found[0][4][0])
