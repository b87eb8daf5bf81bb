"""The OCPP central system: one listening socket for all chargers of a node. Start reading here."""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final, cast

import structlog
from websockets.asyncio.server import Server, ServerConnection, serve

from backend.drivers.contract import DeviceMisconfigured, DeviceUnreachable, Secret
from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.door import PROTOCOLS, Door
from backend.drivers.ocpp.hall import Hall
from backend.drivers.ocpp.recall import Memory, recall
from backend.drivers.ocpp.security import address_identity
from backend.drivers.ocpp.station import House, Numbers, Station
from backend.drivers.ocpp.watch import Watch
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device, DeviceStatus, Security
from backend.model.states import Connectivity
from backend.settings.node import OcppListener, TlsFiles

_log = structlog.get_logger(__name__)
LARGEST_FRAME: Final = 256 * 1024
"""Bytes; a day's backlog in one message is about a tenth of it."""


class CentralSystem:
    """Chargers connect to ``ws(s)://node:port/<any prefix>/<charge point id>``."""

    def __init__(
        self,
        listener: OcppListener,
        memory: Memory | None = None,
        *,
        welcome: Callable[[str], bool] = lambda tag: True,
        settle_s: float = 2.0,
        tick_s: float = 1.0,
    ) -> None:
        """``memory`` is what was recorded before; ``welcome`` tells whether a tag may charge.

        ``settle_s`` after its connection a charger is asked for what it did not tell by itself;
        every ``tick_s`` all are looked after.
        """
        self._listener = listener
        self._memory = memory
        self._welcome = welcome
        self._settle_s = settle_s
        self._tick_s = tick_s
        self._server: Server | None = None

    @property
    def port(self) -> int:
        """Where we really listen, while serving; settings may say 0 for any free port."""
        if self._server is None:
            raise RuntimeError("not serving")
        return next(iter(self._server.sockets)).getsockname()[1]

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises ``DeviceError`` where listening is not possible."""
        house = House(sink, clock, Numbers(), self._listener.heartbeat_s, self._welcome)
        stations = {address_identity(device.address): await self._station(device, house) for device in devices}
        door = Door({identity: s.charger.device for identity, s in stations.items()}, sink, clock, secret)
        hall = Hall(stations, self._settle_s, self._listener.sample_s)
        self._server = await self._listen(door, hall)
        watch = Watch(tuple(stations.values()), clock, self._listener.heartbeat_s)
        try:
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(watch.run(self._tick_s), name="ocpp watch")
                yield
                looking.cancel()
        finally:
            await hall.empty(self._server)
            self._server = None

    async def _station(self, device: Device, house: House) -> Station:
        now_ms = house.clock.now_ms()
        charger, status = Charger(device), DeviceStatus(device.key, Connectivity.UNKNOWN, now_ms)
        if self._memory is not None:
            charger = await recall(device, self._memory, now_ms)
            status = next((s for s in await self._memory.statuses() if s.device == device.key), status)
        for transaction in charger.transactions:
            house.numbers.take(transaction.number)
        station = Station(house, charger, with_security(status, device))
        await station.declare_known()
        return station

    async def _listen(self, door: Door, hall: Hall) -> Server:
        context = tls_context(self._listener.tls) if self._listener.tls is not None else None
        try:
            return await serve(
                hall.receive,
                self._listener.host,
                self._listener.port,
                ssl=context,
                subprotocols=PROTOCOLS,
                process_request=door.answer,
                create_connection=cast("type[ServerConnection]", hall.enter),
                compression=None,
                server_header=None,
                max_size=LARGEST_FRAME,
                max_queue=8,
                open_timeout=10,
                close_timeout=0.3,
                ping_interval=20,
                ping_timeout=20,
                logger=_quiet(),
            )
        except OSError as error:
            raise DeviceUnreachable(f"cannot listen on {self._listener.host}:{self._listener.port}: {error.strerror}") from error


def with_security(status: DeviceStatus, device: Device) -> DeviceStatus:
    """The status with the warning that a charger without credentials deserves."""
    insecure = device.security is Security.NONE
    if insecure:
        _log.warning("charger is let in without credentials", device=device.key)
    return replace(status, insecure=insecure)


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """For the listener: TLS 1.2 or later; client certificates are asked for where an authority is set."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key)
        if files.client_ca is not None:
            context.load_verify_locations(files.client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        raise DeviceMisconfigured(f"certificate files of the OCPP listener: {error}") from error
    return context


def _quiet() -> logging.Logger:
    """Port scanners would fill the log with failed handshakes; what matters is logged by us."""
    logger = logging.getLogger(f"{__name__}.websockets")
    logger.setLevel(logging.CRITICAL)
    return logger
