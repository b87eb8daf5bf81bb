"""Sessions with pseudo nodes over real UDP: what they learn, hear, refuse and survive."""

import asyncio
from typing import cast

import pytest

from backend.drivers.contract import DeviceGarbled, DeviceMisconfigured, DeviceUnreachable, Report
from backend.drivers.echonet.frame import CONTROLLER, NODE_PROFILE, Eoj, Esv, Frame, Property, decode
from backend.drivers.echonet.maps import read_instances
from backend.model.event import EventKind
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.states import ConnectorState, DeviceHealth
from backend.simulation.echonet import Fault, PseudoCharger, PseudoMeter, PseudoNode, PseudoObject, pseudo_pv, pseudo_storage
from tests.support.clock import FakeClock
from tests.support.echonet import device, driver, session, told
from tests.support.until import until

PV = Eoj(0x0279, 1)


async def test_an_announcement_is_a_report_at_once() -> None:
    pv, use, heard = pseudo_pv("A1", 100), driver(), list[Report]()
    async with PseudoNode(pv) as node, session(node, "0279:1", use=use) as opened:
        opened.announce_to(heard.append)
        await opened.poll()
        pv.properties |= {0xE0: b"\x0d\xac", 0x88: b"\x41", 0x89: b"\0\x14"}
        node.announce(("127.0.0.1", use.endpoint.port), PV, 0xE0)
        await until(lambda: heard)
        assert told(heard[0].readings) == {"ac_power": 3500, "state": 4}
        assert heard[0].health is DeviceHealth.OK
        node.announce(("127.0.0.1", use.endpoint.port), PV, 0x88, 0x89)
        await until(lambda: len(heard) == 2)
        assert (heard[1].health, heard[1].causes) == (DeviceHealth.FAULT, ("FAULT_0014",))


async def test_an_announcement_that_wants_a_word_gets_one() -> None:
    pv, use, heard = pseudo_pv("A1", 100), driver(), list[Report]()
    async with PseudoNode(pv) as node, session(node, "0279:1", use=use) as opened:
        opened.announce_to(heard.append)
        answers: list[Frame] = []
        received = node.received
        node.received = lambda data, source: (answers.append(decode(data)), received(data, source))[1]
        node.announce(("127.0.0.1", use.endpoint.port), PV, 0x80, 0xE0, confirmed=True)
        await until(lambda: answers and heard)
        assert (answers[0].esv, answers[0].deoj, answers[0].properties) == (Esv.INFC_RES, PV, (Property(0x80), Property(0xE0)))


async def test_what_nobody_asked_for_changes_nothing() -> None:
    pv, use, heard = pseudo_pv("A1", 100), driver(), list[Report]()
    async with PseudoNode(pv, pseudo_storage("B1")) as node, session(node, "0279:1", use=use) as opened:
        opened.announce_to(heard.append)
        to = ("127.0.0.1", use.endpoint.port)
        node.announce(to, Eoj(0x027D, 1), 0xD3)
        node.announce(to, PV, 0x8C)
        stray = Frame(4711, PV, CONTROLLER, Esv.GET_RES, (Property(0xE0, b"\x0d\xac"),))
        node._send(stray.encode(), to)
        node._send(stray.encode()[:-1], to)
        node.announce(to, PV, 0x80)
        await until(lambda: heard)
        assert len(heard) == 1
        assert (await opened.poll()).readings[0].value == 100


async def test_several_nodes_behind_one_address_are_told_apart() -> None:
    one, two, use = pseudo_pv("A1", 100), pseudo_pv("A2", 200), driver()
    async with PseudoNode(one) as first, PseudoNode(two) as second:
        a = await use.open(device(first, "0279:1"), FakeClock())
        b = await use.open(device(second, "0279:1"), FakeClock())
        heard: dict[str, list[Report]] = {"a": [], "b": []}
        a.announce_to(heard["a"].append)
        b.announce_to(heard["b"].append)
        assert [told((await each.poll()).readings)["ac_power"] for each in (a, b)] == [100, 200]
        second.announce(("127.0.0.1", use.endpoint.port), PV, 0xE0)
        await until(lambda: heard["b"])
        second.answers_from_elsewhere = True
        second.announce(("127.0.0.1", use.endpoint.port), PV, 0xE0)
        first.announce(("127.0.0.1", use.endpoint.port), PV, 0xE0)
        await until(lambda: heard["a"])
        for each in (a, b):
            await each.poll()
        powers = [[told(report.readings)["ac_power"] for report in heard[name]] for name in ("a", "b")]
        assert powers == [[100], [200]], "from elsewhere it could be either's: the next poll will tell"
        await a.close()
        await b.close()
        assert use.endpoint.users == 0


async def test_an_answer_of_another_object_is_none() -> None:
    pv, node = pseudo_pv("A1", 100), PseudoNode(pseudo_pv("A1", 100))
    node.objects[PV] = pv
    received = node.received

    def twice(data: bytes, source: tuple[str, int]) -> None:
        asked = decode(data)
        lie = tuple(Property(each.epc, b"\0\x07") for each in asked.properties)
        for liar in (Eoj(0x0279, 2), Eoj(0x027D, 1), NODE_PROFILE):
            node._send(Frame(asked.tid, liar, CONTROLLER, Esv.GET_RES, lie).encode(), source)
        received(data, source)

    async with node, session(node, "0279:1") as opened:
        node.received = twice
        assert told((await opened.poll()).readings)["ac_power"] == 100


async def test_answers_from_another_port_are_answers() -> None:
    async with PseudoNode(pseudo_pv("A1", 100)) as node:
        node.answers_from_elsewhere = True
        async with session(node, "0279:1") as opened:
            assert told((await opened.poll()).readings)["ac_power"] == 100


@pytest.mark.parametrize("most", [1, 2, 3, 5])
async def test_questions_are_split_where_an_answer_is_too_long(most: int) -> None:
    async with PseudoNode(pseudo_storage("A1", 800)) as node:
        node.most = most
        async with session(node, "027D:1") as opened:
            before = node.requests
            report = await opened.poll()
            assert all(reading.quality is Quality.GOOD for reading in report.readings)
            assert told(report.readings)["battery_power"] == 800
            asked = node.requests - before
            assert asked <= -(-9 // most) + 1, "what was learnt at opening is kept"


async def test_questions_are_split_where_long_ones_are_met_with_silence() -> None:
    async with PseudoNode(pseudo_storage("A1", 800)) as node:
        node.drops_above = 3
        async with session(node, "027D:1", timeout="0.2") as opened:
            before = node.requests
            report = await opened.poll()
            assert told(report.readings)["battery_power"] == 800
            assert all(reading.quality is Quality.GOOD for reading in report.readings)
            assert node.requests - before <= 6


async def test_what_is_listed_and_never_answered_is_not_asked_for_again() -> None:
    pv = pseudo_pv("A1", 100)
    pv.mute.add(0xE1)
    async with PseudoNode(pv) as node, session(node, "0279:1") as opened:
        first = await opened.poll()
        assert Reading.absent("town/thing/ac_energy", first.readings[0].at_ms, Quality.BAD_NOT_SUPPORTED) in first.readings
        pv.asked.clear()
        assert "ac_energy" not in told((await opened.poll()).readings), "told once"
        assert 0xE1 not in pv.asked


async def test_what_is_not_listed_is_never_asked_for() -> None:
    pv = pseudo_pv("A1", 100)
    pv.unlisted |= {0x89, 0xD1, 0xE1}
    async with PseudoNode(pv) as node, session(node, "0279:1") as opened:
        report = await opened.poll()
        await opened.inspect()
        assert pv.unlisted.isdisjoint(pv.asked)
        assert {r.quality for r in report.readings if r.point.endswith("ac_energy")} == {Quality.BAD_NOT_SUPPORTED}


async def test_a_value_that_goes_missing_is_no_data_and_comes_back() -> None:
    pv = pseudo_pv("A1", 100)
    async with PseudoNode(pv) as node, session(node, "0279:1") as opened:
        await opened.poll()
        pv.mute.add(0xE0)
        report = await opened.poll()
        assert [r.quality for r in report.readings if r.point.endswith("ac_power")] == [Quality.BAD_NOT_CONNECTED]
        pv.mute.clear()
        assert told((await opened.poll()).readings)["ac_power"] == 100


async def test_a_restarted_node_is_looked_at_again() -> None:
    pv, use, clock = pseudo_pv("A1", 100), driver(), FakeClock()
    async with PseudoNode(pv) as node, session(node, "0279:1", clock, use) as opened:
        opened.announce_to(lambda report: None)
        pv.replace_serial("B2")
        await opened.poll()
        node.announce(("127.0.0.1", use.endpoint.port), NODE_PROFILE, 0xD5)
        await until(lambda: opened._restarted)
        with pytest.raises(DeviceGarbled, match="another device"):
            await opened.poll()


async def test_another_unit_settles_the_points_again() -> None:
    meter, clock = PseudoMeter("M1"), FakeClock()
    meter.put(500, 1234, 5)
    async with PseudoNode(meter) as node, session(node, "0288:1", clock) as opened:
        assert told((await opened.poll()).readings)["import_energy"] == 123_400
        meter.properties[0xE1] = b"\x02"
        clock.advance(301)
        with pytest.raises(DeviceGarbled, match="units"):
            await opened.poll()


async def test_an_object_that_the_node_lacks_is_a_mistake_of_the_settings() -> None:
    async with PseudoNode(pseudo_pv("A1")) as node:
        with pytest.raises(DeviceMisconfigured, match="0279:1"):
            async with session(node, "027D:1"):
                pass
        node.fault = Fault.REFUSES
        with pytest.raises(DeviceGarbled, match="map"):
            async with session(node, "0279:1"):
                pass


async def test_garbage_instead_of_silence_is_told_as_such() -> None:
    async with PseudoNode(pseudo_pv("A1")) as node, session(node, "0279:1") as opened:
        node.fault = Fault.GARBAGE
        with pytest.raises(DeviceGarbled):
            await opened.poll()
        node.fault = Fault.SILENT
        with pytest.raises(DeviceUnreachable):
            await opened.poll()


async def test_a_charger_tells_its_connector_and_never_its_vehicle() -> None:
    charger, clock, use, heard = PseudoCharger("C1", b"VIN-4711"), FakeClock(), driver(), list[Report]()
    async with PseudoNode(charger) as node, session(node, "02A1:1", clock, use) as opened:
        opened.announce_to(heard.append)
        first = await opened.poll()
        assert [(each.state, each.since_ms) for each in first.connectors] == [(ConnectorState.AVAILABLE, clock.now_ms())]
        clock.advance(60)
        assert (await opened.poll()).connectors == ()
        charger.put(plugged=True, power_w=3000, energy_wh=10)
        second = await opened.poll()
        assert [(each.state, each.since_ms) for each in second.connectors] == [(ConnectorState.CHARGING, clock.now_ms())]
        assert [(each.kind, each.data["before"]) for each in second.events] == [(EventKind.CONNECTOR_STATE, "AVAILABLE")]
        assert told(second.readings)["connector1.power"] == 3000
        node.announce(("127.0.0.1", use.endpoint.port), charger.eoj, 0xE6)
        node.announce(("127.0.0.1", use.endpoint.port), charger.eoj, 0x80, 0xE6)
        await until(lambda: heard)
        await opened.inspect()
        assert 0xE6 not in charger.asked
        assert 0xE6 not in opened._values
        everything = repr((heard, second, await opened.inspect()))
        assert b"VIN-4711".hex() not in everything


def hv(moment: str) -> PseudoObject:
    counted = bytes.fromhex(moment) + (1000).to_bytes(4)
    told = {0xD3: (100).to_bytes(4), 0xD4: b"\x01", 0xE5: b"\x06", 0xE6: b"\x01", 0xC5: b"\0", 0xE2: counted}
    return PseudoObject(Eoj(0x028A, 1), "H1", told)


async def test_a_register_with_a_time_of_its_own_is_told_once_and_at_that_time() -> None:
    clock = FakeClock()  # 11:42 in Japan
    meter = hv("07ea0b170b2600")
    async with PseudoNode(meter) as node, session(node, "028A:1", clock) as opened:
        first = [r for r in (await opened.poll()).readings if r.value is not None]
        assert [(r.value, r.at_ms, r.flags) for r in first] == [(1_000_000, clock.now_ms() - 4 * 60_000, Flag.NONE)]
        clock.advance(60)
        assert [r for r in (await opened.poll()).readings if r.value is not None] == []
        meter.properties[0xE2] = bytes.fromhex("07e9010100000000000001")
        late = [r for r in (await opened.poll()).readings if r.value is not None]
        assert [(r.at_ms, r.flags) for r in late] == [(clock.now_ms(), Flag.CLOCK_SUSPECT)], "no clock is that wrong"


class Other(asyncio.DatagramProtocol):
    """Another controller that asks who we are."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(decode(data))


async def test_others_may_ask_who_we_are_and_set_nothing() -> None:
    use = driver()
    async with PseudoNode(pseudo_pv("A1")) as node, session(node, "0279:1", use=use):
        loop = asyncio.get_running_loop()
        transport, other = await loop.create_datagram_endpoint(Other, local_addr=("127.0.0.1", 0))

        async def ask(deoj: Eoj, esv: Esv, *properties: Property) -> Frame:
            other.heard.clear()
            transport.sendto(Frame(7, PV, deoj, esv, properties).encode(), ("127.0.0.1", use.endpoint.port))
            await until(lambda: other.heard)
            return other.heard[0]

        profile = await ask(NODE_PROFILE, Esv.GET, Property(0xD6))
        assert (profile.esv, read_instances(profile.values[0xD6])) == (Esv.GET_RES, (CONTROLLER,))
        assert (await ask(CONTROLLER, Esv.GET, Property(0x80), Property(0xF1))).esv is Esv.GET_SNA
        assert (await ask(CONTROLLER, Esv.SETC, Property(0x80, b"\x31"))).esv is Esv.SETC_SNA
        assert (await ask(NODE_PROFILE, Esv.INF_REQ, Property(0xD5))).esv is Esv.INF
        transport.abort()
