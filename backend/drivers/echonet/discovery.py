"""Who is there: asks everybody at once and some by address, then each node for its objects and their nameplates."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from backend.drivers.contract import Area, DeviceError, Found
from backend.drivers.echonet.address import PORT
from backend.drivers.echonet.asking import Asking
from backend.drivers.echonet.driver import resolve
from backend.drivers.echonet.endpoint import Endpoint, Source
from backend.drivers.echonet.frame import CONTROLLER, NODE_PROFILE, Eoj, Esv, Frame, Property
from backend.drivers.echonet.maps import read_instances, read_map
from backend.drivers.echonet.plate import IDENTITY, nameplate
from backend.drivers.echonet.tables import TABLES
from backend.model.device import Nameplate
from backend.settings.node import EchonetPort

SHOUTS: Final = 2
"""A datagram to everybody may get lost."""
_LIST: Final = 0xD6
_ANNOUNCED: Final = 0xD5
_GET_MAP: Final = 0x9F
_TIMEOUT_S: Final = 2.0
_AT_ONCE: Final = 24
"""Addresses that are asked at one time."""
_HOST_S: Final = 0.8
"""For an address of a scan, where most are nobody's."""


Step = Callable[[int, int], None]


class EchonetScanner:
    """Finds ECHONET Lite nodes in a network, by multicast and host by host."""

    def __init__(self, settings: EchonetPort, listen_s: float = 3.0, timeout_s: float = _HOST_S, device_port: int = PORT) -> None:
        self._settings, self._listen_s, self._timeout_s, self._device_port = settings, listen_s, timeout_s, device_port

    async def scan(self, area: Area, tell: Callable[[Found], None], step: Step) -> None:
        """Raises ``DeviceUnreachable`` where another program, such as a running node, has the port."""
        await discover(self._settings, area.hosts, self._listen_s, tell, self._device_port, self._timeout_s, step)


@dataclass(slots=True)
class _Search:
    """Nodes that answered, and those whose objects are being asked."""

    nodes: dict[Source, tuple[Eoj, ...]] = field(default_factory=dict[Source, tuple[Eoj, ...]])


async def discover(
    settings: EchonetPort,
    addresses: Sequence[str] = (),
    listen_s: float = 3.0,
    found: Callable[[Found], None] = lambda _: None,
    device_port: int = PORT,
    timeout_s: float = _TIMEOUT_S,
    step: Step = lambda done, total: None,
) -> list[Found]:
    """Objects of all nodes that answer; ``found`` hears of each at once.

    ``addresses`` are asked as well, as ``host`` or ``host:port``: multicast misses some, and is impossible in some networks.
    Raises ``DeviceUnreachable`` where another program, such as a running node, has the port.
    """
    endpoint = Endpoint(settings, device_port)
    await endpoint.acquire()
    search, progress = _Search(), _Progress(step, len(addresses) + SHOUTS)
    stop = endpoint.listen(lambda source, frame: _heard(search, source, frame, device_port))
    try:
        for turn in range(SHOUTS):
            _shout(endpoint)
            if turn == 0:
                await _ask_each(endpoint, search, addresses, device_port, timeout_s, progress)
            await asyncio.sleep(listen_s / SHOUTS)
            progress.one_more()
        progress.expect(len(search.nodes))
        everything: list[Found] = []
        async with asyncio.TaskGroup() as tasks:
            for node, objects in search.nodes.items():
                asking = _ask_node(endpoint, node, objects, device_port, timeout_s, everything, found, progress)
                tasks.create_task(asking, name=f"echonet node {node[0]}")
        return sorted(everything, key=lambda each: each.address)
    finally:
        stop()
        endpoint.release()


def _shout(endpoint: Endpoint) -> None:
    endpoint.shout(NODE_PROFILE, Esv.GET, (Property(_LIST),))


def _heard(search: _Search, source: Source, frame: Frame, device_port: int) -> None:
    """Answers to the shout come like announcements; a node listens on the common port wherever it sends from."""
    edt = frame.values.get(_LIST, frame.values.get(_ANNOUNCED))
    if frame.seoj.code == NODE_PROFILE.code and edt is not None and frame.esv in (Esv.GET_RES, Esv.INF, Esv.INFC):
        search.nodes.setdefault((source[0], device_port), read_instances(edt))


async def _ask_each(
    endpoint: Endpoint, search: _Search, addresses: Sequence[str], port: int, timeout_s: float, progress: "_Progress"
) -> None:
    room = asyncio.Semaphore(_AT_ONCE)

    async def ask(address: str) -> None:
        host, _, own_port = address.partition(":")
        try:
            async with room:
                node = (await resolve(host), int(own_port or port))
                edt = await Asking(endpoint, node, NODE_PROFILE, timeout_s).one(_LIST)
        except (DeviceError, ValueError):
            return
        finally:
            progress.one_more()
        search.nodes[node] = read_instances(edt or b"")

    async with asyncio.TaskGroup() as tasks:
        for address in addresses:
            tasks.create_task(ask(address), name=f"echonet address {address}")


async def _ask_node(
    endpoint: Endpoint,
    node: Source,
    objects: Collection[Eoj],
    common_port: int,
    timeout_s: float,
    everything: list[Found],
    found: Callable[[Found], None],
    progress: "_Progress",
) -> None:
    """A node is asked one thing at a time; an object that does not answer is listed without its nameplate.

    Controllers are left out: they measure nothing, and one of them is this node itself.
    """
    objects = [eoj for eoj in objects if eoj.code != CONTROLLER.code]
    own = await _plate_of(Asking(endpoint, node, NODE_PROFILE, timeout_s))
    for eoj in objects:
        plate = await _plate_of(Asking(endpoint, node, eoj, timeout_s))
        plate = Nameplate(plate.maker or own.maker, plate.model or own.model, plate.serial or own.serial, plate.version)
        port = "" if node[1] == common_port == PORT else f":{node[1]}"
        table = TABLES.get(eoj.code)
        each = Found(f"echonet://{node[0]}{port}/{eoj}", plate, table.kind if table else None)
        everything.append(each)
        found(each)
    progress.one_more()


async def _plate_of(asking: Asking) -> Nameplate:
    try:
        listed = read_map(await asking.one(_GET_MAP) or b"")
        return nameplate(await asking.learn(IDENTITY & listed))
    except (DeviceError, ValueError):
        return Nameplate()


class _Progress:
    """How much is done, of how much."""

    def __init__(self, step: Step, total: int) -> None:
        self._step, self._total, self._done = step, total, 0
        step(0, total)

    def expect(self, more: int) -> None:
        """There is more to do than was known."""
        self._total += more

    def one_more(self) -> None:
        """One of them is done."""
        self._done += 1
        self._step(self._done, self._total)
