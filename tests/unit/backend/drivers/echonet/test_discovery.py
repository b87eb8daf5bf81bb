"""Who is there: by multicast on loopback, by address, and nodes that say too little."""

import asyncio
import socket

import pytest

from backend.drivers.contract import Area, DeviceUnreachable, Found
from backend.drivers.echonet.discovery import EchonetScanner, discover
from backend.drivers.echonet.endpoint import GROUP
from backend.model.device import DeviceKind, Nameplate
from backend.settings.node import EchonetPort
from backend.simulation.echonet import Fault, PseudoMeter, PseudoNode, pseudo_pv, pseudo_sensor, pseudo_storage

LOOPBACK = EchonetPort("127.0.0.1", 0)


async def search(*nodes: PseudoNode, found: list[Found] | None = None) -> list[Found]:
    addresses = [f"127.0.0.1:{node.port}" for node in nodes]
    return await discover(LOOPBACK, addresses, 0.05, (found if found is not None else []).append, 9, timeout_s=0.1)


async def test_objects_with_their_nameplates_as_settings_want_them() -> None:
    told: list[Found] = []
    others = (pseudo_sensor("X1", 0x0130, b"\x30"), pseudo_sensor("HEMS", 0x05FF, b"\x30"))
    async with PseudoNode(pseudo_pv("P1"), pseudo_storage("S1"), *others) as node:
        found = await search(node, found=told)
    assert {each.address: each.kind for each in found} == {
        f"echonet://127.0.0.1:{node.port}/0130:1": None,
        f"echonet://127.0.0.1:{node.port}/0279:1": DeviceKind.INVERTER,
        f"echonet://127.0.0.1:{node.port}/027D:1": DeviceKind.BATTERY,
    }
    assert found[1].plate == Nameplate("FFFFFE", "PSEUDO", "P1", "R")
    assert sorted(told, key=lambda each: each.address) == found


async def test_a_scan_tells_how_far_it_is() -> None:
    steps: list[tuple[int, int]] = []
    async with PseudoNode(pseudo_pv("P1")) as node:
        found: list[Found] = []
        scanner = EchonetScanner(LOOPBACK, 0.02, 0.1, node.port)
        await scanner.scan(Area(("127.0.0.1", "127.0.0.9")), found.append, lambda done, total: steps.append((done, total)))
    assert [each.plate.serial for each in found] == ["P1"]
    assert (steps[0], steps[-1]) == ((0, 4), (5, 5))
    assert [done for done, _ in steps] == list(range(6))


async def test_several_nodes_behind_one_address() -> None:
    async with PseudoNode(pseudo_pv("P1")) as one, PseudoNode(pseudo_pv("P2")) as two:
        found = await search(one, two)
    assert {each.plate.serial for each in found} == {"P1", "P2"}


async def test_silence_garbage_and_refusal_hold_up_nobody() -> None:
    async with PseudoNode(PseudoMeter("M1")) as good, PseudoNode(pseudo_pv("P1")) as bad:
        for fault in (Fault.SILENT, Fault.GARBAGE, Fault.REFUSES):
            bad.fault = fault
            assert [each.plate.serial for each in await search(bad, good)] == ["M1"]


async def test_a_name_that_is_none_is_passed_over() -> None:
    assert await discover(LOOPBACK, ["no-such-host.invalid", "127.0.0.1:what"], 0.02, device_port=9, timeout_s=0.1) == []


async def test_a_port_that_another_program_has_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceUnreachable, match="UDP port"):
            await discover(EchonetPort("127.0.0.1", taken.getsockname()[1]), ())


def joined(port: int) -> socket.socket:
    """A socket that hears the group on loopback. Raises ``OSError`` where that is impossible."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((GROUP, port))
    one.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"))
    return one


class Relay(asyncio.DatagramProtocol):
    """What is told to everybody reaches the node too."""

    def __init__(self, node: PseudoNode) -> None:
        self.node = node

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.node.received(data, addr)


async def test_a_question_to_everybody_finds_nodes_without_an_address() -> None:
    async with PseudoNode(pseudo_pv("P1")) as node:
        try:
            heard = joined(node.port)
        except OSError as error:
            pytest.skip(f"no multicast on loopback: {error}")
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Relay(node), sock=heard)
        found = await discover(LOOPBACK, (), 0.3, device_port=node.port, timeout_s=0.2)
        transport.abort()
    assert [each.plate.serial for each in found] == ["P1"]
