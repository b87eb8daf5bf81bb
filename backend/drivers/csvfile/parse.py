"""From the rows of a file to readings, as planned; what cannot be taken is counted with its reason."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backend.drivers.csvfile.cells import ABSENT, Cell, judged, read_direction, read_number
from backend.drivers.csvfile.columns import Feed
from backend.drivers.csvfile.grid import Cells, Row
from backend.drivers.csvfile.plan import Plan
from backend.drivers.csvfile.report import Reason, Report
from backend.drivers.csvfile.zone import LocalClock

BLOCK_READINGS: Final = 4000
FUTURE_MS: Final = 5 * 60_000
_GAP: Final = 1.5
"""Rows further apart than so many intervals have others missing between them."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One row that can be taken."""

    line: int
    at_ms: int
    cells: tuple[Cell, ...]
    """In the stored unit, one for each feed."""


class Seen:
    """Times that stood in the file already, 16 bytes each: rows as a rule go forward in time, the others cost a little more."""

    def __init__(self) -> None:
        self._at_ms, self._hashes = array("q"), array("q")
        self._others: dict[int, int] = {}

    def check(self, at_ms: int, cells: tuple[Cell, ...]) -> Reason | None:
        """Why a row is not new, or None, and from then on it is known."""
        digest = hash(cells)
        if not self._at_ms or at_ms > self._at_ms[-1]:
            self._at_ms.append(at_ms)
            self._hashes.append(digest)
            return None
        place = bisect_left(self._at_ms, at_ms)
        known = self._hashes[place] if self._at_ms[place] == at_ms else self._others.get(at_ms)
        if known is None:
            self._others[at_ms] = digest
            return None
        return Reason.REPEATED if known == digest else Reason.CONTRADICTS


class Parser:
    """Reads the rows of one plan, once. The report grows meanwhile."""

    def __init__(self, plan: Plan, report: Report, now_ms: int) -> None:
        self._plan, self._report, self._now_ms = plan, report, now_ms
        self._read_time = plan.stamps.reader()
        self._clock = LocalClock(plan.zone, plan.saving)
        self._cells = _cell_reader(plan)
        self._width = max([*plan.stamps.columns, *(feed.index for feed in plan.feeds)], default=0) + 1
        self._interval_ms = round(plan.interval_s * 1000)
        self._seen = Seen()
        self._last_ms: int | None = None

    def blocks(self) -> Iterator[list[Parsed]]:
        """Rows to take, so many at a time that they make a good batch."""
        size = max(BLOCK_READINGS // max(len(self._plan.feeds), 1), 1)
        block: list[Parsed] = []
        for row in self._plan.data():
            parsed = self._row(row)
            if parsed is not None:
                block.append(parsed)
            if len(block) >= size:
                yield block
                block = []
        if block:
            yield block

    def _row(self, row: Row) -> Parsed | None:
        line, cells = row
        if not any(cells):
            return None
        self._report.rows += 1
        found = self._parse(cells)
        if isinstance(found, Reason):
            self._report.refuse(found, line)
            return None
        at_ms, values = found
        self._note_gap(at_ms)
        repeated = self._seen.check(at_ms, values)
        if repeated is not None:
            self._report.refuse(repeated, line)
            return None
        self._report.saw(at_ms)
        return Parsed(line, at_ms, values)

    def _parse(self, cells: Cells) -> tuple[int, tuple[Cell, ...]] | Reason:
        if len(cells) < self._width:
            return Reason.SHORT
        try:
            at = self._read_time(cells)
        except (ValueError, IndexError, OverflowError):
            return Reason.NO_TIME
        at_ms = self._at_ms(at)
        if at_ms is None:
            return Reason.LEFT_OUT_HOUR
        values = self._cells(cells)
        if values is None:
            return Reason.GARBLED
        if all(value is None for value, _ in values):
            self._note_gap(at_ms)
            return Reason.EMPTY
        if at_ms > self._now_ms + FUTURE_MS:
            return Reason.FUTURE
        if at_ms - round(self._plan.interval_s * 1000) < 0:
            return Reason.BEFORE_1970
        return at_ms, values

    def _at_ms(self, at: datetime) -> int | None:
        try:
            return self._clock.at_ms(at)
        except OverflowError:
            return None

    def _note_gap(self, at_ms: int) -> None:
        last, self._last_ms = self._last_ms, at_ms
        if last is None or at_ms - last <= _GAP * self._interval_ms:
            return
        self._report.gaps += 1
        self._report.missing += round((at_ms - last) / self._interval_ms) - 1


def _cell_reader(plan: Plan) -> Callable[[Cells], tuple[Cell, ...] | None]:
    """Reads the values of a row in stored units; None where a cell holds something else."""
    readers = [_feed_reader(feed, plan) for feed in plan.feeds]

    def read(cells: Cells) -> tuple[Cell, ...] | None:
        values: list[Cell] = []
        for reader in readers:
            cell = reader(cells)
            if cell is None:
                return None
            values.append(cell)
        return tuple(values)

    return read


def _feed_reader(feed: Feed, plan: Plan) -> Callable[[Cells], Cell | None]:
    index, factor, offset, decimal = feed.index, feed.factor, feed.offset, plan.decimal
    sentinels = plan.profile.sentinels or _USUAL_SENTINELS
    read = read_direction if feed.compass else read_number

    def cell_of(cells: Cells) -> Cell | None:
        found = read(cells[index], decimal)
        if found is None:
            return None
        value, quality = found
        if value is None:
            return found
        return ABSENT if value in sentinels else (value * factor + offset, quality)

    if feed.quality is None:
        return cell_of
    judge = feed.quality

    def judged_cell(cells: Cells) -> Cell | None:
        found = cell_of(cells)
        return None if found is None else judged(found, cells[judge] if judge < len(cells) else "")

    return judged_cell


_USUAL_SENTINELS: Final = frozenset({-7999.0, -9999.0, -99999.0})
"""Also where nothing is known of the file: no quantity here is ever measured as one of these."""
