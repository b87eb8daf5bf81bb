"""A copy that begins in the middle: roll-ups of the time before are taken over, and every later answer is the original's own."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from backend.store.contract import Level, Reader, Rollup
from backend.store.exchange import Verdict
from backend.store.reader import open_reader
from backend.wire.batch import read_header
from backend.wire.parcel import SignedBatch
from tests.contract.store.shops import Shop
from tests.support.clock import FakeClock
from tests.support.family import START_MS, batches_of, hand_in, house
from tests.support.town import DAY_MS, HOUR_MS

HOURS = 72
SINCE_DAY = (START_MS + 40 * HOUR_MS) // DAY_MS
SINCE_MS = SINCE_DAY * DAY_MS
END_MS = START_MS + (HOURS + 48) * HOUR_MS
POWER, ENERGY = "school/pcs/ac_power", "school/pcs/ac_energy"


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("school") / "c.db"

    async def live() -> None:
        async with house(path, "school") as place:
            await place.live(0, HOURS, 60)
            await place.at(END_MS)

    asyncio.run(live())
    return path


def since(batches: list[SignedBatch]) -> list[SignedBatch]:
    """What defines, and what was sealed since the copy began."""
    defining = [batch for batch in batches[:4] if read_header(batch.body).sealed_ms < SINCE_MS]
    return defining + [batch for batch in batches if read_header(batch.body).sealed_ms >= SINCE_MS]


def figures(rollup: Rollup) -> list[list[float]]:
    columns = (rollup.minimum, rollup.mean, rollup.maximum, rollup.energy, rollup.coverage)
    return [rollup.start_ms.tolist(), *(np.round(column, 9).tolist() for column in columns)]


async def told(reader: Reader) -> dict[str, object]:
    """All that does not need single readings of the time before."""
    first = datetime.fromtimestamp((START_MS + 9 * HOUR_MS) / 1000, UTC).date()
    found: dict[str, object] = {"energy": await reader.energy_by_day([POWER, ENERGY], first, first + timedelta(5))}
    for key in (POWER, ENERGY):
        for level in (Level.QUARTER, Level.HOUR, Level.DAY):
            found[f"{key} {level}"] = str(figures(await reader.rollup(key, level, START_MS - DAY_MS, END_MS)))
        rows = await reader.raw(key, SINCE_MS, END_MS)
        found[f"{key} raw"] = [rows.at_ms.tolist(), rows.value.tolist()]
    found["latest"] = await reader.latest([POWER, ENERGY])
    return found


@pytest.mark.parametrize("adopt_first", [True, False])
async def test_a_copy_answers_as_its_original(shop: Shop, school: Path, adopt_first: bool) -> None:
    batches = since(await batches_of(school, "school"))
    clock = FakeClock(END_MS)
    async with open_reader(school) as original, shop.open("viewer", clock) as store, shop.reader() as copy:
        past = await original.past([POWER, ENERGY, "school/pcs/unheard"], SINCE_DAY)
        assert [each.point for each in past] == [POWER, ENERGY]
        first = 4 if adopt_first else len(batches)
        assert set(await hand_in(store, batches[:first])) == {Verdict.KEPT}
        while not adopt_first and await store.fold():
            pass
        await store.adopt(past)
        assert set(await hand_in(store, batches[first:])) <= {Verdict.KEPT}
        while await store.fold():
            pass
        assert await told(copy) == await told(original)
        await store.adopt(past)
        assert await told(copy) == await told(original)


async def test_without_the_past_the_first_days_are_missing(shop: Shop, school: Path) -> None:
    async with open_reader(school) as original, shop.open("viewer", FakeClock(END_MS)) as store, shop.reader() as copy:
        await hand_in(store, since(await batches_of(school, "school")))
        while await store.fold():
            pass
        assert await told(copy) != await told(original)


async def test_the_past_of_undefined_points_is_not_kept(shop: Shop, school: Path) -> None:
    async with open_reader(school) as original, shop.open("viewer", FakeClock(END_MS)) as store, shop.reader() as copy:
        await store.adopt(await original.past([POWER], SINCE_DAY))
        assert await copy.points() == []
