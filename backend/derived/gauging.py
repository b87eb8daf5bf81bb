"""Reads the gauges of a site at one instant: from what is posted to parts, with a reason where one says nothing."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from backend.derived.board import Board
from backend.derived.parts import Part, total
from backend.derived.sources import Gauge, Manner, Measure
from backend.model.quality import Quality
from backend.model.site import Place
from backend.model.states import Connectivity, ConnectorState
from backend.model.sun import DARK_BELOW_DEG, elevation_deg

_MINUTE_MS: Final = 60_000
NOTHING_NOW: Final = Part(0.0)
"""Of what gives or takes nothing by its state; it stands as long as the state does and has no time of its own."""


@dataclass
class Dusk:
    """Whether it is dark at a place, found out once a minute."""

    place: Place
    _minute: int = -1
    _dark: bool = field(default=False)

    def is_dark(self, at_ms: int) -> bool:
        """Whether nothing can be generated."""
        minute = at_ms // _MINUTE_MS
        if minute != self._minute:
            self._minute = minute
            self._dark = float(elevation_deg(np.array([at_ms], np.int64), self.place)[0]) < DARK_BELOW_DEG
        return self._dark


class Gauging:
    """All gauges of a site at one instant."""

    def __init__(self, board: Board, dusk: Dusk, at_ms: int) -> None:
        self._board, self._dusk, self._at_ms = board, dusk, at_ms

    def measured(self, measure: Measure) -> Part | None:
        """The sum of what measures it; None where nobody does."""
        if not isinstance(measure, tuple) or isinstance(measure, Part):
            return measure
        return total([self.part(gauge) for gauge in measure])

    def part(self, gauge: Gauge) -> Part:
        """What one gauge says now."""
        match gauge.manner:
            case Manner.PLAIN:
                return self._plain(gauge)
            case Manner.SUN:
                return self._sun(gauge)
            case Manner.CAR:
                return self._car(gauge)

    def _plain(self, gauge: Gauge) -> Part:
        found = None if gauge.number is None else self._board.part(gauge.number)
        if found is None:
            return Part.absent(Quality.BAD_NOT_SUPPORTED if gauge.lacks else Quality.BAD_NO_COMMUNICATION)
        if self._at_ms - found.at_ms > gauge.longest_ms:
            return Part.absent(Quality.BAD_NO_COMMUNICATION, found.at_ms)
        return found if gauge.sign > 0 or found.is_absent else found._replace(value=gauge.sign * found.value)

    def _sun(self, gauge: Gauge) -> Part:
        found = self._plain(gauge)
        if found.is_absent and (self._state(gauge.link) == Connectivity.ASLEEP or self._dusk.is_dark(self._at_ms)):
            return NOTHING_NOW
        return found

    def _car(self, gauge: Gauge) -> Part:
        if self._state(gauge.link) != Connectivity.CONNECTED:
            return Part.absent(Quality.BAD_NO_COMMUNICATION)
        state = self._state(gauge.state)
        if state is None or state == ConnectorState.UNKNOWN:
            return Part.absent(Quality.BAD_NO_COMMUNICATION)
        return self._plain(gauge) if state == ConnectorState.CHARGING else NOTHING_NOW

    def _state(self, number: int | None) -> float | None:
        found = None if number is None else self._board.part(number)
        return None if found is None or found.is_absent else found.value
