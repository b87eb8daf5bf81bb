"""How the times of a file are to be read: where they stand, how they are written, in which zone, and what is in doubt."""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta, tzinfo
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backend.drivers.csvfile.finding import Findings, Unreadable, Why
from backend.drivers.csvfile.grid import Cells, Row
from backend.drivers.csvfile.profiles import Profile, date_in_name
from backend.drivers.csvfile.stamps import Form, Order, Stamps, abbreviated_zone, divided_parts, fits, read_divided
from backend.drivers.csvfile.zone import EPOCH, Saving, changes, seconds_of, weigh, zone_of
from backend.model.message import Message

_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?")
_ONLY_DATE: Final = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}(?:T00:00:00)?|\d{4}年\d{1,2}月\d{1,2}日")


def find_stamps(profile: Profile, titles: Sequence[str], rows: Sequence[Row], stem: str, findings: Findings) -> Stamps:
    """Where the time of a row stands. Raises ``Unreadable`` where no column holds times."""
    if profile.form is Form.HOUR or profile.form is Form.DAY:
        return _dateless(profile.form, stem, findings)
    if profile.form is Form.DAY_OF_YEAR:
        return _day_of_year(titles, findings)
    for index in range(min(len(titles), 4)):
        texts = [cells[index].strip() for _, cells in rows if len(cells) > index and cells[index].strip()]
        form = _form_of(texts)
        if form is None:
            continue
        findings.know("time", f"{index + 1}: {form.value}", Why.SEEN)
        if not all(_ONLY_DATE.fullmatch(text) for text in texts):
            return Stamps(form, (index,))
        if _is_clock(rows, index + 1):
            return Stamps(Form.DIVIDED if form is Form.ISO else form, (index, index + 1))
        if len(set(texts)) * 2 < len(texts):
            raise Unreadable(Message("Days repeat in this file, and no column beside them holds a time of day that can be read."))
        return Stamps(form, (index,))
    raise Unreadable(Message("No column of this file holds times that can be read."))


def _form_of(texts: Sequence[str]) -> Form | None:
    if not texts:
        return None
    return next((form for form in (Form.ISO, Form.DIVIDED, Form.KANJI, Form.EPOCH) if fits(form, texts)), None)


def _is_clock(rows: Sequence[Row], index: int) -> bool:
    texts = [cells[index].strip() for _, cells in rows if len(cells) > index]
    return bool(texts) and all(_CLOCK.fullmatch(text) for text in texts if text)


def _dateless(form: Form, stem: str, findings: Findings) -> Stamps:
    """Tables whose day stands in their heading on the page, or in the name of the file."""
    named = date_in_name(stem, month_only=form is Form.DAY)
    if named:
        said = findings.know("date", named, Why.FILE, Message("as the file's name says"))
    else:
        question = Message("Of which day is this table?") if form is Form.HOUR else Message("Of which month is this table?")
        said = findings.ask("date", question) or "2000-01-01"
    try:
        day = date.fromisoformat(said if len(said) > 7 else f"{said}-01")
    except ValueError as error:
        raise Unreadable(Message("“{text}” is no date or time.", {"text": said})) from error
    return Stamps(form, (0,), day=day)


def _day_of_year(titles: Sequence[str], findings: Findings) -> Stamps:
    plain = [title.strip().lower() for title in titles]
    try:
        year, day = plain.index("year"), plain.index("doy")
    except ValueError as error:
        raise Unreadable(Message("No column of this file holds times that can be read.")) from error
    findings.know("time", f"{year + 1}: {Form.DAY_OF_YEAR.value}", Why.SEEN)
    return Stamps(Form.DAY_OF_YEAR, (year, day, day + 1))


@dataclass(frozen=True, slots=True)
class Times:
    """The times of all rows, as one pass over the file found them."""

    local_s: NDArray[np.int64]
    """Local seconds, or UTC where the file names offsets, in the order of the file."""
    absolute: bool
    """The file names offsets."""
    first_most: int = 0
    second_most: int = 0
    """The largest first and second number of dates in figures."""


def look_at_times(stamps: Stamps, rows: Iterable[Cells]) -> Times:
    """Read the time of every row; rows without one are passed over here and refused later."""
    read = stamps.reader()
    local = array("q")
    absolute, first, second = False, 0, 0
    divided = stamps.form is Form.DIVIDED
    for cells in rows:
        try:
            if divided:
                parts = divided_parts(" ".join(cells[column].strip() for column in stamps.columns))
                if parts is not None:
                    first, second = max(first, parts[0]), max(second, parts[1])
                    local.append(parts[0] * 1_000_000 + parts[1] * 10_000 + parts[2])
                continue
            at = read(cells)
        except (ValueError, IndexError, OverflowError):
            continue
        if at.tzinfo is not None:
            absolute = True
            at = at.astimezone(UTC).replace(tzinfo=None)
        local.append((at - EPOCH) // _SECOND)
    return Times(np.frombuffer(local, np.int64).copy() if local else np.empty(0, np.int64), absolute, first, second)


_SECOND: Final = timedelta(seconds=1)


def settle_order(stamps: Stamps, times: Times, findings: Findings) -> Stamps:
    """Whether the day or the month comes first; asked where no number is above 12."""
    if stamps.form is not Form.DIVIDED:
        return stamps
    if times.first_most > 31:
        return replace(stamps, order=Order(findings.know("dates", Order.YMD.value, Why.SEEN)))
    if times.first_most > 12 or times.second_most > 12:
        order = Order.DMY if times.first_most > 12 else Order.MDY
        return replace(stamps, order=Order(findings.know("dates", order.value, Why.SEEN)))
    likely = _likelier(times.local_s)
    question = Message("Does the day or the month come first? No number in the dates of this file is above 12.")
    said = findings.ask("dates", question, (Order.MDY.value, Order.DMY.value), likely.value)
    return replace(stamps, order=Order(said))


def _likelier(packed: NDArray[np.int64]) -> Order:
    """The order in which the days of the file follow each other."""
    days = np.unique(packed)
    first, second, year = days // 1_000_000, days // 10_000 % 100, days % 10_000
    spans = {
        order: np.ptp(year * 372 + month * 31 + day) if len(days) else 0
        for order, month, day in ((Order.MDY, first, second), (Order.DMY, second, first))
    }
    return Order.DMY if spans[Order.DMY] < spans[Order.MDY] else Order.MDY


def settle_zone(
    profile: Profile, titles: Sequence[str], stamps: Stamps, times: Times, site_zone: str, findings: Findings
) -> tuple[tzinfo, Saving]:
    """In which zone the times are meant, and what the logger's clock does in summer. Raises ``Unreadable``."""
    if times.absolute or stamps.form is Form.EPOCH:
        findings.know("zone", "UTC", Why.FILE, Message("the file names offsets"))
        return UTC, Saving.NONE
    named = abbreviated_zone(titles[stamps.columns[-1]]) if stamps.columns[-1] < len(titles) else None
    if profile.zone:
        name = findings.know("zone", profile.zone, Why.PROFILE)
    elif named is not None:
        hours = (named.utcoffset(None) or timedelta(0)) // timedelta(hours=1)
        name = findings.know("zone", f"{hours:+03d}:00", Why.FILE, Message("{name} in the heading", {"name": str(named)}))
    else:
        name = findings.ask("zone", Message("In which time zone are the times of this file meant?"), (), site_zone)
    return _zone_and_saving(site_zone if name == "site" else name, times, findings)


def _zone_and_saving(name: str, times: Times, findings: Findings) -> tuple[tzinfo, Saving]:
    try:
        zone = zone_of(name)
    except ValueError as error:
        raise Unreadable(Message("There is no time zone “{name}”.", {"name": name})) from error
    if not len(times.local_s):
        return zone, Saving.FOLLOWS
    return zone, _saving(zone, times.local_s, findings)


def _saving(zone: tzinfo, local_s: NDArray[np.int64], findings: Findings) -> Saving:
    # A mistyped year must not make the search for changes of the clock endless.
    believed = np.clip((local_s.min(), local_s.max()), 0, _YEAR_2100_S)
    first, last = (EPOCH + timedelta(seconds=int(each)) for each in believed)
    around = changes(zone, first, last)
    if not around and not zone.dst(first) and not zone.dst(last):
        return Saving.FOLLOWS
    evidence = weigh(local_s, around)
    if evidence.verdict is not None:
        seen = Message(
            "a doubled hour {follows} times, rows in a left out hour or a single one {keeps} times",
            {"follows": evidence.follows, "keeps": evidence.keeps},
        )
        return Saving(findings.know("saving", evidence.verdict.value, Why.SEEN, seen))
    question = Message("Was the clock of this logger changed for daylight saving time?")
    return Saving(findings.ask("saving", question, tuple(each.value for each in Saving), evidence.likely.value))


def local_seconds(stamps: Stamps, rows: Iterable[Cells]) -> NDArray[np.int64]:
    """Local seconds of dates in figures, once their order is known."""
    local = array("q")
    for cells in rows:
        try:
            local.append(seconds_of(read_divided(" ".join(cells[column].strip() for column in stamps.columns), stamps.order)))
        except (ValueError, IndexError):
            continue
    return np.frombuffer(local, np.int64).copy() if local else np.empty(0, np.int64)


def step_s(local_s: NDArray[np.int64]) -> float:
    """The usual distance of rows in seconds, whatever many of them are missing; an hour where there is none."""
    gaps = np.diff(local_s)
    gaps, counts = np.unique(gaps[gaps > 0], return_counts=True)
    if not len(gaps):
        return 3600.0
    usual = float(gaps[np.argmax(counts)])
    frequent = gaps[counts >= _OFTEN * counts.sum()]
    return float(frequent[0]) if len(frequent) and frequent[0] < usual / 2 else usual


_OFTEN: Final = 0.25
_YEAR_2100_S: Final = 4_102_444_800


def settle_interval(profile: Profile, local_s: NDArray[np.int64], findings: Findings) -> float:
    """Seconds between rows: amounts over an interval are divided by it. Raises ``Unreadable``."""
    if profile.interval_h is not None:
        return profile.interval_h * 3600
    said = findings.know("interval", f"{step_s(local_s):g}", Why.SEEN, Message("seconds between rows"))
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise Unreadable(Message("The interval between rows is a number of seconds."))
    return seconds
