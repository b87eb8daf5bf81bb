"""ECHONET Lite nodes for tests: as recorded, and ways to open sessions with them."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.drivers.contract import Recorded
from backend.drivers.echonet.driver import EchonetDriver
from backend.drivers.echonet.frame import Eoj, Frame, decode
from backend.drivers.echonet.session import EchonetSession
from backend.model.device import Device, DeviceKind
from backend.model.reading import Reading
from backend.settings.node import EchonetPort
from backend.simulation.echonet import PseudoNode, PseudoObject
from tests.support.clock import FakeClock

RECORDED = Path(__file__).parents[3] / "shared/data/echonet/echonet_home_energy_emulator.jsonl"
TIMEOUT_S = 0.3


def device(node: PseudoNode, thing: str, **options: str) -> Device:
    """``thing`` as in an address: ``0288:1``."""
    query = "&".join(f"{name}={text}" for name, text in {"timeout": str(TIMEOUT_S), **options}.items())
    return Device("town/thing", "town", DeviceKind.METER, {"en": "Thing"}, f"echonet://{node.host}:{node.port}/{thing}?{query}")


def driver(recorded: Recorded | None = None) -> EchonetDriver:
    """On a free port of loopback."""
    return EchonetDriver(EchonetPort("127.0.0.1", 0), recorded)


@asynccontextmanager
async def session(
    node: PseudoNode, thing: str, clock: FakeClock | None = None, use: EchonetDriver | None = None, **options: str
) -> AsyncGenerator[EchonetSession]:
    """An open session, closed at the end."""
    opened = await (use or driver()).open(device(node, thing, **options), clock or FakeClock())
    try:
        yield opened
    finally:
        await opened.close()


def told(readings: "list[Reading] | tuple[Reading, ...] | object") -> dict[str, float | None]:
    """Values by the point's own name."""
    assert isinstance(readings, list | tuple)
    return {reading.point.removeprefix("town/thing/"): reading.value for reading in readings}


def recorded_frames() -> Iterator[tuple[str, bytes]]:
    """Direction and bytes, in order."""
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row["dir"], bytes.fromhex(row["hex"])


class RecordedObject(PseudoObject):
    """Says exactly what was recorded of it, maps included."""

    def __init__(self, eoj: Eoj) -> None:
        super().__init__(eoj, "", {})
        self.properties = {}

    def get(self, epc: int) -> bytes:
        self.asked.append(epc)
        return self.properties.get(epc, b"")


def recorded_node() -> PseudoNode:
    """The emulator's node with all its objects."""
    objects: dict[Eoj, RecordedObject] = {}
    for direction, data in recorded_frames():
        frame: Frame = decode(data)
        if direction == "in":
            objects.setdefault(frame.seoj, RecordedObject(frame.seoj)).properties.update(frame.values)
    return PseudoNode(*(each for each in objects.values() if each.eoj.code != 0x0EF0))
