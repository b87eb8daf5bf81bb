"""The scene "History": like with like, and every gap to be seen."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from app.kit.bridge.snapshot import SiteHistory, Snapshot
from app.kit.presenters.history import HistoryView, has_history, view_history
from app.kit.presenters.past_days import Days, Known
from tests.support.snapshots import town
from tests.support.surroundings import equipped

TODAY = date(2026, 11, 23)
FIRST = date(2025, 1, 1)


def history(energy: dict[date, float], parts: tuple[date, ...] = ()) -> SiteHistory:
    days = [FIRST + timedelta(days=n) for n in range((TODAY - FIRST).days)]
    known = np.array([energy.get(day, np.nan) for day in days])
    return SiteHistory(FIRST, known, np.array([day in energy and day not in parts for day in days]))


def november(year: int, energy_wh: float, last: int = 22) -> dict[date, float]:
    return {date(year, 11, number): energy_wh for number in range(1, last + 1)}


def view(found: SiteHistory, **how: object) -> HistoryView:
    snapshot: Snapshot = replace(equipped(town(languages=("en",))), history={"aoba": found})
    shown = view_history(snapshot, snapshot.now_ms)
    assert shown is not None
    return shown


def test_this_month_beside_the_same_days_of_last_year() -> None:
    shown = view(history(november(2026, 11_000.0) | november(2025, 10_000.0, 30)))
    assert shown.month.comparison.main == "10% more than on the same days last year"
    assert shown.month.chart.bars[21].last == pytest.approx(shown.month.chart.bars[25].last)


def test_days_that_only_one_year_knows_are_left_out_on_both_sides() -> None:
    then = november(2025, 10_000.0)
    then[date(2025, 11, 3)] = 90_000.0
    now = november(2026, 10_000.0)
    del now[date(2026, 11, 3)]
    assert view(history(now | then)).month.comparison.main == "As much as on the same days last year"


def test_a_missing_last_year_is_said_plainly() -> None:
    assert view(history(november(2026, 11_000.0))).month.comparison.main == "No records of last year to compare with"
    few = november(2026, 11_000.0) | november(2025, 10_000.0, 5)
    assert view(history(few)).month.comparison.main == "Too few records of last year to compare with"


def test_gaps_are_never_0() -> None:
    now = november(2026, 11_000.0)
    del now[date(2026, 11, 9)]
    shown = view(history(now | {date(2026, 10, 30): 1.0}, parts=(date(2026, 11, 14),)))
    gap, part = shown.month.chart.bars[8], shown.month.chart.bars[13]
    assert (gap.known, gap.height) == (Known.NONE, None)
    assert part.known is Known.PART
    assert shown.month.missing.main.replace("\u00a0", " ") == "1 day without records・ 1 day known in part"
    assert {Known.NONE, Known.PART} <= {known for known, _ in shown.keys}


def test_what_was_before_the_first_record_is_no_gap() -> None:
    now = {date(2026, 11, number): 9_000.0 for number in range(12, 23)}
    shown = view(history(now))
    assert [bar.known for bar in shown.month.chart.bars[:11]] == [Known.BEFORE] * 11
    assert not shown.month.missing
    assert shown.year.chart.bars[5].known is Known.BEFORE


def test_what_is_ahead_is_nothing_at_all() -> None:
    shown = view(history(november(2026, 9_000.0)))
    assert {bar.known for bar in shown.month.chart.bars[23:]} == {Known.AHEAD}
    assert shown.month.chart.bars[22].known is Known.RUNNING
    assert shown.year.chart.bars[11].known is Known.AHEAD


def test_a_real_0_is_a_whole_day() -> None:
    now = november(2026, 9_000.0)
    now[date(2026, 11, 9)] = 0.0
    bar = view(history(now)).month.chart.bars[8]
    assert (bar.known, bar.height) == (Known.WHOLE, 0.0)


def test_the_29th_of_february_has_no_year_before() -> None:
    days = Days(None, date(2028, 3, 2), None)
    assert days.year_before(date(2028, 2, 29)).known is Known.BEFORE
    assert days.compare(date(2028, 2, 1)).of_days == 30


def test_today_alone_is_no_history() -> None:
    assert not has_history(replace(equipped(town()), history={"aoba": history({})}))
    assert has_history(equipped(town()))
    assert not has_history(town())
