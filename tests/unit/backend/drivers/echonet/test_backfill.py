"""Outages: half hours that are missing come from the meter's own log, late, each once, at their own time."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.contract import DeviceUnreachable, Recorded
from backend.drivers.echonet.driver import EchonetDriver
from backend.drivers.echonet.halfhours import HALF_HOUR_MS, Slots, instants, missing, registers
from backend.intake import Intake, Limits, open_intake
from backend.model.columns import Columns
from backend.model.delivery import Delivery
from backend.model.device import Device, DeviceKind
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.site import Place, Site
from backend.simulation.echonet import Fault, PseudoMeter, PseudoNode
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from tests.support.clock import FakeClock
from tests.support.echonet import device, driver

TOKYO = ZoneInfo("Asia/Tokyo")
START_MS = round(datetime(2026, 11, 23, 1, 10, tzinfo=UTC).timestamp() * 1000)
"""10:10 in Japan."""
BACKFILLED = Flag.LATE | Flag.BACKFILLED
IMPORT = "town/thing/import_energy"


def counts_at(at_ms: int) -> int:
    """What the pretended meter's register, in 0.1 kWh, holds at an instant: 2 kW all the time."""
    return 1000 + at_ms // 180_000 % 100_000


def meter_at(meter: PseudoMeter, clock: FakeClock) -> None:
    """Let the meter's time be ours."""
    now_ms = clock.now_ms()
    meter.put(2000, counts_at(now_ms), 7)
    today = datetime.fromtimestamp(now_ms / 1000, TOKYO).date()
    for back in range(4):
        day = date.fromordinal(today.toordinal() - back)
        meter.log[back] = [counts_at(at_ms) if at_ms <= now_ms else None for at_ms in instants(day, TOKYO)]
        meter.reverse_log[back] = [7 if at_ms <= now_ms else None for at_ms in instants(day, TOKYO)]


async def polls(use: EchonetDriver, node: PseudoNode, clock: FakeClock, times: int) -> list[Reading]:
    opened = await use.open(device(node, "0288:1"), clock)
    try:
        found: list[Reading] = []
        for _ in range(times):
            found += (await opened.poll()).readings
            clock.advance(5)
    finally:
        await opened.close()
    return found


def late(readings: Sequence[Reading], point: str = IMPORT) -> list[Reading]:
    return [each for each in readings if each.point == point and each.flags & Flag.BACKFILLED]


async def test_after_an_outage_the_missing_half_hours_come_from_the_log_each_once() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        assert late(await polls(use, node, clock, 2)) == []
        node.fault = Fault.SILENT
        with pytest.raises(DeviceUnreachable):
            await polls(use, node, clock, 1)
        clock.advance(4 * 3600)
        node.fault = Fault.NONE
        meter_at(meter, clock)
        found = late(await polls(use, node, clock, 3))
        wanted = [START_MS + (20 + 30 * index) * 60_000 for index in range(8)]
        assert [(each.at_ms, each.value, each.flags) for each in found] == [
            (at_ms, counts_at(at_ms) * 100, BACKFILLED) for at_ms in wanted
        ]
        assert meter.asked.count(0xE2) == 1, "one day, once"
        assert late(await polls(use, node, clock, 2)) == []


async def test_an_outage_over_midnight_takes_a_poll_for_each_day() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        await polls(use, node, clock, 1)
        clock.advance(30 * 3600)
        meter_at(meter, clock)
        first, second, third = [late(await polls(use, node, clock, 1)) for _ in range(3)]
        days = [{datetime.fromtimestamp(each.at_ms / 1000, TOKYO).day for each in found} for found in (first, second, third)]
        assert days == [{24}, {23}, set()]
        assert len(first) + len(second) == 60
        assert sorted({each.at_ms for each in (*first, *second)}) == [START_MS + (20 + 30 * i) * 60_000 for i in range(60)]


async def test_gaps_inside_of_the_log_stay_gaps_and_a_log_of_another_day_is_not_believed() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        await polls(use, node, clock, 1)
        clock.advance(2 * 3600)
        meter_at(meter, clock)
        meter.log[0][22] = None
        meter.settable.clear()
        assert late(await polls(use, node, clock, 1)) == [], "the day cannot be chosen"
        meter.settable.add(0xE5)
        original = meter.get
        meter.get = lambda epc: original(epc) if epc not in (0xE2, 0xE4) else (3).to_bytes(2) + original(epc)[2:]
        clock.advance(3600)
        assert late(await polls(use, node, clock, 1)) == [], "another controller chose another day"
        meter.get = original
        meter_at(meter, clock)
        meter.log[0][22] = None
        found = late(await polls(use, node, clock, 1))
        assert START_MS + 50 * 60_000 not in {each.at_ms for each in found}
        assert found


async def test_what_was_fetched_is_not_fetched_again_though_the_register_says_nothing_now() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        await polls(use, node, clock, 1)
        clock.advance(2 * 3600)
        meter_at(meter, clock)
        meter.put(2000, 0xFFFFFFFE, 0xFFFFFFFE)
        assert len(late(await polls(use, node, clock, 1))) == 4
        assert late(await polls(use, node, clock, 1)) == []


async def test_another_meter_is_not_asked_for_the_past_of_the_old_one() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        await polls(use, node, clock, 1)
        clock.advance(4 * 3600)
        meter_at(meter, clock)
        meter.replace_serial("M2")
        assert late(await polls(use, node, clock, 2)) == []


async def test_around_midnight_the_log_waits() -> None:
    meter, clock, use = PseudoMeter("M1"), FakeClock(START_MS), driver()
    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        await polls(use, node, clock, 1)
        clock.advance(13 * 3600 + 47 * 60)
        meter_at(meter, clock)
        assert late(await polls(use, node, clock, 1)) == []
        clock.advance(600)
        meter_at(meter, clock)
        assert late(await polls(use, node, clock, 2))


@asynccontextmanager
async def node_with(cache: Path, clock: FakeClock) -> AsyncGenerator[tuple[Recorded, Intake]]:
    """A real store and the way in."""
    site = Site("town", {"en": "Town"}, Place(35.68, 139.77), "Asia/Tokyo")
    thing = Device("town/thing", "town", DeviceKind.METER, {"en": "Thing"}, "echonet://127.0.0.1/0288:1")
    async with (
        open_store(cache, "node", clock) as store,
        open_intake(store, clock, Limits(seal_after_s=0.01)) as intake,
        open_reader(cache) as reader,
    ):
        await intake.define([site], [thing])
        yield reader, intake


async def test_after_a_restart_of_ours_only_what_is_not_stored_is_fetched(tmp_path: Path) -> None:
    meter, clock, cache = PseudoMeter("M1"), FakeClock(START_MS), tmp_path / "cache.sqlite"

    async def live(node: PseudoNode, times: int) -> list[Reading]:
        async with node_with(cache, clock) as (reader, intake):
            use = driver(reader)
            opened = await use.open(device(node, "0288:1"), clock)
            await intake.declare(opened.points)
            found: list[Reading] = []
            for _ in range(times):
                report = await opened.poll()
                await intake.accept(Delivery(report.readings, urgent=True))
                found += report.readings
                clock.advance(5)
            await opened.close()
        return found

    async with PseudoNode(meter) as node:
        meter_at(meter, clock)
        assert late(await live(node, 2)) == [], "a meter that is new here has no past"
        clock.advance(3 * 3600)
        meter_at(meter, clock)
        assert len(late(await live(node, 2))) == 6
        assert late(await live(node, 2)) == [], "stored by now"
        async with node_with(cache, clock) as (reader, _):
            rows = await reader.raw(IMPORT, START_MS, clock.now_ms())
        assert len(set(rows.at_ms.tolist())) == len(rows)
        backfilled = rows.take(np.flatnonzero(rows.flags & Flag.BACKFILLED))
        assert backfilled.value.tolist() == [counts_at(at_ms) * 100 for at_ms in backfilled.at_ms.tolist()]
        assert len(backfilled) == 6


@given(st.lists(st.integers(0, 40 * HALF_HOUR_MS), max_size=30), st.integers(60_000, 3 * HALF_HOUR_MS))
def test_what_was_fetched_is_not_missing_any_more(times: list[int], longest_ms: int) -> None:
    times = sorted(set(times))
    found = missing(times, longest_ms)
    assert all(at_ms % HALF_HOUR_MS == 0 and at_ms not in times for at_ms in found)
    assert set(missing(sorted({*times, *found}), longest_ms)).isdisjoint(found)


def test_a_log_is_cut_off_or_of_another_day() -> None:
    whole = (1).to_bytes(2) + bytes(4 * 48)
    assert [index for index, _ in registers(whole, 1)] == list(range(48))
    for bad in (whole[:-1], b"", (2).to_bytes(2) + bytes(4 * 48)):
        with pytest.raises(ValueError, match="log"):
            registers(bad, 1)


def test_a_day_that_cannot_be_read_is_given_up_and_so_is_what_is_too_old() -> None:
    slots, day = Slots(), date(2026, 11, 23)
    slots.add("import_energy", instants(day, TOKYO)[:3])
    for _ in range(3):
        assert slots.newest_day(START_MS, TOKYO) == day
        slots.failed(day, TOKYO)
    assert slots.newest_day(START_MS, TOKYO) is None
    slots.add("import_energy", [START_MS - 100 * 86_400_000])
    assert slots.newest_day(START_MS, TOKYO) is None


class Rows:
    """Recorded readings in memory."""

    def __init__(self, at_ms: list[int], quality: Quality) -> None:
        count = len(at_ms)
        number, zeros = np.zeros(count, np.int32), np.zeros(count)
        qualities = np.full(count, quality, np.uint32)
        self.rows = Columns(number, np.array(at_ms, np.int64), zeros, qualities, np.zeros(count, np.uint8))

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """One and the same for every point."""
        at_ms = self.rows.at_ms
        return self.rows.take(np.flatnonzero((at_ms >= start_ms) & (at_ms < end_ms)))


async def test_readings_that_are_no_good_bound_no_gap() -> None:
    meter, clock = PseudoMeter("M1"), FakeClock(START_MS)
    meter_at(meter, clock)
    async with PseudoNode(meter) as node:
        stored = Rows([START_MS - 2 * 3_600_000], Quality.GOOD)
        assert len(late(await polls(driver(stored), node, clock, 1))) == 4
        stored = Rows([START_MS - 2 * 3_600_000], Quality.BAD_NO_COMMUNICATION)
        assert late(await polls(driver(stored), node, clock, 1)) == []
