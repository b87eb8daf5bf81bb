"""Since when a value is in doubt: its beginning, not its latest reading."""

import numpy as np

from app.kit.bridge.doubts import Doubts
from backend.model.columns import Columns
from backend.model.quality import Quality
from backend.model.reading import Reading
from tests.support.reader import FakeReader

NOW_MS = 1_795_401_720_000
POINT = "school/roof/irradiance"
WRONG = Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED


def history(*qualities: Quality) -> Columns:
    count = len(qualities)
    at_ms = NOW_MS - 1000 * np.arange(count - 1, -1, -1, dtype=np.int64)
    codes = np.array(qualities, np.uint32)
    return Columns(np.zeros(count, np.int32), at_ms, np.full(count, 2600.0), codes, np.zeros(count, np.uint8))


async def since(*qualities: Quality) -> int | None:
    reader = FakeReader(history={POINT: history(*qualities)})
    found = await Doubts().renew(reader, {POINT: Reading(POINT, NOW_MS, 2600.0, qualities[-1])})
    return found.get(POINT)


async def test_a_doubt_began_with_the_first_reading_after_the_last_good_one():
    assert await since(WRONG, Quality.GOOD, WRONG, WRONG, WRONG) == NOW_MS - 2000
    assert await since(WRONG, WRONG) == NOW_MS - 1000
    assert await since(WRONG) == NOW_MS


async def test_what_is_good_or_merely_out_of_contact_is_no_doubt():
    assert await since(WRONG, Quality.GOOD) is None
    assert await since(WRONG, Quality.BAD_NO_COMMUNICATION) is None


async def test_later_readings_do_not_move_it_and_a_new_doubt_begins_anew():
    doubts, reader = Doubts(), FakeReader(history={POINT: history(Quality.GOOD, WRONG)})
    first = await doubts.renew(reader, {POINT: Reading(POINT, NOW_MS, 2600.0, WRONG)})
    later = await doubts.renew(reader, {POINT: Reading(POINT, NOW_MS + 60_000, 2600.0, WRONG)})
    assert first == later == {POINT: NOW_MS}
    assert await doubts.renew(reader, {POINT: Reading(POINT, NOW_MS + 61_000, 600.0)}) == {}
    assert await doubts.renew(FakeReader(), {POINT: Reading(POINT, NOW_MS + 90_000, 2600.0, WRONG)}) == {POINT: NOW_MS + 90_000}


async def test_a_whole_town_in_doubt_is_looked_up_in_turns():
    keys = [f"s/d{number}/power" for number in range(20)]
    latest = {key: Reading(key, NOW_MS, 1.0, WRONG) for key in keys}
    doubts = Doubts()
    counts = [len(await doubts.renew(FakeReader(), latest)) for _ in range(3)]
    assert counts == [8, 16, 20]
