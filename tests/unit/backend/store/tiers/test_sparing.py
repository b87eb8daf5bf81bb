"""Hours that are being filled are sealed when they have been passed by, left alone, or touched very often."""

from backend.store.tiers.sparing import MOST_SPILLS, QUIET_MS, Sparing


def test_hours_are_spared_until_a_spill_passes_them_by() -> None:
    sparing = Sparing()
    assert sparing.hours(0) == frozenset()
    sparing.take({7, 8}, 1000)
    assert sparing.hours(1000) == {7, 8}
    sparing.take({8, 9}, 2000)
    assert sparing.hours(2000) == {8, 9}
    sparing.take((), 3000)
    assert sparing.hours(3000) == frozenset()


def test_hours_that_were_left_alone_are_not_spared_any_more() -> None:
    sparing = Sparing()
    assert not sparing.is_over(1 << 40)
    sparing.take({7}, 1000)
    assert not sparing.is_over(1000 + QUIET_MS - 1)
    assert sparing.is_over(1000 + QUIET_MS)
    assert sparing.is_over(1000 - QUIET_MS)
    assert sparing.hours(1000 + QUIET_MS) == frozenset()
    assert not sparing.is_over(1000 + 2 * QUIET_MS)


def test_an_hour_that_never_ends_is_sealed_now_and_then() -> None:
    sparing = Sparing()
    spared: list[bool] = []
    for now_ms in range(2 * MOST_SPILLS):
        sparing.take({7}, now_ms)
        spared.append(7 in sparing.hours(now_ms))
    assert [number for number, is_spared in enumerate(spared, 1) if not is_spared] == [MOST_SPILLS, 2 * MOST_SPILLS]
