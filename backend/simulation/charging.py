"""A car at a charger, as a pure function of time: when it plugs in, how fast it fills, when it leaves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backend.model.states import ConnectorState

_PREPARING_MS: Final = 20_000
_FINISHING_MS: Final = 15_000
_TAPER_FROM: Final = 0.8
"""State of charge from which a battery takes less and less."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One car at one connector."""

    connector: int
    arrive_ms: int
    leave_ms: int
    peak_w: float
    battery_wh: float = 40_000.0
    start_soc: float = 0.3
    """Share of the battery that is full on arrival."""

    @property
    def begin_ms(self) -> int:
        """Start of the transaction."""
        return self.arrive_ms + _PREPARING_MS

    @property
    def end_ms(self) -> int:
        """End of the transaction."""
        return max(self.begin_ms, self.leave_ms - _FINISHING_MS)

    @property
    def _steady_wh(self) -> float:
        return max(0.0, _TAPER_FROM - self.start_soc) * self.battery_wh

    @property
    def _rest_wh(self) -> float:
        return max(1.0, (1 - max(_TAPER_FROM, self.start_soc)) * self.battery_wh)

    def energy_wh(self, at_ms: int) -> float:
        """Delivered until then: constant power up to 80 %, then ever slower towards full."""
        hours = max(0, min(at_ms, self.end_ms) - self.begin_ms) / 3_600_000
        late_h = hours - self._steady_wh / self.peak_w
        if late_h <= 0:
            return self.peak_w * hours
        return self._steady_wh + self._rest_wh * -math.expm1(-late_h * self.peak_w / self._rest_wh)

    def power_w(self, at_ms: int) -> float:
        """Power at that moment, the slope of ``energy_wh``."""
        if self.state(at_ms) is not ConnectorState.CHARGING:
            return 0.0
        late_wh = self.energy_wh(at_ms) - self._steady_wh
        return self.peak_w if late_wh <= 0 else self.peak_w * max(0.0, 1 - late_wh / self._rest_wh)

    def soc(self, at_ms: int) -> float:
        """State of charge, 0 to 1."""
        return min(1.0, self.start_soc + self.energy_wh(at_ms) / self.battery_wh)

    def state(self, at_ms: int) -> ConnectorState:
        """State of the connector while this car is there; Available before and after."""
        if not self.arrive_ms <= at_ms < self.leave_ms:
            return ConnectorState.AVAILABLE
        if at_ms < self.begin_ms:
            return ConnectorState.PREPARING
        if at_ms >= self.end_ms:
            return ConnectorState.FINISHING
        return ConnectorState.SUSPENDED_EV if self.soc(at_ms) > 0.995 else ConnectorState.CHARGING


def visit_at(visits: Sequence[Visit], connector: int, at_ms: int) -> Visit | None:
    """The car at a connector at that moment."""
    return next((v for v in visits if v.connector == connector and v.arrive_ms <= at_ms < v.leave_ms), None)
