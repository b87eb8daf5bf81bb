"""A backlog is folded like live readings: each of its hours is sealed once, however many spills fill it."""

from collections.abc import Sequence

from backend.store.contract import Level, Reader
from tests.contract.store.shops import Shop, town
from tests.support.town import DAY_MS, HOUR_MS, POWER

START_MS = 20_700 * DAY_MS
SPILLED = 60_000
"""Readings that one spill takes."""


async def sealed(shop: Shop) -> Sequence[str]:
    return (await shop.rows())["chunk"]


async def figures(reader: Reader) -> list[list[float]]:
    told = await reader.rollup(POWER.key, Level.HOUR, START_MS, START_MS + DAY_MS)
    return [told.start_ms.tolist(), told.mean.tolist(), told.coverage.tolist()]


async def test_an_hour_that_is_being_filled_is_not_sealed_yet(shop: Shop) -> None:
    async with town(shop, START_MS + 3 * DAY_MS) as place, shop.reader() as reader:
        for spill in range(3):
            at_ms = [START_MS + spill * 2 * SPILLED + 2 * number for number in range(SPILLED)]
            await place.write(place.power, at_ms, [float(at % 7) for at in at_ms])
            await place.settle()
            assert await sealed(shop) == []
            assert len(await reader.raw(POWER.key, START_MS, START_MS + HOUR_MS)) == (spill + 1) * SPILLED
        before = await figures(reader)
        at_ms = [START_MS + HOUR_MS + 2 * number for number in range(SPILLED)]
        await place.write(place.power, at_ms, [1.0] * SPILLED)
        await place.settle()
        assert len(await sealed(shop)) == 1
        assert [column[0] for column in await figures(reader)] == [column[0] for column in before]
        place.clock.advance(30)
        await place.settle()
        assert len(await sealed(shop)) == 2
        assert [column[0] for column in await figures(reader)] == [column[0] for column in before]


async def test_a_few_late_readings_are_sealed_at_once(shop: Shop) -> None:
    async with town(shop, START_MS + 3 * DAY_MS) as place:
        await place.write(place.power, [START_MS], [1.0])
        place.clock.advance(300)
        await place.settle()
        assert len(await sealed(shop)) == 1
