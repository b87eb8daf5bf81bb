"""The scene "History": what was generated on each day of this month and in each month of this year, beside last year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import floor, log10

import numpy as np

from app.kit.bridge.snapshot import SiteDay, SiteHistory, Snapshot
from app.kit.i18n import Texts
from app.kit.i18n.quantity import Quantity
from app.kit.i18n.times import day_of
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.charging import StateWord
from app.kit.presenters.frame import Frame, make_frame
from app.kit.presenters.now import site_of, today_of
from app.kit.presenters.past_days import Amount, Comparison, Days, Known, total_wh
from app.kit.presenters.told import in_place
from backend.model.freshness import Freshness

_SAME = 0.01
"""A difference to last year below this share is none."""
_FEW_DAYS = 3
"""A month that is younger is not compared."""
_NO_BREAK = "\u00a0"
_NICE = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day or month: shares of the chart's height."""

    known: Known
    height: float | None
    last: float | None
    """Last year's; None where it is not known."""
    last_whole: bool = True


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars side by side."""

    bars: tuple[Bar, ...]
    labels: tuple[str, ...]
    """Under each bar."""
    line: float
    """Height of the line that gives the scale, a share of the chart's height; 0 where nothing is known."""
    line_label: str


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year."""

    title: Pair
    figure: Quantity | None
    state: StateWord | None
    """In place of a figure."""
    comparison: Pair
    missing: Pair
    """Which days are not known, in words; empty where all are."""
    chart: BarChart


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Everything the scene says."""

    frame: Frame
    month: Period
    year: Period
    keys: tuple[tuple[Known | None, Pair], ...]
    """What the kinds of bars mean, those that there are; None stands for last year."""


def has_history(snapshot: Snapshot) -> bool:
    """Whether any day before today is known at this screen's site."""
    site = site_of(snapshot)
    history = snapshot.history.get(site.key) if site else None
    return history is not None and not bool(np.isnan(history.energy_wh).all())


def view_history(snapshot: Snapshot, now_ms: int) -> HistoryView | None:
    """The view at ``now_ms``; None while not even the site is known."""
    site = site_of(snapshot)
    if site is None:
        return None
    speaker = Speaker.of(snapshot.plan)
    running = today_of(snapshot, site, now_ms)
    month, year = _periods(snapshot.history.get(site.key), day_of(now_ms, site.timezone), running, speaker)
    frame = make_frame(snapshot, site, now_ms, speaker, lambda texts: texts.say("Generation so far"), _measured_ms(running))
    return HistoryView(frame, month, year, _keys((month.chart, year.chart), speaker))


def _measured_ms(running: SiteDay | None) -> int | None:
    if running is None:
        return None
    return running.heard_ms if running.heard_ms is not None else int(running.at_ms[-1]) if len(running.at_ms) else None


def _periods(history: SiteHistory | None, today: date, running: SiteDay | None, speaker: Speaker) -> tuple[Period, Period]:
    days = Days(history, today, running)
    return _month(days, speaker), _year(days, speaker)


def _month(days: Days, speaker: Speaker) -> Period:
    today = days.today
    amounts = days.days(today.year, today.month)
    last = [days.year_before(today.replace(day=number)) for number in range(1, len(amounts) + 1)]
    labels = tuple(speaker.main.number(number) for number in range(1, len(amounts) + 1))
    return _period(
        amounts,
        speaker.both(lambda texts: texts.month(today)),
        days.compare(today.replace(day=1)),
        _chart(amounts, last, labels, speaker.main),
        amounts,
        speaker,
    )


def _year(days: Days, speaker: Speaker) -> Period:
    today = days.today
    months = [days.month(today.year, month) for month in range(1, 13)]
    last = [days.month(today.year - 1, month) for month in range(1, 13)]
    each = [day for month in range(1, today.month + 1) for day in days.days(today.year, month)]
    labels = tuple(speaker.main.number(number) for number in range(1, 13))
    return _period(
        months,
        speaker.both(lambda texts: texts.say("Year {year}", year=today.year)),
        days.compare(date(today.year, 1, 1)),
        _chart(months, last, labels, speaker.main),
        each,
        speaker,
    )


def _period(
    amounts: Sequence[Amount], title: Pair, comparison: Comparison, chart: BarChart, days: Sequence[Amount], speaker: Speaker
) -> Period:
    energy_wh = total_wh(amounts)
    gaps = sum(day.known is Known.NONE for day in days), sum(day.known is Known.PART for day in days)
    return Period(
        title=title,
        figure=None if energy_wh is None else speaker.main.energy(energy_wh),
        state=in_place(Freshness.ABSENT, speaker) if energy_wh is None else None,
        comparison=speaker.both(lambda texts: _say_comparison(comparison, texts)) if energy_wh is not None else UNSAID,
        missing=speaker.both(lambda texts: _say_missing(*gaps, texts)),
        chart=chart,
    )


def _say_comparison(found: Comparison, texts: Texts) -> str:
    """Like with like: days of which either year does not know all are left out on both sides."""
    if found.of_days < _FEW_DAYS:
        return ""
    if not found.days:
        return texts.say("No records of last year to compare with")
    if found.ratio is None:
        return texts.say("Too few records of last year to compare with")
    change = found.ratio - 1
    if abs(change) < _SAME:
        return texts.say("As much as on the same days last year")
    share = texts.percent(abs(change))
    if change > 0:
        return texts.say("{share} more than on the same days last year", share=share)
    return texts.say("{share} less than on the same days last year", share=share)


def _say_missing(none: int, part: int, texts: Texts) -> str:
    said = (
        texts.say_count("{count} day without records", "{count} days without records", none) if none else "",
        texts.say_count("{count} day known in part", "{count} days known in part", part) if part else "",
    )
    return "・ ".join(text.replace(" ", _NO_BREAK) for text in said if text)


def _chart(amounts: Sequence[Amount], last: Sequence[Amount], labels: tuple[str, ...], texts: Texts) -> BarChart:
    known = [amount.energy_wh for amount in (*amounts, *last) if amount.energy_wh is not None]
    top_wh = max(known, default=0.0)
    if top_wh <= 0:
        return BarChart(tuple(Bar(amount.known, None, None) for amount in amounts), labels, 0.0, "")
    line_wh = _nice_below(top_wh)
    bars = tuple(_bar(now, then, top_wh) for now, then in zip(amounts, last, strict=True))
    return BarChart(bars, labels, round(line_wh / top_wh, 4), _scale_label(line_wh, texts))


def _bar(now: Amount, then: Amount, top_wh: float) -> Bar:
    height = None if now.energy_wh is None else round(max(0.0, now.energy_wh) / top_wh, 4)
    last = None if then.energy_wh is None else round(max(0.0, then.energy_wh) / top_wh, 4)
    return Bar(now.known, height, last, then.known is Known.WHOLE)


@lru_cache(maxsize=64)
def _nice_below(value: float) -> float:
    """The largest round number that is not above 95 % of the value."""
    power = 10.0 ** floor(log10(value * 0.95))
    return max(nice * power for nice in _NICE if nice * power <= value * 0.95)


def _scale_label(energy_wh: float, texts: Texts) -> str:
    """Without needless decimals."""
    if energy_wh >= 1e6 and energy_wh % 1e6 == 0:
        return str(Quantity(texts.number(energy_wh / 1e6), "MWh"))
    return str(Quantity(texts.number(energy_wh / 1e3, 0 if energy_wh >= 1e3 else 1), "kWh"))


def _keys(charts: Sequence[BarChart], speaker: Speaker) -> tuple[tuple[Known | None, Pair], ...]:
    bars = [bar for chart in charts for bar in chart.bars]
    kinds = {bar.known for bar in bars}
    if all(bar.height is None for bar in bars):
        return ()
    found: list[tuple[Known | None, Pair]] = [(Known.WHOLE, speaker.both(lambda texts: texts.say("This year")))]
    if any(bar.last is not None for bar in bars):
        found.append((None, speaker.both(lambda texts: texts.say("Last year"))))
    if Known.RUNNING in kinds:
        found.append((Known.RUNNING, speaker.both(lambda texts: texts.say("Still going on"))))
    if Known.PART in kinds:
        found.append((Known.PART, speaker.both(lambda texts: texts.say("Known in part"))))
    if Known.NONE in kinds:
        found.append((Known.NONE, speaker.both(lambda texts: texts.say("No records"))))
    return tuple(found)
