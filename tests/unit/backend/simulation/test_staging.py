"""The past that a demo's node is given joins its present."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from backend.model.columns import Columns
from backend.model.point import Point
from backend.model.quality import Flag
from backend.simulation.generation import Generation
from backend.simulation.script import EARLIER_DAYS, inverters
from backend.simulation.staging import fill_history
from tests.unit.backend.simulation.test_town import DAY, NOON_MS, script, weather


class Bulk:
    """Keeps the columns that it is given."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self.columns: list[Columns] = []

    async def declare(self, points: Sequence[Point]) -> None:
        self.points = list(points)

    def numbers(self) -> Mapping[str, int]:
        return {point.key: number for number, point in enumerate(self.points, 1)}

    def accept_columns(self, columns: Columns) -> "asyncio.Future[None]":
        self.columns.append(columns)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


async def test_two_days_and_a_morning_without_a_gap() -> None:
    sink = Bulk()
    await fill_history(script(), sink)
    everything = Columns.concatenate(sink.columns)
    number = sink.numbers()["aoba-es/pcs1/ac_energy"]
    mine = everything.take(everything.point == number)
    assert set(np.diff(mine.at_ms)) == {15_000}
    assert mine.at_ms[-1] == NOON_MS - 15_000
    assert (NOON_MS - mine.at_ms[0]) == 60 * 3_600_000
    assert (np.diff(mine.value) >= 0).all()
    assert set(everything.flags) == {Flag.BACKFILLED}


async def test_the_register_goes_on_where_the_past_ended() -> None:
    sink = Bulk()
    await fill_history(script(), sink)
    everything = Columns.concatenate(sink.columns)
    for key, site, planned in inverters():
        mine = everything.take(everything.point == sink.numbers()[f"{key}/ac_energy"])
        now_wh = Generation(weather(), site, planned, DAY - timedelta(days=EARLIER_DAYS)).energy_wh(NOON_MS)
        assert 0 <= now_wh - mine.value[-1] < 15 / 3600 * planned.rated_w + 1
