"""From the rows of a list to charging sessions, and to the events by which chargers themselves tell of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.drivers.csvfile.cells import read_number
from backend.drivers.csvfile.grid import Cells, Row
from backend.drivers.csvfile.parse import FUTURE_MS
from backend.drivers.csvfile.report import Reason, Report
from backend.drivers.csvfile.session_lists import DAY_MS, SessionPlan, clock_of, read_time, time_text
from backend.model.event import Event, EventKind, EventValue

BLOCK_SESSIONS = 250


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """One whole session of a list."""

    line: int
    number: str
    """As the list calls it."""
    station: str
    connector: int
    start_ms: int
    end_ms: int
    energy_wh: float
    reason: str = ""

    @property
    def content(self) -> tuple[str, int, int, int, float]:
        """What makes two rows tell of the same."""
        return self.station, self.connector, self.start_ms, self.end_ms, self.energy_wh

    def events(self, device: str) -> tuple[Event, Event]:
        """Start and end in the words of ``backend.drivers.ocpp``; the number is a text, which no live transaction has."""
        told: dict[str, EventValue] = {"connector": self.connector, "transaction": self.number, "imported": True}
        if self.station:
            told["station"] = self.station
        ended: dict[str, EventValue] = {
            **told,
            "started_ms": self.start_ms,
            "energy_wh": self.energy_wh,
            "reason": self.reason or "Other",
            "known": True,
        }
        start = Event(self.start_ms, EventKind.SESSION_STARTED, device, {**told, "believed": True})
        return start, Event(self.end_ms, EventKind.SESSION_STOPPED, device, ended)


class SessionParser:
    """Reads the rows of one list, once. The report grows meanwhile."""

    def __init__(self, plan: SessionPlan, report: Report, now_ms: int) -> None:
        self._plan, self._report, self._now_ms = plan, report, now_ms
        self._clock = clock_of(plan)
        self._seen: dict[str, tuple[str, int, int, int, float]] = {}

    def blocks(self) -> Iterator[list[ImportedSession]]:
        """Sessions to take, so many at a time that they make a good batch."""
        block: list[ImportedSession] = []
        for row in self._plan.data():
            session = self._row(row)
            if session is not None:
                block.append(session)
            if len(block) >= BLOCK_SESSIONS:
                yield block
                block = []
        if block:
            yield block

    def _row(self, row: Row) -> ImportedSession | None:
        line, cells = row
        if not any(cells):
            return None
        self._report.rows += 1
        found = self._parse(line, cells)
        if isinstance(found, Reason):
            self._report.refuse(found, line)
            return None
        known = self._seen.get(found.number)
        if known is not None:
            self._report.refuse(Reason.REPEATED if known == found.content else Reason.CONTRADICTS, line)
            return None
        self._seen[found.number] = found.content
        if found.end_ms - found.start_ms > DAY_MS:
            self._report.flag(Reason.TOO_LONG, line)
        self._report.saw(found.start_ms)
        self._report.saw(found.end_ms)
        return found

    def _parse(self, line: int, cells: Cells) -> ImportedSession | Reason:
        fields, plan = self._plan.fields, self._plan
        if len(cells) <= max(fields.values()):
            return Reason.SHORT
        station = self._text(cells, "station")
        if plan.station and station != plan.station:
            return Reason.OTHER_STATION
        times: list[int] = []
        for which, missing in (("start", Reason.NO_START), ("end", Reason.NO_END)):
            found = self._time(cells, which, missing)
            if isinstance(found, Reason):
                return found
            times.append(found)
        start_ms, end_ms = times
        if end_ms < start_ms:
            return Reason.END_BEFORE_START
        energy_wh = self._energy(cells)
        if energy_wh is None or energy_wh <= 0:
            return Reason.NO_ENERGY
        if end_ms > self._now_ms + FUTURE_MS:
            return Reason.FUTURE
        number = self._text(cells, "number") or f"{station}@{start_ms}"
        connector = _connector(self._text(cells, "connector"))
        return ImportedSession(line, number, station, connector, start_ms, end_ms, energy_wh, self._text(cells, "reason"))

    def _text(self, cells: Cells, name: str) -> str:
        place = self._plan.fields.get(name)
        return "" if place is None else cells[place].strip()

    def _time(self, cells: Cells, which: str, missing: Reason) -> int | Reason:
        text = time_text(cells, self._plan.fields, which)
        if not text:
            return missing
        try:
            at_ms = self._clock.at_ms(read_time(text, self._plan.form, self._plan.order))
        except (ValueError, OverflowError):
            return Reason.NO_TIME
        return Reason.LEFT_OUT_HOUR if at_ms is None else at_ms

    def _energy(self, cells: Cells) -> float | None:
        for name, factor in (("kwh", 1000.0), ("wh", 1.0)):
            if name in self._plan.fields:
                found = read_number(self._text(cells, name))
                return None if found is None or found[0] is None else round(found[0] * factor, 3)
        ends = [read_number(self._text(cells, name)) for name in ("begin_wh", "finish_wh")]
        values = [found[0] for found in ends if found is not None and found[0] is not None]
        return values[1] - values[0] if len(values) == 2 else None


def _connector(text: str) -> int:
    """Connectors are counted from 1; a list without them tells of the first."""
    return int(text) if text.isdecimal() and 1 <= int(text) <= 99 else 1
