"""How a file writes its times, and the way from its cells to a local or an absolute time."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from backend.drivers.csvfile.grid import Cells
from backend.drivers.csvfile.zone import EPOCH


class Order(StrEnum):
    """In which order day, month and year stand."""

    YMD = "ymd"
    MDY = "mdy"
    DMY = "dmy"
    SWAPPED = "swapped"
    """What spreadsheets make of days first: where both could be a month they are swapped, up to the 12th."""


class Form(StrEnum):
    """How times are written."""

    ISO = "iso"
    DIVIDED = "divided"
    KANJI = "kanji"
    EPOCH = "epoch"
    MAIL = "mail"
    """As in mail headers: ``Mon, 25 Mar 2019 16:24:42 GMT``."""
    DAY_OF_YEAR = "day_of_year"
    """Columns with year, day of the year, and hour and minute as one number."""
    HOUR = "hour"
    """Hours 1 to 24 of a day that the table does not name."""
    DAY = "day"
    """Days of a month that the table does not name."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """Where the time of a row stands and how it is read."""

    form: Form
    columns: tuple[int, ...]
    """One, or date and time, or year, day of the year and clock."""
    order: Order = Order.YMD
    day: date | None = None
    """For tables that do not name their day or month."""

    def reader(self) -> Callable[[Cells], datetime]:
        """From the cells of a row to its time, naive where the file names no zone. Raises ``ValueError``, ``IndexError``."""
        read = _READERS.get(self.form)
        if read is not None:
            return self._joined(read)
        return {Form.DIVIDED: self._divided, Form.DAY_OF_YEAR: self._day_of_year, Form.HOUR: self._hour, Form.DAY: self._day}[
            self.form
        ]

    def _joined(self, read: Callable[[str], datetime]) -> Callable[[Cells], datetime]:
        if len(self.columns) == 1:
            (only,) = self.columns
            return lambda cells: read(cells[only])
        return lambda cells: read(" ".join(cells[column].strip() for column in self.columns))

    def _divided(self, cells: Cells) -> datetime:
        text = " ".join(cells[column].strip() for column in self.columns)
        return read_divided(text, self.order)

    def _day_of_year(self, cells: Cells) -> datetime:
        year, day, clock = (int(float(cells[column])) for column in self.columns)
        if not 1 <= day <= 366 or not 0 <= clock <= 2400 or clock % 100 > 59:
            raise ValueError(f"{day} {clock}")
        at = EPOCH.replace(year=year) + timedelta(days=day - 1, hours=clock // 100, minutes=clock % 100)
        if (at - timedelta(minutes=1)).year != year and at.year != year:
            raise ValueError(f"{year} has no day {day}")
        return at

    def _hour(self, cells: Cells) -> datetime:
        hour = int(_bare(cells[self.columns[0]], "時"))
        if self.day is None or not 0 <= hour <= 24:
            raise ValueError(str(hour))
        return datetime.combine(self.day, datetime.min.time()) + timedelta(hours=hour)

    def _day(self, cells: Cells) -> datetime:
        if self.day is None:
            raise ValueError("no month")
        return datetime.combine(self.day.replace(day=int(_bare(cells[self.columns[0]], "日"))), datetime.min.time())


def _bare(text: str, suffix: str) -> str:
    return text.strip().removesuffix(suffix)


_DIVIDED: Final = re.compile(
    r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})"
    r"(?:[ T](?:00:00(?::00)? +)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)
"""A spreadsheet may put midnight between a date and the time of the next column."""
_KANJI: Final = re.compile(r"(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日\s*(?:(\d{1,2})(?:時|:)\s*(?:(\d{1,2})分?)?)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})[ T]?(\d{2})(\d{2})(\d{2})?")


def divided_parts(text: str) -> tuple[int, int, int] | None:
    """The three numbers of a date as they stand; None where the text is not written so."""
    match = _DIVIDED.fullmatch(text.strip())
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))


def read_divided(text: str, order: Order) -> datetime:
    """A date in figures, with or without a time; hour 24 is midnight after that day. Raises ``ValueError``."""
    match = _DIVIDED.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    first, second, third = int(match[1]), int(match[2]), int(match[3])
    if order is Order.MDY:
        year, month, day = third, first, second
    elif order is Order.DMY:
        year, month, day = third, second, first
    elif order is Order.SWAPPED and third <= 12:
        year, month, day = first, third, second
    else:
        year, month, day = first, second, third
    hour = int(match[4] or 0)
    if match[7]:
        hour = hour % 12 + (12 if match[7] in "Pp" else 0)
    return _at(_full_year(year), month, day, hour, int(match[5] or 0), int(match[6] or 0))


def _full_year(year: int) -> int:
    return year if year >= 100 else 2000 + year


def _at(year: int, month: int, day: int, hour: int, minute: int, second: int = 0) -> datetime:
    if hour == 24 and not minute and not second:
        return EPOCH.replace(year, month, day) + timedelta(days=1)
    return EPOCH.replace(year, month, day, hour, minute, second)


def read_iso(text: str) -> datetime:
    """ISO 8601, also without dashes. Raises ``ValueError``."""
    text = text.strip()
    if " 24:00" in text or "T24:00" in text:
        return read_iso(text.replace("24:00", "00:00", 1)) + timedelta(days=1)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        compact = _COMPACT.fullmatch(text)
        if compact is None:
            raise
        return _at(*(int(part or 0) for part in compact.groups()))


def read_kanji(text: str) -> datetime:
    """``2020年1月4日 1時``. Raises ``ValueError``."""
    match = _KANJI.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return _at(*(int(part or 0) for part in match.groups()))


def read_epoch(text: str) -> datetime:
    """Seconds or milliseconds since 1970. Raises ``ValueError``."""
    number = float(text)
    seconds = number / 1000 if number >= 1e11 else number
    if not 1e8 <= seconds <= 1e10:
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


def read_mail(text: str) -> datetime:
    """RFC 5322. Raises ``ValueError``."""
    return parsedate_to_datetime(text)


_READERS: Final[dict[Form, Callable[[str], datetime]]] = {
    Form.ISO: read_iso,
    Form.KANJI: read_kanji,
    Form.EPOCH: read_epoch,
    Form.MAIL: read_mail,
}
_ABBREVIATED: Final = {
    "UTC": 0, "GMT": 0, "Z": 0, "JST": 9, "MST": -7, "PST": -8, "EST": -5, "CST": -6, "AKST": -9, "HST": -10, "CET": 1, "KST": 9,
}  # fmt: skip
"""Hours east of Greenwich of standard times that stand in headings; loggers that write them do not change in summer."""


def abbreviated_zone(title: str) -> timezone | None:
    """The fixed offset that a heading such as ``MST`` or ``time (JST)`` names."""
    for word in re.findall(r"\b[A-Z]+\b", title):
        if word in _ABBREVIATED:
            return timezone(timedelta(hours=_ABBREVIATED[word]), word)
    return None


def fits(form: Form, texts: Sequence[str]) -> bool:
    """Whether nearly all of these texts are written so."""
    read = _READERS.get(form)
    hits = 0
    for text in texts:
        try:
            if read is not None:
                read(text)
            elif divided_parts(text) is None:
                continue
            hits += 1
        except (ValueError, IndexError, OverflowError, OSError):
            continue
    return hits > 0 and hits >= 0.8 * len(texts)
