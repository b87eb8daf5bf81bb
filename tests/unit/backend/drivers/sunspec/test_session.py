"""A session with pseudo devices over a real socket: what becomes of a day, a night, a fault and a replacement."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest

from backend.drivers.contract import DeviceGarbled, DeviceMisconfigured, DeviceUnreachable, Report
from backend.drivers.sunspec.driver import SunSpecDriver
from backend.drivers.sunspec.memory import HOLD_OFF_S
from backend.drivers.sunspec.session import IDENTITY_EVERY_S, SunSpecSession
from backend.model.device import Device, DeviceKind
from backend.model.point import PointKind
from backend.model.quality import Quality
from backend.model.states import BatteryState, DeviceHealth, InverterState
from backend.simulation.modbus import Fault, ModbusServer
from backend.simulation.sunspec import PseudoDevice, PseudoModel, plate, pseudo_inverter, pseudo_meter, pseudo_station
from tests.support.clock import FakeClock

DAY: dict[str, int | float | str | None] = {"W": 4200, "WH": 12345678, "DCW": 4300, "DCV": 380.5, "St": 4, "TmpCab": 41.5}
Opener = Callable[..., Awaitable[SunSpecSession]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class Bench:
    """One served device, one driver, and the sessions opened on it."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.driver = SunSpecDriver()
        self.server = ModbusServer(PseudoDevice([]))
        self.sessions: list[SunSpecSession] = []

    def serve(self, pseudo: PseudoDevice) -> PseudoDevice:
        self.server.registers = pseudo
        return pseudo

    async def open(self, kind: DeviceKind = DeviceKind.INVERTER, options: str = "") -> SunSpecSession:
        address = f"sunspec://127.0.0.1:{self.server.port}?unit=1&timeout=0.2{options}"
        session = await self.driver.open(Device("s/d", "s", kind, {}, address), self.clock)
        self.sessions.append(session)
        return session


@pytest.fixture
async def bench(clock: FakeClock) -> AsyncGenerator[Bench]:
    bench = Bench(clock)
    async with bench.server:
        yield bench
        for session in bench.sessions:
            await session.close()


def values(report: Report) -> dict[str, float | None]:
    return {reading.point.removeprefix("s/d/"): reading.value for reading in report.readings}


def qualities(report: Report) -> dict[str, Quality]:
    return {reading.point.removeprefix("s/d/"): reading.quality for reading in report.readings}


@pytest.mark.parametrize("floats", [False, True])
async def test_an_inverter_by_day(bench: Bench, floats: bool) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=2, floats=floats))
    pseudo.put(113 if floats else 103, DAY)
    pseudo.put(160, {"module[0].DCW": 2100, "module[1].DCW": 2200, "module[1].DCWH": 777})
    session = await bench.open()
    report = await session.poll()
    got = values(report)
    assert got["ac_power"] == 4200
    assert got["ac_energy"] == pytest.approx(12345678, rel=1e-7)
    assert (got["dc_voltage"], got["cabinet_temperature"], got["frequency"]) == (380.5, 41.5, 50.0)
    assert got["state"] == InverterState.MPPT
    assert (got["mppt1_dc_power"], got["mppt2_dc_power"], got["mppt2_dc_energy"]) == (2100, 2200, 777)
    assert qualities(report)["mppt1_dc_current"] is Quality.BAD_NOT_SUPPORTED
    assert (report.health, report.causes, report.asleep) == (DeviceHealth.OK, (), False)
    assert session.plate.serial == "A1"
    assert "mppt1_dc_current" not in values(await session.poll())


async def test_registers_know_where_they_roll_over(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.models[103].put_raw("WH_SF", 1)
    specs = {point.spec.name: point.spec for point in (await bench.open()).points}
    assert (specs["ac_energy"].kind, specs["ac_energy"].modulus) == (PointKind.ACCUMULATING, 2.0**32 * 10)
    assert specs["ac_power"].modulus is None


async def test_where_a_register_rolls_over_is_not_guessed(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    for factor in (None, 99):
        pseudo.models[103].put_raw("WH_SF", factor)
        specs = {point.spec.name: point.spec for point in (await bench.open()).points}
        assert specs["ac_energy"].modulus is None


async def test_night_is_no_fault(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, DAY)
    session = await bench.open()
    await session.poll()
    pseudo.put(103, {"W": 0, "DCW": None, "DCV": None, "St": 2, "Evt1": 0b11000})
    report = await session.poll()
    assert (report.asleep, report.health, report.causes) == (True, DeviceHealth.OK, ())
    assert qualities(report)["dc_voltage"] is Quality.BAD_NOT_CONNECTED
    assert values(report)["ac_energy"] == 12345678


async def test_waking_up_is_no_reset(bench: Bench) -> None:
    """One read of nothing, then zeros for a while, then the day: the register never seems to fall."""
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, DAY)
    session = await bench.open()
    await session.poll()
    pseudo.put(103, {"W": 0, "DCW": 0, "St": 2})
    assert (await session.poll()).asleep
    bench.server.fault = Fault.SENTINELS
    report = await session.poll()
    assert report.asleep
    assert set(values(report).values()) == {None}
    assert Quality.BAD_NOT_SUPPORTED not in qualities(report).values()
    bench.server.fault = Fault.NONE
    pseudo.put(103, {"W": 0, "WH": 0, "DCW": 0, "St": 3})
    for _ in range(4):
        bench.clock.advance(10)
        report = await session.poll()
        assert values(report)["ac_energy"] is None
    pseudo.put(103, {"WH": 12, "St": 4})
    assert values(await session.poll())["ac_energy"] is None
    pseudo.put(103, {"WH": 12345679})
    assert values(await session.poll())["ac_energy"] == 12345679


async def test_a_real_reset_is_passed_on_after_the_hold_off(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, DAY)
    session = await bench.open()
    await session.poll()
    await session.close()
    pseudo.put(103, {"WH": 5})
    session = await bench.open()
    assert qualities(await session.poll())["ac_energy"] is Quality.BAD_NOT_CONNECTED
    bench.clock.advance(HOLD_OFF_S + 1)
    assert values(await session.poll())["ac_energy"] == 5


async def test_a_register_without_its_scale_factor_is_absent(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, {"St": 4})
    pseudo.models[103].put_raw("WH_SF", None)
    pseudo.models[103].put_raw("DCV_SF", 99)
    session = await bench.open()
    report = await session.poll()
    assert qualities(report)["ac_energy"] is Quality.BAD_CONFIGURATION_ERROR
    assert qualities(report)["dc_voltage"] is Quality.BAD_CONFIGURATION_ERROR
    raw = {point.path: point for point in await session.inspect()}
    assert (raw["103#0.WH"].raw, raw["103#0.WH"].absent) == (1000, "scale factor not implemented")
    assert raw["103#0.WH"].name == "ac_energy"


async def test_complaints_of_an_inverter(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, DAY | {"Evt1": 1 << 7 | 1 | 1 << 20})
    session = await bench.open()
    report = await session.poll()
    assert report.health is DeviceHealth.FAULT
    assert report.causes == ("GROUND_FAULT", "OVER_TEMP", "BIT_20")
    assert values(report)["events"] == 1 << 7 | 1 | 1 << 20
    pseudo.put(103, {"Evt1": 0, "St": 7})
    report = await session.poll()
    assert (report.health, report.causes) == (DeviceHealth.FAULT, ("FAULT",))
    pseudo.put(103, {"St": 55})
    assert values(await session.poll())["state"] == InverterState.UNKNOWN


@pytest.mark.parametrize(
    ("options", "power", "imported", "exported"),
    [("", 1500, 111, 222), ("&meter=export_positive", -1500, 111, 222), ("&meter=reversed", -1500, 222, 111)],
)
async def test_a_meter_as_it_is_mounted(bench: Bench, options: str, power: int, imported: int, exported: int) -> None:
    pseudo = bench.serve(pseudo_meter("M1"))
    pseudo.put(203, {"W": 1500, "TotWhImp": 111, "TotWhExp": 222, "Evt": 1 << 7})
    report = await (await bench.open(DeviceKind.METER, options)).poll()
    got = values(report)
    assert (got["grid_power"], got["import_energy"], got["export_energy"]) == (power, imported, exported)
    assert (report.health, report.causes, report.asleep) == (DeviceHealth.FAULT, ("MISSING_SENSOR",), False)


async def test_two_meters_in_one_chain(bench: Bench) -> None:
    first, second = (PseudoModel(203, {"W_SF": 0, "W": watts}) for watts in (100, -250))
    bench.serve(PseudoDevice([plate("G1"), first, second]))
    for options, watts in (("", 100), ("&instance=1", -250)):
        assert values(await (await bench.open(DeviceKind.METER, options)).poll())["grid_power"] == watts
    with pytest.raises(DeviceMisconfigured):
        await (await bench.open(DeviceKind.METER, "&instance=2")).poll()


async def test_a_weather_station(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_station("W1"))
    pseudo.put(307, {"TmpAmb": -3.5, "Pres": 1013})
    pseudo.put(302, {"repeating[0].GHI": 812})
    got = values(await (await bench.open(DeviceKind.SENSOR)).poll())
    assert (got["ambient_temperature"], got["pressure"], got["irradiance"], got["module_temperature"]) == (
        -3.5,
        101_300,
        812,
        15.0,
    )


async def test_a_battery(bench: Bench) -> None:
    factors: dict[str, int | float | str | None] = {"SoC_SF": -1, "V_SF": -1, "A_SF": -1, "W_SF": 1}
    bench.serve(PseudoDevice([plate("B1"), PseudoModel(802, factors | {"SoC": 55.5, "W": -2500, "State": 99, "Evt1": 0})]))
    report = await (await bench.open(DeviceKind.BATTERY)).poll()
    got = values(report)
    assert (got["soc"], got["battery_power"], got["state"]) == (55.5, -2500, BatteryState.FAULT)
    assert report.health is DeviceHealth.FAULT


async def test_one_source_per_point_by_the_chain_alone(bench: Bench) -> None:
    """A device with 701, float and integer models: the integer one counts, 701 adds what only it has."""
    der = PseudoModel(701, {"W_SF": 0, "TotWh_SF": 0, "W": 9, "InvSt": 3, "TotWhInj": 99, "TotWhAbs": 77})
    bench.serve(PseudoDevice([plate("A1"), der, PseudoModel(113, {"W": 8.0}), PseudoModel(103, {"W_SF": 0, "W": None, "St": 4})]))
    session = await bench.open()
    report = await session.poll()
    assert qualities(report)["ac_power"] is Quality.BAD_NOT_SUPPORTED
    assert values(report)["absorbed_energy"] == 77
    fed = {point.name: point.path for point in await session.inspect() if point.name}
    assert (fed["ac_power"], fed["absorbed_energy"]) == ("103#0.W", "701#0.TotWhAbs")


@pytest.mark.parametrize(
    ("code", "state"), [(0, InverterState.OFF), (3, InverterState.MPPT), (6, InverterState.FAULT), (7, 8), (9, 0)]
)
async def test_states_of_model_701_count_from_zero(bench: Bench, code: int, state: int) -> None:
    bench.serve(PseudoDevice([plate("A1"), PseudoModel(701, {"W_SF": 0, "W": 900, "InvSt": code, "Alrm": 0})]))
    assert values(await (await bench.open()).poll())["state"] == state


async def test_a_kind_that_the_device_is_not(bench: Bench) -> None:
    bench.serve(pseudo_meter("M1"))
    session = await bench.open(DeviceKind.INVERTER)
    with pytest.raises(DeviceMisconfigured, match="203"):
        await session.poll()
    assert {point.path: point.name for point in await session.inspect()}["203#0.W"] == "grid_power"


async def test_a_device_that_was_known_and_talks_nonsense_is_only_unreachable(bench: Bench) -> None:
    bench.serve(pseudo_inverter("A1"))
    await bench.open()
    bench.server.fault = Fault.SENTINELS
    with pytest.raises(DeviceUnreachable):
        await bench.open()


async def test_a_changed_chain_must_be_walked_again(bench: Bench) -> None:
    """A technician switches from integer to float models."""
    bench.serve(pseudo_inverter("A1"))
    session = await bench.open()
    await session.poll()
    bench.serve(pseudo_inverter("A1", floats=True))
    with pytest.raises(DeviceGarbled):
        await session.poll()


async def test_another_device_behind_the_same_connection(bench: Bench) -> None:
    pseudo = bench.serve(pseudo_inverter("A1", strings=0))
    pseudo.put(103, DAY)
    session = await bench.open()
    await session.poll()
    other = bench.serve(pseudo_inverter("B2", strings=0))
    other.put(103, DAY | {"WH": 50})
    bench.clock.advance(IDENTITY_EVERY_S + 1)
    with pytest.raises(DeviceGarbled, match="B2"):
        await session.poll()
    session = await bench.open()
    assert session.plate.serial == "B2"
    assert values(await session.poll())["ac_energy"] == 50
