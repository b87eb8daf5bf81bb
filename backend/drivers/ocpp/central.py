"""The OCPP central system: where all chargers of a node connect to. Start reading here."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog
from websockets.asyncio.server import Server
from websockets.exceptions import ConnectionClosed

from backend.drivers.contract import Secret
from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.door import Door
from backend.drivers.ocpp.hall import ANSWER_S, Hall
from backend.drivers.ocpp.listeners import listen, port_of
from backend.drivers.ocpp.orders import CannotBeSaid, verdict_of
from backend.drivers.ocpp.porch import Porch
from backend.drivers.ocpp.recall import Memory, recall
from backend.drivers.ocpp.security import address_identity
from backend.drivers.ocpp.station import House, Numbers, Station
from backend.drivers.ocpp.watch import Watch
from backend.model.clock import Clock
from backend.model.command import Order, Verdict
from backend.model.delivery import Sink
from backend.model.device import Device, DeviceStatus, Security
from backend.model.states import Connectivity
from backend.settings.node import OcppListener

_log = structlog.get_logger(__name__)


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
        answer_s: float = ANSWER_S,
    ) -> None:
        """``memory`` is what was recorded before; ``welcome`` tells whether a tag may charge.

        ``settle_s`` after its connection a charger is asked for what it did not tell by itself;
        every ``tick_s`` all are looked after; within ``answer_s`` it has to answer a call of ours.
        """
        self._listener = listener
        self._memory = memory
        self._welcome = welcome
        self._settle_s = settle_s
        self._tick_s = tick_s
        self._answer_s = answer_s
        self._stations: Mapping[str, Station] = {}
        self._servers: Sequence[Server] = ()

    @property
    def port(self) -> int:
        """Where we really listen, while serving: without TLS where both are set."""
        return self._port(0)

    @property
    def tls_port(self) -> int:
        """Where we really listen with TLS, while serving, if the settings want it at all."""
        return self._port(-1)

    def _port(self, index: int) -> int:
        if not self._servers:
            raise RuntimeError("not serving")
        return port_of(self._servers[index])

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises ``DeviceError`` where listening is not possible."""
        house = House(sink, clock, Numbers(), self._listener.heartbeat_s, self._welcome)
        stations = {address_identity(device.address): await self._station(device, house) for device in devices}
        door = Door({identity: s.charger.device for identity, s in stations.items()}, sink, clock, secret)
        hall = Hall(stations, Porch(door.refuse), self._settle_s, self._listener.sample_s, self._answer_s)
        self._servers = await listen(self._listener, door, hall)
        self._stations = {station.key: station for station in stations.values()}
        watch = Watch(tuple(stations.values()), clock, self._listener.heartbeat_s)
        try:
            async with asyncio.TaskGroup() as tasks:
                looking = tasks.create_task(watch.run(self._tick_s), name="ocpp watch")
                yield
                looking.cancel()
        finally:
            await hall.empty(self._servers)
            self._servers, self._stations = (), {}

    async def command(self, order: Order, sent: Callable[[], None]) -> tuple[Verdict, str]:
        """Tell a charger what an operator wants of it, and give its answer."""
        station = self._stations.get(order.device)
        if station is None or station.line is None:
            return Verdict.OFFLINE, ""
        try:
            return verdict_of(await station.line.order(order, sent))
        except CannotBeSaid:
            return Verdict.UNSUPPORTED, ""
        except (ConnectionClosed, TimeoutError):
            return Verdict.TIMED_OUT, ""

    async def _station(self, device: Device, house: House) -> Station:
        now_ms = house.clock.now_ms()
        charger, status = Charger(device), DeviceStatus(device.key, Connectivity.UNKNOWN, now_ms)
        if self._memory is not None:
            charger = await recall(device, self._memory, now_ms)
            status = next((s for s in await self._memory.statuses() if s.device == device.key), status)
        for transaction in charger.transactions:
            if isinstance(transaction.number, int):
                house.numbers.take(transaction.number)
        station = Station(house, charger, with_security(status, device))
        await station.declare_known()
        return station


def with_security(status: DeviceStatus, device: Device) -> DeviceStatus:
    """The status with the warning that a charger without credentials deserves."""
    insecure = device.security is Security.NONE
    if insecure:
        _log.warning("charger is let in without credentials", device=device.key)
    return replace(status, insecure=insecure)
