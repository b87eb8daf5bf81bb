"""The frames of another project's home emulator, replayed over real UDP sockets."""

import asyncio
from collections.abc import Mapping
from typing import cast

import pytest

from backend.drivers.contract import DeviceMisconfigured
from backend.drivers.echonet.endpoint import Endpoint
from backend.drivers.echonet.frame import Eoj, Esv, Frame, decode
from backend.drivers.echonet.maps import read_instances, read_map
from backend.model.device import Nameplate
from backend.model.quality import Quality
from backend.model.states import BatteryState, ChargingState, ConnectorState, DeviceHealth, InverterState
from backend.settings.node import EchonetPort
from backend.simulation.echonet import PseudoNode
from tests.support.echonet import RECORDED, recorded_frames, recorded_node, session, told

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason=f"{RECORDED} is not here")

EXPECTED: Mapping[str, Mapping[str, float]] = {
    "0279:1": {"ac_power": 3500, "ac_energy": 28, "export_energy": 13298, "state": InverterState.MPPT},
    "027D:1": {
        "battery_power": 0,
        "discharged_energy": 17580,
        "charged_energy": 35816,
        "stored_energy": 5000,
        "soc": 50,
        "state_of_health": 100,
        "state": BatteryState.STANDBY,
    },
    "027E:1": {
        "battery_power": 0,
        "battery_current": -57.3,
        "battery_voltage": 102,
        "discharged_energy": 0,
        "charged_energy": 0,
        "stored_energy": 25000,
        "soc": 50,
        "connector1.state": ConnectorState.AVAILABLE,
        "connector1.charging": ChargingState.NONE,
    },
}
PLATES = {
    "0279:1": Nameplate("000106", "ESS-H2L1", "FB-071A10001", "K"),
    "027D:1": Nameplate("000106", "ESS-H2L1", "FB-071A10001", "K"),
    "027E:1": Nameplate("000106", "", "FE00000000000000000000000000000500", "J"),
}


class Answering(asyncio.DatagramProtocol):
    """Answers each request with the very bytes that answered it then, but for the number of the request."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self.answers = answers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self.answers[data[4:]]
        self.transport.sendto(answer[:2] + data[2:4] + answer[4:], addr)


async def test_every_recorded_request_gets_its_recorded_answer() -> None:
    answers: dict[bytes, bytes] = {}
    asked: Frame | None = None
    requests: list[tuple[Frame, bytes]] = []
    for direction, data in recorded_frames():
        if direction == "out":
            asked = decode(data)
        elif asked is not None and decode(data).tid == asked.tid:
            answers[asked.encode()[4:]] = data
            requests.append((asked, data))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Answering(answers), local_addr=("127.0.0.1", 0))
    endpoint = Endpoint(EchonetPort("127.0.0.1", 0))
    await endpoint.acquire()
    to = transport.get_extra_info("sockname")
    refusals = 0
    for asked, data in requests:
        answer = await endpoint.ask(to, asked.deoj, Esv.GET, asked.properties, 1)
        assert answer.encode()[4:] == data[4:]
        if answer.esv is Esv.GET_SNA:
            refusals += 1
            assert answer.values == {0x80: b"\x30"}, "a refusal still says what it can"
    endpoint.release()
    transport.abort()
    assert len(requests) == 197
    assert refusals == 6


@pytest.mark.parametrize("thing", list(EXPECTED))
async def test_all_values_are_right(thing: str) -> None:
    async with recorded_node() as node, session(node, thing) as opened:
        report = await opened.poll()
        assert told(report.readings) == EXPECTED[thing]
        assert {reading.quality for reading in report.readings} == {Quality.GOOD}
        assert (report.health, report.causes) == (DeviceHealth.OK, ())
        assert opened.plate == PLATES[thing]


async def test_no_vehicle_is_asked_for() -> None:
    async with recorded_node() as node, session(node, "027E:1") as opened:
        await opened.poll()
        assert not [raw for raw in await opened.inspect() if raw.path.startswith("027E:1.E6")]
        assert 0xE6 not in node.objects[Eoj(0x027E, 1)].asked


@pytest.mark.parametrize("thing", ["0279:1", "027D:1", "026B:1", "027E:1"])
async def test_nothing_is_left_unexplained(thing: str) -> None:
    node = recorded_node()
    says = node.objects[Eoj(int(thing[:4], 16), 1)].properties
    async with node, session(node, thing) as opened:
        found = {raw.path.partition(".")[2][:2] for raw in await opened.inspect() if raw.absent is None}
        listed = read_map(says[0x9F]) - ({0xE6} if thing == "027E:1" else set())
        assert found == {f"{epc:02X}" for epc in listed}
        if thing == "026B:1":
            with pytest.raises(DeviceMisconfigured):
                await opened.poll()


async def test_maps_and_instances_are_those_of_the_recording() -> None:
    node: PseudoNode = recorded_node()
    assert read_instances(bytes.fromhex("05027901027d01026b01027e01013001")) == tuple(node.objects)
    for each in node.objects.values():
        listed = read_map(each.properties[0x9F])
        answered = set(each.properties)
        assert len(listed) == each.properties[0x9F][0]
        if each.eoj.code != 0x0130:
            assert answered <= listed, "the recording of the air conditioner ends early, the others are whole"
