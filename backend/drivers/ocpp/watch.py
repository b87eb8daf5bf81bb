"""Looks after silence: a half-open socket still looks fine long after its charger went dark."""

import asyncio
from collections.abc import Sequence
from typing import Final

from backend.drivers.ocpp.station import Station
from backend.model.clock import Clock
from backend.model.states import Connectivity

MISSED_HEARTBEATS: Final = 3
"""After so many the charger is lost."""
_WRITE_S: Final = 50.0


class Watch:
    """Asks who was silent for more than one heartbeat, gives up after three."""

    def __init__(self, stations: Sequence[Station], clock: Clock, heartbeat_s: float) -> None:
        self._stations = stations
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._asked_s: dict[str, float] = {}

    async def run(self, tick_s: float) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(tick_s)
            for station in self._stations:
                self._look_after(station)

    def _look_after(self, station: Station) -> None:
        if station.status.connectivity is not Connectivity.CONNECTED:
            return
        now_s = self._clock.monotonic()
        silent_s = now_s - station.heard_s
        if silent_s > MISSED_HEARTBEATS * self._heartbeat_s:
            _give_up(station)
            return
        if station.line is None:
            return
        station.write_status(min(_WRITE_S, self._heartbeat_s))
        if silent_s > 1.5 * self._heartbeat_s and now_s - self._asked_s.get(station.key, -1e9) > self._heartbeat_s:
            self._asked_s[station.key] = now_s
            station.line.probe()


def _give_up(station: Station) -> None:
    line, station.line = station.line, None
    station.lost("silent")
    if line is not None:
        line.cut()
