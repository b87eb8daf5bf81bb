"""Roll-up arithmetic against the plain way, and sums that add up exactly."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.model.columns import Columns
from backend.model.quality import Quality
from backend.store.rollups import pack_stats, replace, unpack_parts, unpack_stats
from backend.store.statistics import Standing, Stats, gather, present, tally

START = 3_600_000 * 100
MINUTE = 60_000
ROW = st.tuples(
    st.integers(0, 3_599_999),
    st.integers(-5000, 5000).map(lambda n: n / 10),
    st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, Quality.BAD_DEVICE_FAILURE]),
)
HOUR = st.lists(ROW, min_size=1, max_size=80, unique_by=lambda row: row[0]).map(sorted)
BEFORE = st.one_of(st.none(), st.tuples(st.integers(1, 200_000), st.integers(-50, 50), st.booleans()))


def columns(rows: list[tuple[int, float, Quality]]) -> Columns:
    at_ms, value, quality = zip(*rows, strict=True)
    count = len(rows)
    return Columns(
        np.ones(count, np.int32),
        START + np.array(at_ms),
        np.array(value),
        np.array([int(q) for q in quality], np.uint32),
        np.zeros(count, np.uint8),
    )


def plain(rows: list[tuple[int, float, bool]], hold_ms: int) -> dict[int, tuple[float, float, float, float]]:
    """Millisecond by millisecond would do; segment by segment is faster and as plain."""
    seen: dict[int, list[float]] = {}
    for i, (at_ms, value, good) in enumerate(rows):
        end = min(rows[i + 1][0] if i + 1 < len(rows) else 3_600_000, at_ms + hold_ms, 3_600_000)
        begin = max(at_ms, 0)
        while good and begin < end:
            stop = min(end, (begin // MINUTE + 1) * MINUTE)
            entry = seen.setdefault(begin // MINUTE, [value, 0.0, value, 0.0])
            entry[0], entry[2] = min(entry[0], value), max(entry[2], value)
            entry[1] += value * (stop - begin)
            entry[3] += stop - begin
            begin = stop
    return {minute: (low, area / covered, high, covered / MINUTE) for minute, (low, area, high, covered) in seen.items()}


@given(HOUR, BEFORE, st.sampled_from([1000, 10_000, 150_000, 3_600_000]))
def test_minutes_equal_the_plain_way(
    rows: list[tuple[int, float, Quality]], before: tuple[int, int, bool] | None, hold_ms: int
) -> None:
    standing = None if before is None else Standing(START - before[0], float(before[1]), before[2])
    stats = tally(columns(rows), 1, hold_ms, standing, START, MINUTE, 60).stats()
    shown = present(stats, 1, (stats.slot - START // MINUTE), MINUTE)
    first = [] if before is None else [(-before[0], float(before[1]), before[2])]
    expected = plain(first + [(at, value, quality.is_good) for at, value, quality in rows], hold_ms)
    assert shown.start_ms.tolist() == sorted(expected)
    for row, minute in enumerate(shown.start_ms.tolist()):
        said = (shown.minimum[row], shown.mean[row], shown.maximum[row], shown.coverage[row])
        np.testing.assert_allclose(said, expected[minute], rtol=1e-12, atol=1e-9)


@given(HOUR, st.sampled_from([10_000, 600_000]))
def test_quarters_are_the_sum_of_minutes(rows: list[tuple[int, float, Quality]], hold_ms: int) -> None:
    minutes = tally(columns(rows), 1, hold_ms, None, START, MINUTE, 60)
    direct = tally(columns(rows), 1, hold_ms, None, START, 15 * MINUTE, 4).stats()
    of_minutes = minutes.stats()
    for quarters in (minutes.by(15).stats(), gather(of_minutes, of_minutes.slot // 15)):
        for name in ("slot", "minimum", "maximum", "area", "covered_ms", "energy"):
            np.testing.assert_array_equal(getattr(quarters, name), getattr(direct, name))


def test_stats_survive_their_blob_and_can_be_replaced_in_part() -> None:
    slots = np.arange(1000, 1096)
    stats = Stats(slots, slots * 3, slots * 5, slots**2, np.full(96, 900_000), np.where(slots % 3 == 0, -1, slots))
    back = unpack_stats(pack_stats(stats, 7), 7)
    for name in ("slot", "minimum", "maximum", "area", "covered_ms", "energy"):
        np.testing.assert_array_equal(getattr(back, name), getattr(stats, name))
    fresh = stats.take(slice(4, 6))
    changed = replace(stats, fresh, 1004, 4)
    assert changed.slot.tolist() == [*range(1000, 1006), *range(1008, 1096)]


def test_rows_of_roll_ups_are_unpacked_together_as_one_by_one() -> None:
    counts = ((), (60,), (60, 60, 60), (60, 7, 60), (0, 7))
    parts = [[(key, pack_stats(_some(key, count), key)) for key, count in enumerate(part)] for part in counts]
    for rows, together in zip(parts, unpack_parts(parts), strict=True):
        one_by_one = Stats.concatenate([unpack_stats(body, key) for key, body in rows])
        for name in ("slot", "minimum", "maximum", "area", "covered_ms", "energy"):
            np.testing.assert_array_equal(getattr(together, name), getattr(one_by_one, name))


def test_of_no_roll_ups_nothing_is_unpacked() -> None:
    assert unpack_parts([]) == []
    assert [len(stats) for stats in unpack_parts([[], []])] == [0, 0]


def _some(key: int, count: int) -> Stats:
    low = np.arange(count) * (key + 1) ** 5
    return Stats(np.arange(count) + 60 * key, low, low + key, low * 7, np.full(count, 60_000), np.full(count, key - 1))
