"""What became of the rows of a file: how many were taken, how many were not, why, and where the first of each kind stand."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

SHOWN_LINES: Final = 5


class Reason(StrEnum):
    """Why a row was not taken. Words are chosen at the terminal."""

    EMPTY = "empty"
    """No value in any column that is imported."""
    SHORT = "short"
    """Fewer cells than the heading says."""
    NO_TIME = "no_time"
    """Its time cannot be read."""
    LEFT_OUT_HOUR = "left_out_hour"
    """Its time does not exist: the clock leaps over it."""
    GARBLED = "garbled"
    """A cell holds something that is no number."""
    REPEATED = "repeated"
    """The same time with the same values stood in an earlier row."""
    CONTRADICTS = "contradicts"
    """The same time with other values stood in an earlier row."""
    FUTURE = "future"
    BEFORE_1970 = "before_1970"
    """The store counts time from there."""
    TOO_OLD = "too_old"
    """Only roll-ups are left of its hour, so nothing of it can be changed."""
    KNOWN = "known"
    """All of it is in the store already."""
    DIFFERS = "differs"
    """The store has other values of that time."""
    NO_START = "no_start"
    NO_END = "no_end"
    END_BEFORE_START = "end_before_start"
    NO_ENERGY = "no_energy"
    """Energy of 0, none, or less than 0."""
    TOO_LONG = "too_long"
    """A session of more than a day."""
    OTHER_STATION = "other_station"


@dataclass
class Tally:
    """Rows for one reason."""

    count: int = 0
    lines: list[int] = field(default_factory=list[int])
    """The first of them."""

    def add(self, line: int) -> None:
        """One more."""
        self.count += 1
        if len(self.lines) < SHOWN_LINES:
            self.lines.append(line)


@dataclass
class Report:
    """Counts of one import; grows while it runs."""

    rows: int = 0
    """Rows below the heading."""
    taken: int = 0
    """Rows of which something new was kept."""
    readings: int = 0
    """Readings that are new, those without a value included."""
    absent: int = 0
    """Of these, without a value."""
    uncertain: int = 0
    refused: dict[Reason, Tally] = field(default_factory=dict[Reason, Tally])
    gaps: int = 0
    """Places at which rows are missing."""
    missing: int = 0
    """Rows that are missing there."""
    flagged: dict[Reason, Tally] = field(default_factory=dict[Reason, Tally])
    """Taken, and worth a look."""
    first_ms: int | None = None
    """Times of what is in the file, taken or known."""
    last_ms: int | None = None
    cancelled: bool = False

    def refuse(self, reason: Reason, line: int) -> None:
        """A row that is not taken."""
        self.refused.setdefault(reason, Tally()).add(line)

    def flag(self, reason: Reason, line: int) -> None:
        """A row that is taken all the same."""
        self.flagged.setdefault(reason, Tally()).add(line)

    def count(self, reason: Reason) -> int:
        """Rows that were not taken for this reason."""
        tally = self.refused.get(reason)
        return 0 if tally is None else tally.count

    def saw(self, at_ms: int) -> None:
        """The file tells of this time."""
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)
