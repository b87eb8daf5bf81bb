"""Keeps what a file tells: compares it with what is there, so that a second import changes nothing, and commits block by block.

Delivery promise: a block is committed whole or not at all, in the order of the file; nothing of the next one is handed in before.
Whoever stops between two blocks leaves a state from which the same import goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

import numpy as np

from backend.drivers.contract import Recorded
from backend.drivers.csvfile.cells import Cell
from backend.drivers.csvfile.opening import AnyPlan, parser_of
from backend.drivers.csvfile.parse import Parsed, Parser
from backend.drivers.csvfile.plan import Plan
from backend.drivers.csvfile.report import Reason, Report
from backend.drivers.csvfile.sessions import ImportedSession
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink
from backend.model.event import Event, EventKind, EventValue
from backend.model.point import Point
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading

Block = TypeVar("Block")
_FAR_MS: Final = 86_400_000
"""Rows further apart are compared apart, so that a look at the store stays short."""
_HOUR_MS: Final = 3_600_000
_MOST_EVENTS: Final = 100_000


class Memory(Recorded, Protocol):
    """What was kept before; a store's reader is one."""

    async def points(self) -> Sequence[Point]: ...

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Newest first."""
        ...

    async def closed_hours(self, key: str, start_ms: int, end_ms: int) -> Sequence[int]:
        """UTC hours since 1970, of those touched by [start, end), of which roll-ups are left and no single readings."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """How an import deals with what is there."""

    replace: bool = False
    """Whether values that differ from those in the store take their place."""
    fresh_ms: int | None = None
    """What is newer is no history: it comes as its source makes it. None where all is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an import goes to and what it is compared with."""

    sink: Sink
    memory: Memory
    clock: Clock


def _nobody(report: Report) -> None:
    """No one watches."""


class Keeper:
    """Carries out one plan."""

    def __init__(
        self,
        plan: AnyPlan,
        place: Place,
        rules: Rules,
        watch: Callable[[Report], None] = _nobody,
        name: str = "",
        attribution: str = "",
    ) -> None:
        """``watch`` is called after every block; ``name`` is what the file is called in the event that tells of it,
        ``attribution`` whom the source wants to be named, where its profile does not say.
        """
        self._plan, self._place, self._rules, self._watch = plan, place, rules, watch
        self._name = name or (plan.text.path.name if isinstance(plan, Plan) else plan.path.name)
        self._attribution = attribution or plan.profile.attribution
        self.report = Report()
        self._stopped = asyncio.Event()
        self._earlier_ms = max((plan.earlier_ms(feed) for feed in plan.feeds), default=0) if isinstance(plan, Plan) else 0
        self._points: list[Point] = []

    def stop(self) -> None:
        """End after the block that is being kept."""
        self._stopped.set()

    async def run(self) -> Report:
        """Keep everything that is new. Raises ``StorageError``, ``Unreadable`` and ``OSError``; what was kept stays."""
        parser = parser_of(self._plan, self.report, self._place.clock.now_ms())
        if isinstance(parser, Parser):
            assert isinstance(self._plan, Plan)
            await self._declare(self._plan)
            await self._each(parser.blocks(), self._keep_readings)
        else:
            await self._each(parser.blocks(), self._keep_sessions)
        if self.report.taken:
            await self._place.sink.accept(Delivery(events=(self._event(),), urgent=True))
        return self.report

    async def _each(self, blocks: Iterator[list[Block]], keep: Callable[[list[Block]], Awaitable[None]]) -> None:
        """Read in a thread, keep on the loop."""
        while not self._stopped.is_set():
            block = await asyncio.to_thread(next, blocks, None)
            if block is None:
                return
            await keep(block)
            self._watch(self.report)
        self.report.cancelled = True

    async def _declare(self, plan: Plan) -> None:
        """Points that are known keep the digits of their history: by these values are compared."""
        device = plan.target.device
        wanted = [Point(device, feed.spec) for feed in plan.feeds]
        await self._place.sink.declare(wanted)
        stored = {point.key: point for point in await self._place.memory.points()}
        self._points = [stored.get(point.key, point) for point in wanted]

    async def _keep_readings(self, rows: list[Parsed]) -> None:
        assert isinstance(self._plan, Plan)
        rows = self._changeable(rows, await self._closed(rows))
        if not rows:
            return
        fresh: list[Reading] = []
        news = [0] * len(rows)
        differing = [False] * len(rows)
        for index, (feed, point) in enumerate(zip(self._plan.feeds, self._points, strict=True)):
            shift_ms = self._plan.earlier_ms(feed)
            known = await self._known(point, [row.at_ms - shift_ms for row in rows])
            for number, row in enumerate(rows):
                at_ms = row.at_ms - shift_ms
                verdict = _compare(row.cells[index], known.get(at_ms), point.spec.digits)
                differing[number] |= verdict is Reason.DIFFERS
                if verdict is None or (verdict is Reason.DIFFERS and self._rules.replace):
                    fresh.append(self._reading(point, at_ms, row.cells[index]))
                    news[number] += 1
        if fresh:
            await self._place.sink.accept(Delivery(fresh, urgent=True))
        self._count(rows, fresh, news, differing)

    def _reading(self, point: Point, at_ms: int, cell: Cell) -> Reading:
        fresh_ms = self._rules.fresh_ms
        flags = Flag.BACKFILLED if fresh_ms is None or at_ms < fresh_ms else Flag.NONE
        return Reading(point.key, at_ms, cell[0], Quality(cell[1]), flags)

    def _count(self, rows: Sequence[Parsed], fresh: Sequence[Reading], news: Sequence[int], differing: Sequence[bool]) -> None:
        report = self.report
        for row, new, differs in zip(rows, news, differing, strict=True):
            if differs and not self._rules.replace:
                report.flag(Reason.DIFFERS, row.line) if new else report.refuse(Reason.DIFFERS, row.line)
            elif not new:
                report.refuse(Reason.KNOWN, row.line)
            report.taken += new > 0
        report.readings += len(fresh)
        report.absent += sum(reading.value is None for reading in fresh)
        report.uncertain += sum(not reading.quality.is_good and not reading.quality.is_bad for reading in fresh)

    async def _closed(self, rows: Sequence[Parsed]) -> set[int]:
        """UTC hours of which the store has roll-ups and no single readings any more: nothing in them can change."""
        if not rows:
            return set()
        times = [row.at_ms - self._earlier_ms for row in rows]
        hours = [await self._place.memory.closed_hours(point.key, min(times), max(times) + 1) for point in self._points]
        return {hour for each in hours for hour in each}

    def _changeable(self, rows: Sequence[Parsed], closed: set[int]) -> list[Parsed]:
        left: list[Parsed] = []
        for row in rows:
            if (row.at_ms - self._earlier_ms) // _HOUR_MS in closed:
                self.report.refuse(Reason.TOO_OLD, row.line)
            else:
                left.append(row)
        return left

    async def _known(self, point: Point, times: Sequence[int]) -> dict[int, float]:
        """Values of the store at these times, or rather around them; NaN for those without one."""
        ordered = np.unique(np.array(times, np.int64))
        parts = np.split(ordered, np.flatnonzero(np.diff(ordered) > _FAR_MS) + 1)
        known: dict[int, float] = {}
        for part in parts:
            found = await self._place.memory.raw(point.key, int(part[0]), int(part[-1]) + 1)
            known.update(zip(found.at_ms.tolist(), found.value.tolist(), strict=True))
        return known

    async def _keep_sessions(self, sessions: list[ImportedSession]) -> None:
        device = self._plan.target.device
        known = await self._known_sessions(device, sessions)
        fresh: list[Event] = []
        for session in sessions:
            told = known.get((session.number, session.start_ms))
            if told is not None:
                same = told == (session.end_ms, session.energy_wh)
                self.report.refuse(Reason.KNOWN if same else Reason.DIFFERS, session.line)
                continue
            fresh.extend(session.events(device))
            self.report.taken += 1
        if fresh:
            await self._place.sink.accept(Delivery(events=fresh, urgent=True))

    async def _known_sessions(self, device: str, sessions: Sequence[ImportedSession]) -> dict[tuple[str, int], tuple[int, float]]:
        """End and energy of sessions in the store by number and start."""
        first = min(session.start_ms for session in sessions)
        last = max(session.end_ms for session in sessions)
        events = await self._place.memory.events(first, last + 1, device, _MOST_EVENTS)
        return {
            (str(event.data.get("transaction")), int(event.data.get("started_ms") or 0)): (
                event.at_ms,
                float(event.data.get("energy_wh") or 0.0),
            )
            for event in events
            if event.kind is EventKind.SESSION_STOPPED
        }

    def _event(self) -> Event:
        report, plan = self.report, self._plan
        data: dict[str, EventValue] = {
            "file": self._name,
            "digest": plan.digest,
            "profile": plan.profile.key,
            "rows": report.rows,
            "taken": report.taken,
            "readings": report.readings,
            "from_ms": report.first_ms,
            "to_ms": report.last_ms,
            "whole": not report.cancelled,
        }
        if self._attribution:
            data["attribution"] = self._attribution
        return Event(self._place.clock.now_ms(), EventKind.DATA_IMPORTED, plan.target.device, data)


def _compare(cell: Cell, known: float | None, digits: int) -> Reason | None:
    """What is known already, what differs, and None for what is new; a value may always take the place of an absence."""
    value = cell[0]
    if known is None:
        return None
    if value is None:
        return Reason.KNOWN
    if np.isnan(known):
        return None
    scale = 10.0**digits
    return Reason.KNOWN if round(value * scale) == round(known * scale) else Reason.DIFFERS
