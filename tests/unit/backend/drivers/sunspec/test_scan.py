"""A scan over real sockets: everybody is found once, whoever is silent or talks nonsense holds up nobody for long."""

import asyncio

from backend.drivers.contract import Area, Found
from backend.drivers.sunspec import scan
from backend.drivers.sunspec.scan import SunSpecScanner
from backend.model.device import DeviceKind
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.sunspec import PseudoDevice, plate, pseudo_inverter, pseudo_meter, pseudo_station
from tests.support.until import until

HOST = ("127.0.0.1",)
PATIENCE_S = 30.0


async def found_by(*ports: int, hosts: tuple[str, ...] = HOST, steps: list[tuple[int, int]] | None = None) -> list[Found]:
    told: list[Found] = []
    async with asyncio.timeout(PATIENCE_S):
        await SunSpecScanner(timeout_s=0.2).scan(
            Area(hosts, ports), told.append, lambda done, total: (steps if steps is not None else []).append((done, total))
        )
    return told


async def test_every_kind_is_found_with_its_unit_and_nameplate() -> None:
    steps: list[tuple[int, int]] = []
    inverter, meter, station = (
        pseudo_inverter("S-1").serve((126,)),
        pseudo_meter("M-1").serve((247,)),
        pseudo_station("W-1").serve(),
    )
    async with inverter, meter, station:
        told = await found_by(inverter.port, meter.port, station.port, steps=steps)
    assert {(each.address, each.kind, each.plate.serial) for each in told} == {
        (f"sunspec://127.0.0.1:{inverter.port}?unit=126", DeviceKind.INVERTER, "S-1"),
        (f"sunspec://127.0.0.1:{meter.port}?unit=247", DeviceKind.METER, "M-1"),
        (f"sunspec://127.0.0.1:{station.port}?unit=1", DeviceKind.SENSOR, "W-1"),
    }
    assert steps[0] == (0, 4)
    assert steps[-1] == (4, 4)


async def test_a_device_that_answers_under_every_unit_is_one_device() -> None:
    async with pseudo_inverter("S-1").serve((1, 2, 3, 126, 247)) as server:
        assert [each.address for each in await found_by(server.port)] == [f"sunspec://127.0.0.1:{server.port}?unit=1"]


async def test_several_devices_behind_one_gateway_are_several() -> None:
    class Gateway(ModbusServer):
        def answer(self, frame: bytes) -> bytes | None:
            self.registers = devices.get(frame[6], self.registers)
            return super().answer(frame)

    devices = {1: pseudo_inverter("S-1"), 2: pseudo_inverter("S-2"), 3: pseudo_meter("M-1")}
    async with Gateway(devices[1], (1, 2, 3)) as server:
        assert sorted(each.plate.serial for each in await found_by(server.port)) == ["M-1", "S-1", "S-2"]


async def test_two_meters_in_one_chain_are_told_apart() -> None:
    first, second = pseudo_meter("M-1"), pseudo_meter("M-2")
    async with PseudoDevice([*first.chain, plate("M-2"), second.chain[1]]).serve() as server:
        told = await found_by(server.port)
    assert [(each.address.partition("?")[2], each.plate.serial) for each in told] == [
        ("unit=1", "M-1"),
        ("unit=1&instance=1", "M-2"),
    ]


async def test_whoever_misbehaves_holds_up_nobody() -> None:
    good = pseudo_inverter("S-1").serve()
    bad = [pseudo_inverter(f"B-{fault}").serve() for fault in (Fault.SILENT, Fault.GARBAGE, Fault.HANGS_UP, Fault.SENTINELS)]
    for server, fault in zip(bad, (Fault.SILENT, Fault.GARBAGE, Fault.HANGS_UP, Fault.SENTINELS), strict=True):
        server.fault = fault
        await server.start()
    async with good:
        told = await found_by(good.port, *(server.port for server in bad))
    for server in bad:
        await server.stop()
    assert [each.plate.serial for each in told] == ["S-1"]


async def test_few_connections_at_a_time_and_none_is_left() -> None:
    most = 0
    opened = asyncio.Event()

    class Counting(ModbusServer):
        def answer(self, frame: bytes) -> bytes | None:
            nonlocal most
            most = max(most, self.connected)
            opened.set()
            return super().answer(frame)

    server = Counting(pseudo_inverter("S-1"), host="0.0.0.0")
    async with server:
        hosts = tuple(f"127.0.1.{number}" for number in range(1, 41))
        told: list[Found] = []
        await SunSpecScanner(at_once=4).scan(Area(hosts, (server.port,)), told.append, lambda *_: None)
        await until(lambda: server.connected == 0)
    assert len(told) == 40
    assert 1 < most <= 4


async def test_a_cancelled_scan_keeps_what_it_told_and_leaves_nothing_running() -> None:
    good, silent = pseudo_inverter("S-1").serve(), pseudo_inverter("S-2").serve()
    silent.fault = Fault.SILENT
    told: list[Found] = []
    async with good, silent, asyncio.TaskGroup() as tasks:
        work = SunSpecScanner(timeout_s=30).scan(Area(HOST, (good.port, silent.port)), told.append, lambda *_: None)
        task = tasks.create_task(work)
        await until(lambda: told and silent.requests)
        task.cancel()
        await until(lambda: silent.connected == 0)
    assert [each.plate.serial for each in told] == ["S-1"]


async def test_the_bound_of_a_network_without_answers_is_that_of_its_settings() -> None:
    """4096 addresses that swallow everything: rounds of connections, each with one wait."""
    assert 4096 / scan.AT_ONCE * scan.TIMEOUT_S < 150
    assert await found_by(hosts=tuple(f"127.0.2.{number}" for number in range(1, 255))) == []
