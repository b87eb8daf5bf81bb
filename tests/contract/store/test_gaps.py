"""The gap ledger: what is missing, why, and what came after all; made by events alone, and true after a restart."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap, GapKind
from backend.store.contract import Reader
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, Town, good

START_MS = 20_700 * DAY_MS
MINUTE_MS = 60_000
EVER = 1 << 60
Row = tuple[str, GapKind, str, float, float | None, int | None, float]


class Diary:
    """Writes events at minutes of the day, and reads the rows in minutes too."""

    def __init__(self, place: Town, reader: Reader) -> None:
        self._place = place
        self._reader = reader

    async def tell(self, minute: float, kind: EventKind, subject: str, **data: EventValue) -> None:
        event = Event(at(minute), kind, subject, data)
        await self._place.store.commit(good(self._place.power, [], []), [event], [])

    async def rows(self, subject: str | None = None) -> list[Row]:
        return [row_of(gap) for gap in await self._reader.gaps(0, EVER, subject)]


def at(minute: float) -> int:
    return START_MS + round(minute * MINUTE_MS)


def row_of(gap: Gap) -> Row:
    from_minute = (gap.from_ms - START_MS) / MINUTE_MS
    to_minute = None if gap.to_ms is None else (gap.to_ms - START_MS) / MINUTE_MS
    return gap.subject, gap.kind, gap.cause, from_minute, to_minute, gap.count, gap.recovered


@pytest.fixture
async def diary(shop: Shop) -> AsyncGenerator[Diary]:
    async with opened(shop) as diary:
        yield diary


@asynccontextmanager
async def opened(shop: Shop) -> AsyncGenerator[Diary]:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        yield Diary(place, reader)


async def test_a_lost_device_is_a_gap_until_it_is_back_and_a_sleeping_one_is_none(diary: Diary) -> None:
    await diary.tell(5, EventKind.DEVICE_ASLEEP, "school/pcs")
    assert await diary.rows() == []
    await diary.tell(10, EventKind.DEVICE_LOST, "school/pcs", cause="timeout")
    await diary.tell(11, EventKind.DEVICE_LOST, "school/ev", last_seen_ms=at(9))
    await diary.tell(12, EventKind.DEVICE_LOST, "school/pcs", cause="timeout")
    open_rows: list[Row] = [
        ("school/pcs", GapKind.NO_DATA, "device_lost", 10, None, None, 0.0),
        ("school/ev", GapKind.NO_DATA, "device_lost", 9, None, None, 0.0),
    ]
    assert await diary.rows() == open_rows
    await diary.tell(20, EventKind.DEVICE_CONNECTED, "school/pcs")
    await diary.tell(21, EventKind.DEVICE_CONNECTED, "school/pcs")
    assert await diary.rows("school/pcs") == [("school/pcs", GapKind.NO_DATA, "device_lost", 10, 20, None, 0.0)]
    assert await diary.rows("school/ev") == open_rows[1:]
    await diary.tell(30, EventKind.DEVICE_ASLEEP, "school/ev")
    assert await diary.rows("school/ev") == [("school/ev", GapKind.NO_DATA, "device_lost", 9, 30, None, 0.0)]


async def test_a_node_that_was_off_says_so_whether_it_was_stopped_or_killed(diary: Diary) -> None:
    await diary.tell(0, EventKind.NODE_STARTED, "node", since_ms=None)
    assert await diary.rows() == []
    await diary.tell(10, EventKind.NODE_STOPPED, "node")
    assert await diary.rows() == [("node", GapKind.NO_DATA, "node_off", 10, None, None, 0.0)]
    await diary.tell(15, EventKind.NODE_STARTED, "node", since_ms=at(10))
    await diary.tell(30, EventKind.NODE_STARTED, "node", since_ms=at(25))
    assert await diary.rows() == [
        ("node", GapKind.NO_DATA, "node_off", 25, 30, None, 0.0),
        ("node", GapKind.NO_DATA, "node_off", 10, 15, None, 0.0),
    ]


async def test_a_cut_line_makes_readings_late_until_the_parent_has_them(diary: Diary) -> None:
    await diary.tell(10, EventKind.UPLINK_CUT, "node", reason="refused")
    assert await diary.rows() == [("node", GapKind.LATE, "uplink", 10, None, None, 0.0)]
    await diary.tell(40, EventKind.UPLINK_BACK, "node", late=1200)
    assert await diary.rows() == [("node", GapKind.LATE, "uplink", 10, 40, 1200, 0.0)]
    await diary.tell(41, EventKind.UPLINK_CAUGHT_UP, "node")
    assert await diary.rows() == [("node", GapKind.LATE, "uplink", 10, 40, 1200, 1.0)]
    await diary.tell(50, EventKind.UPLINK_CUT, "node:child")
    assert len(await diary.rows()) == 1


async def test_what_seemed_to_be_missing_of_a_child_turns_out_to_be_late(diary: Diary) -> None:
    child = "node:gym"
    await diary.tell(12, EventKind.CHILD_SILENT, child, since_ms=at(10))
    assert await diary.rows() == [(child, GapKind.NO_DATA, "uplink", 10, None, None, 0.0)]
    await diary.tell(40, EventKind.CHILD_BACK, child, since_ms=at(10), late=900)
    assert await diary.rows() == [(child, GapKind.LATE, "uplink", 10, 40, 900, 0.0)]
    await diary.tell(45, EventKind.CHILD_CAUGHT_UP, child, since_ms=at(10), to_ms=at(40), recovered=0.75)
    assert await diary.rows() == [(child, GapKind.LATE, "uplink", 10, 40, 900, 0.75)]
    await diary.tell(62, EventKind.CHILD_SILENT, child, since_ms=at(60))
    await diary.tell(70, EventKind.CHILD_BACK, child, since_ms=at(60), late=10)
    await diary.tell(71, EventKind.CHILD_CAUGHT_UP, child, since_ms=at(60), to_ms=at(70), recovered=1.0)
    assert [row[-1] for row in await diary.rows()] == [1.0, 0.75]


async def test_late_readings_take_back_a_devices_false_gap(diary: Diary) -> None:
    await diary.tell(10, EventKind.DEVICE_LOST, "school/ev")
    await diary.tell(30, EventKind.DEVICE_CONNECTED, "school/ev")
    told: dict[str, EventValue] = {"from_ms": at(11), "to_ms": at(19), "count": 9, "recovered": 0.4}
    await diary.tell(31, EventKind.DATA_RECOVERED, "school/ev", **told)
    assert await diary.rows() == [("school/ev", GapKind.NO_DATA, "device_lost", 10, 30, 9, 0.4)]
    told = {"from_ms": at(20), "to_ms": at(29), "count": 10, "recovered": 0.6}
    await diary.tell(32, EventKind.DATA_RECOVERED, "school/ev", **told)
    assert await diary.rows() == [("school/ev", GapKind.NO_DATA, "device_lost", 10, 30, 19, 1.0)]


async def test_readings_that_come_late_are_noticed_by_the_fold(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        diary = Diary(place, reader)
        await diary.tell(10, EventKind.DEVICE_LOST, "school/pcs")
        await diary.tell(50, EventKind.DEVICE_CONNECTED, "school/pcs")
        await place.at(at(52))
        await place.write(place.power, [at(51)], [1.0])
        await place.write(place.power, [at(minute) for minute in range(5, 30)], [2.0] * 25)
        bad = good(place.power, [at(40)], [float("nan")])
        await place.store.commit(bad, [], [])
        await place.at(at(70))
        # From 10 until 29, and the last stands for three intervals of a minute more: 22 of 40 minutes.
        assert await diary.rows() == [("school/pcs", GapKind.NO_DATA, "device_lost", 10, 50, 20, 0.55)]
        await place.write(place.energy, [at(minute) for minute in range(32, 50)], [2.0] * 18)
        await place.at(at(90))
        assert await diary.rows() == [("school/pcs", GapKind.NO_DATA, "device_lost", 10, 50, 38, 1.0)]
        assert len(await reader.events(0, EVER, "school/pcs")) == 4


async def test_losses_that_touch_each_other_are_one_row_and_the_count_is_true(shop: Shop) -> None:
    async with opened(shop) as diary:
        for minute in (60, 0, 120):
            hour: dict[str, EventValue] = {"from_ms": at(minute), "to_ms": at(minute + 60), "count": 100, "cause": "cap"}
            await diary.tell(300, EventKind.DATA_LOST, "node", **hour)
        apart: dict[str, EventValue] = {"from_ms": at(200), "to_ms": at(201), "count": 7, "cause": "cap"}
        await diary.tell(301, EventKind.DATA_LOST, "node", **apart)
        await diary.tell(302, EventKind.DATA_LOST, "node", **(apart | {"cause": "storage"}))
    async with opened(shop) as diary, shop.reader() as reader:
        assert await diary.rows() == [
            ("node", GapKind.LOST, "storage", 200, 201, 7, 0.0),
            ("node", GapKind.LOST, "cap", 200, 201, 7, 0.0),
            ("node", GapKind.LOST, "cap", 0, 180, 300, 0.0),
        ]
        assert (await reader.state()).lost == 314


async def test_refused_batches_and_readings_for_thinned_times_have_rows(diary: Diary) -> None:
    batch: dict[str, EventValue] = {"epoch": "00", "first": 5, "span": 40, "count": 39}
    await diary.tell(30, EventKind.BATCH_REFUSED, "node", **batch, from_ms=at(1), to_ms=at(2), reason="forged")
    await diary.tell(31, EventKind.DATA_LATE, "school/pcs/ac_power", from_ms=at(3), to_ms=at(4), count=2)
    assert await diary.rows() == [
        ("school/pcs", GapKind.LATE, "thinned", 3, 4, 2, 0.0),
        ("node", GapKind.REFUSED, "forged", 1, 2, 39, 0.0),
    ]


async def test_rows_that_touch_a_time_are_found_newest_first(shop: Shop) -> None:
    async with town(shop, START_MS) as place, shop.reader() as reader:
        diary = Diary(place, reader)
        for minute in (10, 30, 50):
            await diary.tell(minute, EventKind.DEVICE_LOST, "school/pcs")
            if minute < 50:
                await diary.tell(minute + 10, EventKind.DEVICE_CONNECTED, "school/pcs")
        gaps = await reader.gaps(0, EVER)
        assert [(gap.from_ms - START_MS) / MINUTE_MS for gap in gaps] == [50, 30, 10]
        assert len({gap.number for gap in gaps}) == 3
        assert await reader.gaps(at(20), at(30)) == []
        assert await reader.gaps(at(19), at(31)) == gaps[1:]
        assert await reader.gaps(at(90), at(91)) == gaps[:1]
        assert await reader.gaps(0, EVER, limit=2) == gaps[:2]
        assert await reader.gaps(0, EVER, "school/ev") == []
