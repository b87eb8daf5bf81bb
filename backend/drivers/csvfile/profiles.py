"""Kinds of files that are known beforehand, as a table: how they are told, and what nobody has to be asked about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backend.drivers.csvfile.finding import Findings, Unreadable, Why
from backend.drivers.csvfile.grid import Row
from backend.drivers.csvfile.stamps import Form
from backend.model.message import Message

_JMA_NAMES: Final = "Japan Meteorological Agency (出典：気象庁)"
_HOURLY_MEANS: Final = frozenset({"irradiance", "rain_intensity"})
_DAILY_MEANS: Final = frozenset(
    {"ambient_temperature", "humidity", "pressure", "wind_speed", "irradiance", "rain_intensity"},
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of file."""

    key: str
    what: Message
    marks: tuple[str, ...] = ()
    """Patterns that all stand in the first rows."""
    never: str = ""
    """A pattern that does not."""
    zone: str = ""
    """Always this one; empty where that differs."""
    form: Form | None = None
    interval_h: float | None = None
    """Between rows; else it is measured."""
    means: frozenset[str] = frozenset()
    """Quantities that are means over the interval before the row's time."""
    metric: bool = False
    """Units that are not stated are the usual ones."""
    sentinels: frozenset[float] = frozenset()
    sessions: bool = False
    """Charging sessions instead of readings."""
    attribution: str = ""
    """Whom the source wants to be named."""


GENERIC: Final = Profile("generic", Message("a table with a time in each row"))
PROFILES: Final = (
    Profile(
        "jma_download",
        Message("a download of the Japan Meteorological Agency"),
        (r"ダウンロードした時刻|品質情報",),
        zone="Asia/Tokyo",
        form=Form.DIVIDED,
        means=_HOURLY_MEANS,
        metric=True,
        attribution=_JMA_NAMES,
    ),
    Profile(
        "jma_daily",
        Message("a table of days of the Japan Meteorological Agency"),
        (r"平均気温",),
        zone="Asia/Tokyo",
        form=Form.DAY,
        interval_h=24.0,
        means=_DAILY_MEANS,
        metric=True,
        attribution=_JMA_NAMES,
    ),
    Profile(
        "jma_hourly",
        Message("a table of hours of the Japan Meteorological Agency"),
        (r"気温", r"湿度|降水|風速"),
        zone="Asia/Tokyo",
        form=Form.HOUR,
        interval_h=1.0,
        means=_HOURLY_MEANS,
        metric=True,
        attribution=_JMA_NAMES,
    ),
    Profile(
        "midc",
        Message("measurements of the NREL MIDC"),
        (r"\bYear\b", r"\bDOY\b"),
        form=Form.DAY_OF_YEAR,
        metric=True,
        sentinels=frozenset({-7999.0, -6999.0, -9999.0, -99999.0}),
        attribution="NREL Measurement and Instrumentation Data Center (MIDC)",
    ),
    Profile(
        "sessions",
        Message("a list of charging sessions"),
        (
            r"(?i)charging event|charge ?point|cp id|station ?id|connectionTime|chargebox|transaction",
            r"(?i)kwh|energy|meter|\bwh\b|start value",
        ),
        never=r"(?i)\btimestamp\b",
        sessions=True,
    ),
    GENERIC,
)
_INTEGER: Final = re.compile(r"\d{1,2}(時|日)?")


def find_profile(rows: Sequence[Row], head: str, findings: Findings) -> Profile:
    """The kind of this file, as its first rows tell. Raises ``Unreadable`` where a person names one that does not exist."""
    found = next(profile for profile in PROFILES if _fits(profile, rows, head))
    key = findings.know("profile", found.key, Why.SEEN, found.what)
    for profile in PROFILES:
        if profile.key == key:
            return profile
    names = ", ".join(profile.key for profile in PROFILES)
    raise Unreadable(Message("There is no profile “{name}”; known are {names}", {"name": key, "names": names}))


def _fits(profile: Profile, rows: Sequence[Row], head: str) -> bool:
    if not all(re.search(mark, head) for mark in profile.marks) or (profile.never and re.search(profile.never, head)):
        return False
    if profile.form in (Form.HOUR, Form.DAY):
        return _counts_up(rows)
    return True


def _counts_up(rows: Sequence[Row]) -> bool:
    """Whether the rows begin with small whole numbers: hours, or days."""
    firsts = [cells[0].strip() for _, cells in rows if cells and len(cells) > 1]
    numbers = [text for text in firsts if _INTEGER.fullmatch(text)]
    return len(numbers) >= 0.7 * max(len(firsts) - 2, 1) and bool(numbers)


_FULL_DATE: Final = re.compile(r"(?<!\d)(\d{4})[-_.年]?(\d{1,2})[-_.月]?(\d{1,2})日?(?!\d)")
_MONTH: Final = re.compile(r"(?<!\d)(\d{4})[-_.年]?(\d{1,2})月?(?!\d)")


def date_in_name(stem: str, *, month_only: bool) -> str:
    """The day, or the first day of the month, that a file's name tells; empty where it tells none."""
    match = (_MONTH if month_only else _FULL_DATE).search(stem)
    if match is None:
        return ""
    year, month, day = int(match[1]), int(match[2]), 1 if month_only else int(match[3])
    return f"{year:04}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""
