"""Pseudo devices of a roof, an inverter and a weather station, whose registers follow the town's sky."""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backend.model.clock import Clock
from backend.model.states import InverterState
from backend.simulation.generation import Generation
from backend.simulation.plan import PlannedInverter, PlannedSensor, PlannedSite
from backend.simulation.sunspec import PseudoDevice, pseudo_inverter, pseudo_station
from backend.simulation.weather import STEP_MS, Day, Floats, Weather, day_of

GROUND_FAULT = 1
"""Bit 0 of Evt1."""
_LINE_V = 202.0
"""Between two lines, of three phases or of the three-wire supply (101 V to neutral) that small inverters in Japan feed."""
_SPLIT_PHASE_TO_W = 10_000
_FRESH_S = 0.5
"""Registers are renewed at most this often, so that one poll sees one moment."""


class _Renewable(Protocol):
    def renew(self, at_ms: int) -> None: ...


class LiveRegisters:
    """Registers that are renewed when somebody reads them."""

    def __init__(self, device: PseudoDevice, source: _Renewable, clock: Clock) -> None:
        self._device, self._source, self._clock = device, source, clock
        self._renewed_s = -math.inf
        self.stuck = False
        """True keeps the registers as they are, as some inverters do when their inner clock hangs."""

    def read(self, address: int, count: int) -> bytes | None:
        """These registers as of now, or None where one of them does not exist."""
        now_s = self._clock.monotonic()
        if not self.stuck and now_s - self._renewed_s >= _FRESH_S:
            self._renewed_s = now_s
            self._source.renew(self._clock.now_ms())
        return self._device.read(address, count)


class RoofInverter:
    """One inverter of the town."""

    def __init__(self, generation: Generation, planned: PlannedInverter) -> None:
        self._split = planned.rated_w <= _SPLIT_PHASE_TO_W
        self.device: PseudoDevice = pseudo_inverter(planned.serial, strings=0, split=self._split)
        self._generation = generation
        self._faulty_since_wh: float | None = None
        self._missed_wh = 0.0

    def fail(self, at_ms: int) -> None:
        """A ground fault: no power, and the register stands still."""
        if self._faulty_since_wh is None:
            self._faulty_since_wh = self._generation.energy_wh(at_ms)

    def recover(self, at_ms: int) -> None:
        """Go on where the register stood."""
        if self._faulty_since_wh is not None:
            self._missed_wh += self._generation.energy_wh(at_ms) - self._faulty_since_wh
            self._faulty_since_wh = None

    def power_w(self, at_ms: int) -> float:
        """What it really gives."""
        return 0.0 if self._faulty_since_wh is not None else self._generation.power_w(at_ms)

    def renew(self, at_ms: int) -> None:
        """Bring the registers up to this instant."""
        faulty, power_w = self._faulty_since_wh is not None, self.power_w(at_ms)
        energy_wh = (self._faulty_since_wh or self._generation.energy_wh(at_ms)) - self._missed_wh
        state = InverterState.FAULT if faulty else InverterState.MPPT if power_w > 0 else InverterState.SLEEPING
        self.device.put(
            102 if self._split else 103,
            {
                "W": round(power_w),
                "WH": math.floor(energy_wh),
                **grid_side(power_w, self._split),
                "DCW": round(power_w / 0.97),
                "DCV": 580.0 if power_w > 0 else 0.0,
                "DCA": power_w / 0.97 / 580.0,
                "TmpCab": 18.0 + power_w / 1000,
                "St": int(state),
                "Evt1": GROUND_FAULT if faulty else 0,
            },
        )


def grid_side(power_w: float, split: bool) -> dict[str, float]:
    """Currents and voltages at power factor 1, as models 102 and 103 define them: ``A`` is the sum over the phases."""
    phases = ("A", "B") if split else ("A", "B", "C")
    to_neutral_v = _LINE_V / (2 if split else math.sqrt(3))
    total_a = power_w / to_neutral_v
    sides = {f"Aph{phase}": total_a / len(phases) for phase in phases}
    sides |= {f"PhVph{phase}": to_neutral_v for phase in phases}
    return {"A": total_a, **sides, "PPVphAB": _LINE_V}


class RoofStation:
    """The weather station of a school."""

    def __init__(self, weather: Weather, site: PlannedSite, planned: PlannedSensor) -> None:
        self.device: PseudoDevice = pseudo_station(planned.serial)
        self.wrong = False
        """True makes the irradiance read more than the sun can give."""
        self._weather, self._site = weather, site

    def renew(self, at_ms: int) -> None:
        """Bring the registers up to this instant."""
        air = air_of_day(self._weather.day(self._site, day_of(at_ms)), np.array([at_ms]))
        now = {name: float(values[0]) for name, values in air.items()}
        light = {"GHI": 2600.0 if self.wrong else now["irradiance"], "POAI": now["plane_irradiance"]}
        self.device.put(302, {f"repeating[0].{name}": round(value) for name, value in light.items()})
        self.device.put(303, {"temp[0].TmpBOM": now["module_temperature"]})
        self.device.put(
            307,
            {
                "TmpAmb": now["ambient_temperature"],
                "RH": round(now["humidity"]),
                "WndSpd": round(now["wind_speed"]),
                "WndDir": round(now["wind_direction"]),
            },
        )


def air_of_day(day: Day, at_ms: NDArray[np.int64]) -> dict[str, Floats]:
    """What a weather station measures at instants of one day, by the names of its points."""
    minute = (at_ms - day.start_ms) / STEP_MS
    grid = np.arange(len(day.irradiance))
    plane, horizontal, ambient_c = (np.interp(minute, grid, each) for each in (day.irradiance, day.horizontal, day.ambient_c))
    breeze = 2.0 + 1.4 * np.sin((minute / 60 - 9.0) / 24 * 2 * np.pi) + 0.5 * np.sin(minute / 37.0)
    return {
        "irradiance": horizontal,
        "plane_irradiance": plane,
        "module_temperature": ambient_c + 0.025 * plane,
        "ambient_temperature": ambient_c,
        "humidity": 75.0 - 2.0 * (ambient_c - 8.0),
        "wind_speed": breeze,
        "wind_direction": (190.0 + 40.0 * np.sin(minute / 260.0)) % 360.0,
    }
