"""Fills gaps in registers from the meter's own log: finds them once at opening, then fetches one day with every poll."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from backend.drivers.contract import DeviceError, Recorded
from backend.drivers.echonet.asking import Asking
from backend.drivers.echonet.feeds import Feed, value_of
from backend.drivers.echonet.halfhours import DAY_MS, FURTHEST_DAYS, day_of, instants, missing, registers
from backend.drivers.echonet.memory import Memory
from backend.drivers.echonet.number import Absence, Number
from backend.drivers.echonet.tables.metering import REGISTER_HIGH
from backend.drivers.echonet.tables.rows import Logs
from backend.model.device import Device
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading

_NEVER_SHORTER_MS: Final = 60_000
_PAUSES: Final = 3
"""So many intervals without a reading are a gap."""
_MIDNIGHT_S: Final = 300
"""So near to midnight, the meter's today may be another one than ours."""
_REGISTER: Final = Number(4, high=REGISTER_HIGH, holes=True)
_log = structlog.get_logger(__name__)


class Backfill:
    """The gaps of one meter."""

    def __init__(self, device: Device, logs: Logs, feeds: Mapping[str, Feed], zone: ZoneInfo, memory: Memory) -> None:
        """``feeds`` are the live registers by name: what a count is worth is the same in the log."""
        self._device, self._logs, self._zone, self._memory = device, logs, zone, memory
        self._registers = {spec.name: (epc, feeds[spec.name]) for epc, spec in logs.registers if spec.name in feeds}
        self._longest_ms = max(round(_PAUSES * device.interval_s * 1000), _NEVER_SHORTER_MS)

    @property
    def epcs(self) -> frozenset[int]:
        """What would be asked for."""
        return frozenset((self._logs.day, *(epc for epc, _ in self._registers.values())))

    async def look(self, now_ms: int, recorded: Recorded | None) -> None:
        """Note what is missing: since the last value of this run, else by what was recorded."""
        for name in self._registers:
            since_ms = self._memory.known_until.get(name)
            times = [since_ms] if since_ms else await self._recorded(f"{self._device.key}/{name}", now_ms, recorded)
            self._memory.slots.add(name, missing([*times, now_ms], self._longest_ms))
            self._memory.known_until[name] = now_ms

    async def fetch(self, asking: Asking, now_ms: int) -> list[Reading]:
        """Registers of the newest day that lacks some, marked as late; nothing where none does, or where it fails this time."""
        slots = self._memory.slots
        day = slots.newest_day(now_ms, self._zone)
        if day is None or self._is_midnight(now_ms):
            return []
        back = (day_of(now_ms, self._zone) - day).days
        try:
            logs = await self._logs_of(asking, back)
        except (DeviceError, ValueError) as error:
            _log.info("history of a meter cannot be read", device=self._device.key, days_back=back, why=str(error))
            slots.failed(day, self._zone)
            return []
        wanted = slots.take(day, self._zone)
        at_ms = instants(day, self._zone)
        return [
            reading
            for name, edts in logs.items()
            for index, edt in edts
            if at_ms[index] in wanted.get(name, ()) and (reading := self._reading(name, at_ms[index], edt)) is not None
        ]

    async def _recorded(self, key: str, now_ms: int, recorded: Recorded | None) -> list[int]:
        """Times of good readings, day by day so that nothing else has to wait for it."""
        if recorded is None:
            return []
        times: list[int] = []
        for days in range(FURTHEST_DAYS, 0, -1):
            end_ms = now_ms - (days - 1) * DAY_MS
            rows = await recorded.raw(key, end_ms - DAY_MS, end_ms)
            good = (rows.quality < Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE) & np.isfinite(rows.value)
            times += rows.at_ms[good].tolist()
        return times

    async def _logs_of(self, asking: Asking, back: int) -> dict[str, Sequence[tuple[int, bytes]]]:
        """Raises ``DeviceError``, or ``ValueError`` where the log is not of this day."""
        if not await asking.set(self._logs.day, bytes((back,))):
            raise ValueError("the day cannot be chosen")
        found: dict[str, Sequence[tuple[int, bytes]]] = {}
        for name, (epc, _) in self._registers.items():
            edt = await asking.one(epc)
            if edt is not None:
                found[name] = list(registers(edt, back))
        if not found:
            raise ValueError("it is not answered")
        return found

    def _reading(self, name: str, at_ms: int, edt: bytes) -> Reading | None:
        feed = self._registers[name][1]
        value = value_of(Feed(feed.spec, feed.epc, _REGISTER, feed.factor), edt)
        if isinstance(value, Absence):
            return None
        return Reading(f"{self._device.key}/{name}", at_ms, value, Quality.GOOD, Flag.LATE | Flag.BACKFILLED)

    def _is_midnight(self, now_ms: int) -> bool:
        now = datetime.fromtimestamp(now_ms / 1000, self._zone)
        second = now.hour * 3600 + now.minute * 60 + now.second
        return min(second, 86_400 - second) < _MIDNIGHT_S
