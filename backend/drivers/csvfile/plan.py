"""How a file will be imported: what was found and what a person chose, to be shown before anything is written."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from math import inf
from typing import Final

from backend.drivers.csvfile import grid
from backend.drivers.csvfile.cells import SENTINELS, is_direction, is_label, read_number
from backend.drivers.csvfile.columns import Circumstances, Column, Feed, find_feeds
from backend.drivers.csvfile.encoding import Bytes
from backend.drivers.csvfile.finding import Doubt, Finding, Findings, Unreadable
from backend.drivers.csvfile.grid import Cells, Row, Text
from backend.drivers.csvfile.profiles import Profile
from backend.drivers.csvfile.stamps import Form, Stamps
from backend.drivers.csvfile.timing import find_stamps, local_seconds, look_at_times, settle_interval, settle_order, settle_zone
from backend.drivers.csvfile.zone import Saving
from backend.model.message import Message

WHOLE_ROWS: Final = 5000
_A_DAY_S: Final = 23 * 3600
_OF_TIMES: Final = ("zone", "date", "dates", "saving")
"""Doubts whose answer says nothing of columns."""
SAMPLED: Final = 20
"""Beyond the first rows, of so many one is looked at for the values of columns."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the readings of a file belong."""

    device: str
    """``site/device``."""
    zone: str = ""
    """IANA name of the site's zone."""
    rated_w: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is needed to read the rows of one file."""

    text: Text
    target: Target
    profile: Profile
    first_row: int
    """Index of the first row with data."""
    decimal: str
    titles: tuple[str, ...]
    stamps: Stamps
    zone: tzinfo
    saving: Saving
    feeds: tuple[Feed, ...]
    interval_s: float
    digest: str
    size: int
    known: tuple[Finding, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def left_out(self) -> list[str]:
        """Headings of columns that feed nothing."""
        used = {feed.index for feed in self.feeds} | set(self.stamps.columns)
        return [title or str(index + 1) for index, title in enumerate(self.titles) if index not in used]

    def earlier_ms(self, feed: Feed) -> int:
        """How much earlier than its row's time a value begins to stand; the row of a whole day has the day's beginning."""
        return round(self.interval_s * 1000) if feed.mean and self.interval_s < _A_DAY_S else 0

    def data(self) -> Iterator[Row]:
        """Rows below the heading."""
        return itertools.islice(self.text.rows(), self.first_row, None)


@dataclass
class Extent:
    """Smallest and largest number of a column."""

    low: float = inf
    high: float = -inf
    labels: bool = False
    compass: bool = False

    def take(self, cell: str, decimal: str) -> None:
        """Look at one cell."""
        found = read_number(cell, decimal)
        if found is None:
            self.labels = self.labels or is_label(cell)
            self.compass = self.compass or is_direction(cell)
            return
        value = found[0]
        if value is not None and value not in SENTINELS:
            self.low, self.high = min(self.low, value), max(self.high, value)


@dataclass
class Survey:
    """One pass over the rows: times of all, values of many."""

    width: int
    decimal: str
    extents: list[Extent] = field(init=False)
    rows: int = 0

    def __post_init__(self) -> None:
        self.extents = [Extent() for _ in range(self.width)]

    def pass_on(self, rows: Iterator[Row]) -> Iterator[Cells]:
        """Hand on every row, having looked at its values."""
        for _, cells in rows:
            self.rows += 1
            if self.rows <= WHOLE_ROWS or not self.rows % SAMPLED:
                for extent, cell in zip(self.extents, cells, strict=False):
                    extent.take(cell, self.decimal)
            yield cells


def plan_table(text: Text, head: Sequence[Row], profile: Profile, found: Bytes, target: Target, findings: Findings) -> Plan:
    """Look at a table of readings as a whole. Raises ``Unreadable`` and ``OSError``; doubts are in the plan."""
    decimal = grid.find_decimal(head, text.delimiter, findings)
    first = grid.first_data_row(head)
    titles = tuple(grid.titles(head, first))
    stamps = find_stamps(profile, titles, head[first:], text.path.stem, findings)
    nothing = (UTC, Saving.FOLLOWS, (), 0.0)
    draft = Plan(text, target, profile, first, decimal, titles, stamps, *nothing, found.digest, found.size)
    return _survey(draft, findings)


def _survey(draft: Plan, findings: Findings) -> Plan:
    survey = Survey(len(draft.titles), draft.decimal)
    times = look_at_times(draft.stamps, survey.pass_on(draft.data()))
    if not len(times.local_s):
        raise Unreadable(Message("No row of this file begins with a time and holds a number."))
    stamps = settle_order(draft.stamps, times, findings)
    if stamps.form is Form.DIVIDED:
        times = replace(times, local_s=local_seconds(stamps, (cells for _, cells in draft.data())))
    zone, saving = settle_zone(draft.profile, draft.titles, stamps, times, draft.target.zone, findings)
    interval_s = settle_interval(draft.profile, times.local_s, findings)
    columns = _columns(draft, stamps, survey)
    feeds = find_feeds(columns, _circumstances(draft, interval_s), findings)
    if not feeds and all(doubt.key in _OF_TIMES for doubt in findings.doubts):
        raise Unreadable(
            Message("No column of this file holds a quantity that is known here. Name one with column.N=quantity:unit.")
        )
    return replace(
        draft,
        stamps=stamps,
        zone=zone,
        saving=saving,
        interval_s=interval_s,
        feeds=tuple(feeds),
        known=tuple(findings.known),
        doubts=tuple(findings.doubts),
    )


def _columns(draft: Plan, stamps: Stamps, survey: Survey) -> list[Column]:
    judges = _quality_columns(draft.titles)
    own = set(stamps.columns) | set(judges.values())
    return [
        Column(index, draft.titles[index], extent.low, extent.high, extent.labels, extent.compass)
        for index, extent in enumerate(survey.extents)
        if index not in own and not _is_row_number(draft, index)
    ]


def _is_row_number(draft: Plan, index: int) -> bool:
    return not draft.titles[index].strip() and index < min(draft.stamps.columns)


def _quality_columns(titles: Sequence[str]) -> dict[int, int]:
    """Columns with quality numbers by the column that they judge: the nearest before with values."""
    judges: dict[int, int] = {}
    last = None
    for index, title in enumerate(titles):
        if "品質情報" in title:
            if last is not None:
                judges[last] = index
        elif "均質番号" not in title and "現象なし" not in title:
            last = index
    return judges


def _circumstances(draft: Plan, interval_s: float) -> Circumstances:
    return Circumstances(
        interval_s / 3600,
        draft.profile.means,
        draft.profile.metric,
        draft.text.path.stem,
        draft.target.rated_w,
        _quality_columns(draft.titles),
    )
