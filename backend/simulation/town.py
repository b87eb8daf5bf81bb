"""The demo town in action: every inverter, weather station, battery, meter and charger as a real server or client on loopback."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from backend.model.clock import AnchoredClock
from backend.simulation.cellar import CellarBattery, CellarMeter
from backend.simulation.classroom import ClassroomSensor
from backend.simulation.dust import DustSensor
from backend.simulation.echonet import PseudoNode
from backend.simulation.faults import STRUCK, TownFault
from backend.simulation.flows import flows_of
from backend.simulation.generation import Generation
from backend.simulation.modbus import Fault as LineFault
from backend.simulation.modbus import ModbusServer
from backend.simulation.ocpp import ChargePoint, Make
from backend.simulation.ocpp import Fault as ChargerFault
from backend.simulation.plan import PlannedCharger
from backend.simulation.roof import LiveRegisters, RoofInverter, RoofStation
from backend.simulation.script import (
    CAR_DAYS,
    EARLIER_DAYS,
    Script,
    chargers,
    classrooms,
    dust_sensors,
    inverters,
    metered,
    sensors,
)
from backend.simulation.visits import is_quick, timetable
from backend.simulation.weather import Weather
from backend.simulation.web import WebDevice
from backend.simulation.words import Words16, Words201

_SLOW_V, _QUICK_V = 200.0, 380.0
"""Of the mains, and of a car's battery behind a charger that gives direct current."""
_PLUGS = {"CHAdeMO": "cG105", "CCS": "cCCS1", "J1772": "sType1"}
"""ConnectorEnumType of OCPP 2.0.1."""
_CHARGER_FAULTS = {
    TownFault.CHARGER_FAULT: ChargerFault.FAULTED,
    TownFault.CHARGER_OFFLINE: ChargerFault.DISCONNECTED,
    TownFault.CHARGER_GARBAGE: ChargerFault.GARBAGE,
}


class Town:
    """All pseudo devices of one script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._clock = AnchoredClock(script.clock)
        self._weather = Weather(Path(script.pattern), script.seed, script.first_day)
        self._inverters: dict[str, RoofInverter] = {}
        self._stations: dict[str, RoofStation] = {}
        self._registers: dict[str, LiveRegisters] = {}
        self._servers: dict[str, ModbusServer] = {}
        self._rooms = [
            PseudoNode(ClassroomSensor(planned, self._clock), port=script.ports[key]) for key, _, planned in classrooms()
        ]
        self._dust = [
            WebDevice(DustSensor(planned, self._clock).document, script.ports[key]) for key, _, planned in dust_sensors()
        ]
        self._chargers = {key: self._charge_point(charger) for key, _, charger in chargers()}
        self.faults: set[TownFault] = set()
        """What is switched on."""
        self._build_roofs()
        self._build_cellars()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Everything is there until the context ends."""
        async with AsyncExitStack() as stack:
            for server in (*self._servers.values(), *self._rooms, *self._dust):
                await stack.enter_async_context(server)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            living = [tasks.create_task(each.run(), name=f"charger {key}") for key, each in self._chargers.items()]
            try:
                yield
            finally:
                for task in living:
                    task.cancel()

    async def switch(self, fault: TownFault, on: bool) -> None:
        """Let something go wrong, or mend it."""
        if on == (fault in self.faults):
            return
        self.faults ^= {fault}
        key = STRUCK[fault]
        match fault:
            case TownFault.INVERTER_FAULT:
                act = self._inverters[key].fail if on else self._inverters[key].recover
                act(self._clock.now_ms())
            case TownFault.INVERTER_SILENT:
                self._servers[key].fault = LineFault.SILENT if on else LineFault.NONE
            case TownFault.INVERTER_STUCK:
                self._registers[key].stuck = on
            case TownFault.SENSOR_WRONG:
                self._stations[key].wrong = on
            case TownFault.CHARGER_FAULT | TownFault.CHARGER_OFFLINE | TownFault.CHARGER_GARBAGE:
                await self._switch_charger(self._chargers[key], _CHARGER_FAULTS[fault], on)

    async def _switch_charger(self, charger: ChargePoint, fault: ChargerFault, on: bool) -> None:
        if on:
            await charger.start(fault)
        else:
            charger.end(fault)

    def _build_roofs(self) -> None:
        first_day = self._script.first_day - timedelta(days=EARLIER_DAYS)
        for key, site, planned in inverters():
            inverter = RoofInverter(Generation(self._weather, site, planned, first_day), planned)
            self._inverters[key] = inverter
            self._serve(key, LiveRegisters(inverter.device, inverter, self._clock))
        for key, site, planned in sensors():
            station = RoofStation(self._weather, site, planned)
            self._stations[key] = station
            self._serve(key, LiveRegisters(station.device, station, self._clock))

    def _build_cellars(self) -> None:
        flows = flows_of(self._script, self._weather)
        for site, _, storage, meter in metered():
            own = [inverter for key, inverter in self._inverters.items() if key.startswith(f"{site}/")]
            battery = CellarBattery(flows[site])
            grid = CellarMeter(meter.serial, flows[site], lambda at_ms, own=own: sum(each.power_w(at_ms) for each in own))
            self._serve(f"{site}/{storage.key}", LiveRegisters(battery.device, battery, self._clock))
            self._serve(f"{site}/{meter.key}", LiveRegisters(grid.device, grid, self._clock))

    def _serve(self, key: str, registers: LiveRegisters) -> None:
        self._registers[key] = registers
        self._servers[key] = ModbusServer(registers, (1, 126), port=self._script.ports[key])

    def _charge_point(self, charger: PlannedCharger) -> ChargePoint:
        script = self._script
        visits = timetable(charger, script.seed, script.first_day, CAR_DAYS, script.clock.node_ms)
        model = f"Pseudo {charger.plug.type} {round((charger.plug.max_w or 0) / 1000)}"
        volts = _QUICK_V if is_quick(charger) else _SLOW_V
        make = Make(
            charger.identity,
            model=model,
            serial=f"S-{charger.identity}",
            sample_s=script.sample_s,
            volts=volts,
            words=Words201 if charger.newer else Words16,
            plug=_PLUGS.get(charger.plug.type, "Unknown"),
        )
        return ChargePoint(make, f"ws://127.0.0.1:{script.ocpp_port}", self._clock, visits)
