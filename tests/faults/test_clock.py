"""A clock that jumps (R11): nothing is lost or doubled, and totals stay.

Sequence numbers keep the order of arrival, and every batch says what to think of the clock.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from backend.intake import Intake, Limits, open_intake
from backend.model.clock import ClockQuality
from backend.model.columns import Columns
from backend.store.contract import Level, Reader
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.store.sqlite import Retention, open_store
from backend.wire.batch import Batch, unseal
from tests.support.clock import FakeClock
from tests.support.town import DAY_MS, DEVICE, ENERGY, HOUR_MS, POWER, good, site

SHORT = 7
DAYS = 2
STEP_S = 600
YEAR_S = 365.25 * 86_400
JUMPS_S = (1, -1, 17, -61, 3600, -3600, 86_400, -86_400, 400 * 86_400.0, -400 * 86_400.0, 10 * YEAR_S, -10 * YEAR_S)
KEEP = Retention(journal_days=100_000)
"""A node whose clock ran ahead forgets batches that are folded sooner; here all of them are looked at."""
MOMENTS = (
    ("Europe/Berlin", "2027-03-28T02:30"),
    ("Europe/Berlin", "2026-10-25T02:30"),
    ("America/New_York", "2027-03-14T02:30"),
    ("America/New_York", "2026-11-01T01:30"),
    ("Asia/Tokyo", "2028-02-29T12:00"),
    ("Europe/Berlin", "2038-01-19T04:14"),
    ("Asia/Tokyo", "2026-12-31T23:59"),
)
"""Zones, and moments in the middle of what is told: summer time, a leap day, 2**31 seconds, the end of a month and a year."""


@dataclass(frozen=True)
class Plan:
    """What a device tells by its own right clock, and what the node's clock does meanwhile."""

    zone: str
    start_ms: int
    jumps: dict[int, float]
    """By step: so many seconds, between two deliveries of one batch."""
    strays_s: float = 0.0
    """How wrong the node's clock is when it starts."""


@dataclass
class Told:
    """What came of it."""

    raw: dict[str, Columns] = field(default_factory=dict[str, Columns])
    energy: dict[date, float] = field(default_factory=dict[date, float])
    quarters: list[float] = field(default_factory=list[float])
    batches: list[Batch] = field(default_factory=list[Batch])
    """In order of their sequence numbers."""


def a_plan(luck: random.Random, number: int) -> Plan:
    zone, moment = MOMENTS[number % len(MOMENTS)]
    at_ms = round(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    steps = luck.sample(range(1, DAYS * 86_400 // STEP_S), luck.randrange(1, 6))
    jumps = {step: luck.choice(JUMPS_S) + luck.choice((0.0, 0.137)) for step in steps}
    starts_wrong = luck.random() < 0.3
    # As long without a source of time as it took until one answered: then the clock is set right.
    strays_s = -luck.uniform(1, 50) * YEAR_S if starts_wrong else 0.0
    if starts_wrong:
        jumps[min(jumps)] = -strays_s
    return Plan(zone, (at_ms - DAYS * DAY_MS // 2) // 60_000 * 60_000, jumps, strays_s)


def undisturbed(plan: Plan) -> Plan:
    return Plan(plan.zone, plan.start_ms, {})


def steps(plan: Plan) -> Iterator[tuple[int, int]]:
    for number in range(DAYS * 86_400 // STEP_S):
        yield number, plan.start_ms + number * STEP_S * 1000


async def run(path: Path, plan: Plan) -> Told:
    """Tell the plan to a node's intake and store, then ask."""
    clock = FakeClock(plan.start_ms)
    clock.jump(plan.strays_s)
    async with open_store(path, "clock", clock, KEEP) as store, open_intake(store, clock, Limits(seal_after_s=0.0)) as intake:
        await intake.define([site(plan.zone)], [DEVICE])
        await intake.declare([POWER, ENERGY])
        for number, at_ms in steps(plan):
            await deliver(intake, clock, plan.jumps.get(number, 0.0), at_ms, number)
            await store.fold()
        clock.jump((plan.start_ms + (DAYS + 3) * DAY_MS - clock.now_ms()) / 1000)
        while await store.fold():
            pass
        async with open_reader(path) as reader:
            return await asked(reader, path, plan, [intake.numbers()[key] for key in (POWER.key, ENERGY.key)])


async def deliver(intake: Intake, clock: FakeClock, jump_s: float, at_ms: int, number: int) -> None:
    """Two deliveries of one batch, with the jump between them."""
    numbers = intake.numbers()
    clock.advance(STEP_S)
    power = intake.accept_columns(good(numbers[POWER.key], [at_ms], [float(number)]))
    clock.jump(jump_s)
    energy = intake.accept_columns(good(numbers[ENERGY.key], [at_ms], [100.0 * number]))
    await power
    await energy


async def asked(reader: Reader, path: Path, plan: Plan, numbers: list[int]) -> Told:
    """Of the batches only what was told by these points: what is derived for the site is not looked at."""
    told, end_ms = Told(), plan.start_ms + (DAYS + 1) * DAY_MS
    for key in (POWER.key, ENERGY.key):
        told.raw[key] = await reader.raw(key, plan.start_ms - HOUR_MS, end_ms)
    first = datetime.fromtimestamp(plan.start_ms / 1000, ZoneInfo(plan.zone)).date()
    told.energy = dict((await reader.energy_by_day([ENERGY.key], first, first + timedelta(DAYS + 1))).get(ENERGY.key, {}))
    quarters = await reader.rollup(POWER.key, Level.QUARTER, plan.start_ms - HOUR_MS, end_ms)
    told.quarters = quarters.mean.tolist()
    async with open_outbox(path) as outbox:
        (own, *_) = await outbox.chains()
        first_number = 1
        while kept := await outbox.oldest(own.number, first_number, 1 << 24):
            batches = [unseal(each.signed.body) for each in kept]
            told.batches += [
                replace(each, readings=each.readings.take(np.isin(each.readings.point, numbers))) for each in batches
            ]
            first_number = kept[-1].first + kept[-1].span
    return told


def arrival(batches: list[Batch], plan: Plan) -> list[int]:
    """In which order readings stand in these batches."""
    at_ms = np.concatenate([batch.readings.at_ms for batch in batches])
    return ((at_ms - plan.start_ms) // (STEP_S * 1000)).tolist()


async def test_jumps_of_the_clock_change_no_history(ram: Path, times: int | None, seed: int) -> None:
    luck, quiet = random.Random(seed), dict[int, Told]()
    for number in range(times or SHORT):
        plan, moment = a_plan(luck, number), number % len(MOMENTS)
        if moment not in quiet:
            quiet[moment] = await run(ram / f"{number} quiet.db", undisturbed(plan))
        told, expected, what = await run(ram / f"{number}.db", plan), quiet[moment], f"{number}: {plan}"
        for key, rows in expected.raw.items():
            assert told.raw[key].at_ms.tolist() == rows.at_ms.tolist(), what
            assert told.raw[key].value.tolist() == rows.value.tolist(), what
        assert told.energy == expected.energy, what
        assert told.quarters == pytest.approx(expected.quarters, nan_ok=True), what
        order = arrival(told.batches, plan)
        assert order == sorted(order), what
        assert len(order) == 2 * DAYS * 86_400 // STEP_S, what
        assert quality_is_told(told.batches, plan), what
    print(f"{times or SHORT} plans")  # noqa: T201


def quality_is_told(batches: list[Batch], plan: Plan) -> bool:
    """Nobody vouches for this clock: it is suspect from its first jump on, and unknown before."""
    first = plan.start_ms + min(plan.jumps) * STEP_S * 1000
    with_readings = [batch for batch in batches if len(batch.readings)]
    told = {(bool(batch.readings.at_ms.max() >= first), batch.header.clock) for batch in with_readings}
    return told <= {(False, ClockQuality.UNKNOWN), (True, ClockQuality.SUSPECT)} and len(told) == 2


async def test_days_are_those_of_the_place(ram: Path) -> None:
    """The register counts evenly, so that a day's energy is its length: 23, 24 and 25 hours."""
    lengths: set[int] = set()
    for number, (zone, _) in enumerate(MOMENTS):
        plan = undisturbed(a_plan(random.Random(number), number))
        told = await run(ram / f"{number}.db", plan)
        for day, energy in told.energy.items():
            ends = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)), datetime.fromordinal(day.toordinal() + 1)]
            start_ms, end_ms = (end.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000 for end in ends)
            if start_ms >= plan.start_ms and end_ms <= plan.start_ms + DAYS * DAY_MS:
                hours = (end_ms - start_ms) / HOUR_MS
                assert energy == pytest.approx(hours * 3600 / STEP_S * 100, rel=0.02), (zone, day)
                lengths.add(round(hours))
    assert lengths == {23, 24, 25}


async def test_who_orders_by_the_wall_clock_is_found_out(ram: Path, seed: int) -> None:
    plan = Plan("Asia/Tokyo", 20_700 * DAY_MS, {20: -2 * 3600.0})
    told = await run(ram / "c.db", plan)
    order = arrival(sorted(told.batches, key=lambda batch: batch.header.sealed_ms), plan)
    assert order != sorted(order)
