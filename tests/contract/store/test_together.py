"""Questions asked at once have the answers they have one after the other."""

import asyncio
from typing import Any

import numpy as np
import pytest

from backend.model.columns import Columns
from backend.store.contract import Level, Reader, Rollup
from backend.store.tiers import search
from backend.store.tiers.tables import Tables
from tests.contract.store.shops import Shop, town
from tests.contract.store.test_tiers import MIDNIGHT_MS, fill
from tests.support.town import DAY_MS, ENERGY, HOUR_MS, POWER

Asked = tuple[str, Level | None, int, int]
WHOLE = [(key, level, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS) for key in (POWER.key, ENERGY.key) for level in (None, *Level)]
PARTS: list[Asked] = [
    (POWER.key, None, MIDNIGHT_MS + 6 * HOUR_MS + 20_000, MIDNIGHT_MS + 8 * HOUR_MS),
    (POWER.key, Level.MINUTE, MIDNIGHT_MS + 7 * HOUR_MS, MIDNIGHT_MS + 7 * HOUR_MS + 60_000),
    (POWER.key, Level.MINUTE, MIDNIGHT_MS - 30 * DAY_MS, MIDNIGHT_MS + 30 * DAY_MS),
    (ENERGY.key, Level.QUARTER, MIDNIGHT_MS, MIDNIGHT_MS),
    ("school/nobody/ac_power", Level.MINUTE, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS),
]


async def ask(reader: Reader, asked: Asked) -> list[list[object]]:
    key, level, start_ms, end_ms = asked
    if level is None:
        rows = await reader.raw(key, start_ms, end_ms)
        return told(rows)
    return told(await reader.rollup(key, level, start_ms, end_ms))


def told(answer: Columns | Rollup) -> list[list[object]]:
    names = ("at_ms", "value", "quality", "flags") if isinstance(answer, Columns) else Rollup.__slots__
    return [np.nan_to_num(np.asarray(getattr(answer, name), np.float64), nan=-1e30).tolist() for name in names]


async def test_together_or_one_after_the_other(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    alone: list[str] = []
    rows_of = search.rows_of

    def counted(connection: Tables, table: str, periods: range, point: int) -> list[Any]:
        alone.append(table)
        return rows_of(connection, table, periods, point)

    asked = [*WHOLE, *PARTS]
    async with town(shop, MIDNIGHT_MS) as place, shop.reader() as reader:
        await fill(place, 0, 23)
        one_by_one = [await ask(reader, each) for each in asked]
        monkeypatch.setattr(search, "rows_of", counted)
        assert await asyncio.gather(*(ask(reader, each) for each in asked)) == one_by_one
    assert "chunk" not in alone
    assert alone.count("minute") == 1, "only a question about sixty days is answered by itself"
