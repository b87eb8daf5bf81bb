"""Lists of charging sessions, as CSV or JSON: which column says what, and which day is meant where spreadsheets swapped it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final, cast

from backend.drivers.csvfile.finding import Doubt, Finding, Findings, Unreadable, Why
from backend.drivers.csvfile.grid import Cells, Row, Text
from backend.drivers.csvfile.plan import Target
from backend.drivers.csvfile.profiles import Profile
from backend.drivers.csvfile.stamps import (
    Form,
    Order,
    divided_parts,
    fits,
    read_divided,
    read_epoch,
    read_iso,
    read_kanji,
    read_mail,
)
from backend.drivers.csvfile.zone import LocalClock, Saving, zone_of
from backend.model.message import Message

DAY_MS: Final = 86_400_000
_LARGEST_JSON: Final = 256 << 20
_ALIASES: Final = {
    "number": "chargingevent sessionid transactionid transactionpk sessionnumber id",
    "station": "cpid stationid chargepointid chargeboxid chargepoint chargerid station 充電器",
    "connector": "connector connectorid connectornumber コネクタ",
    "start": "startdate connectiontime starttime startdatetime starttimestamp started start 開始日時 開始",
    "start_clock": "starttime 開始時刻",
    "end": "enddate disconnecttime stoptime stopdatetime stoptimestamp endtime enddatetime ended stop end 終了日時 終了",
    "end_clock": "endtime 終了時刻",
    "kwh": "totalkwh kwhdelivered kwh energykwh consumedkwh 充電量kwh 電力量kwh",
    "wh": "energywh wh totalwh",
    "begin_wh": "startvalue meterstart startmeter",
    "finish_wh": "stopvalue meterstop stopmeter endvalue",
    "reason": "stopreason reason",
}
"""Headings without anything but letters and digits, in small letters. The first that a file has counts."""


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """How a list of sessions is read."""

    path: Path
    target: Target
    profile: Profile
    titles: tuple[str, ...]
    fields: Mapping[str, int]
    """Columns by what they say."""
    form: Form
    order: Order
    zone: tzinfo
    saving: Saving
    station: str
    """Only sessions of this one; empty for all."""
    digest: str
    size: int
    text: Text | None
    """None for JSON."""
    known: tuple[Finding, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def data(self) -> Iterator[Row]:
        """The rows of the list."""
        if self.text is None:
            yield from json_rows(self.path)[1]
            return
        for index, row in enumerate(self.text.rows()):
            if index:
                yield row


def json_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Objects of a JSON list as rows, their place in the list as number. Raises ``Unreadable``."""
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise Unreadable(Message("A JSON file can have at most 256 MiB."))
        told: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unreadable(Message("This is no whole JSON file.")) from error
    items = _items(told)
    titles = list(dict.fromkeys(key for item in items for key in item))
    return titles, [(number, [_cell(item.get(title)) for title in titles]) for number, item in enumerate(items, 1)]


def _items(told: object) -> list[dict[str, object]]:
    """The longest list of objects: the file itself, or one of its values."""
    values = list(cast("dict[str, object]", told).values()) if isinstance(told, dict) else [told]
    lists = [cast("list[object]", value) for value in values if isinstance(value, list)]
    if not lists:
        raise Unreadable(Message("This JSON file holds no list of sessions."))
    return [cast("dict[str, object]", item) for item in max(lists, key=len) if isinstance(item, dict)]


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def find_fields(titles: Sequence[str]) -> dict[str, int]:
    """Which column says what. Raises ``Unreadable`` where there are no sessions in it."""
    plain = [re.sub(r"[\W_]+", "", title.lower()) for title in titles]
    fields: dict[str, int] = {}
    for name, aliases in _ALIASES.items():
        place = next((plain.index(alias) for alias in aliases.split() if alias in plain), None)
        if place is not None:
            fields[name] = place
    for which in ("start", "end"):
        if fields.get(f"{which}_clock") == fields.get(which):
            fields.pop(f"{which}_clock", None)
    told = fields.keys()
    if not {"start", "end"} <= told or not told & {"kwh", "wh", "finish_wh"}:
        raise Unreadable(
            Message("A list of sessions needs columns for start, end and energy; found: {titles}", {"titles": ", ".join(titles)})
        )
    return fields


def time_text(cells: Cells, fields: Mapping[str, int], which: str) -> str:
    """Start or end of a session as written; empty where any part is missing."""
    parts = [cells[fields[name]].strip() for name in (which, f"{which}_clock") if name in fields and fields[name] < len(cells)]
    return " ".join(parts) if all(parts) else ""


def find_form(rows: Sequence[Row], fields: Mapping[str, int]) -> Form:
    """How times are written. Raises ``Unreadable``."""
    texts = [text for _, cells in rows if (text := time_text(cells, fields, "start"))]
    for form in (Form.ISO, Form.MAIL, Form.DIVIDED, Form.KANJI, Form.EPOCH):
        if texts and fits(form, texts):
            return form
    raise Unreadable(Message("No column of this file holds times that can be read."))


def read_time(text: str, form: Form, order: Order) -> datetime:
    """Raises ``ValueError``."""
    if form is Form.DIVIDED:
        return read_divided(text, order)
    return {Form.ISO: read_iso, Form.MAIL: read_mail, Form.KANJI: read_kanji, Form.EPOCH: read_epoch}[form](text)


def settle_order(rows: Sequence[Row], fields: Mapping[str, int], form: Form, findings: Findings) -> Order:
    """Which of day and month comes first: sessions that end before they start, or last for days, tell that it is wrong."""
    if form is not Form.DIVIDED:
        return Order.YMD
    parts = [found for _, cells in rows if (found := divided_parts(time_text(cells, fields, "start"))) is not None]
    year_first = any(first > 31 for first, _, _ in parts)
    candidates = (Order.YMD, Order.SWAPPED) if year_first else (Order.MDY, Order.DMY)
    wrong = {order: _contradictions(rows, fields, order) for order in candidates}
    usual, other = candidates
    if year_first and wrong[usual] <= wrong[other]:
        return Order(findings.know("dates", usual.value, Why.SEEN))
    if not year_first and any(max(first, second) > 12 for first, second, _ in parts):
        right = Order.DMY if any(first > 12 for first, _, _ in parts) else Order.MDY
        return Order(findings.know("dates", right.value, Why.SEEN))
    likely = min(candidates, key=lambda order: wrong[order])
    question = Message(
        "Are days and months of this list in the right order? Read as {usual}, {wrong} sessions cannot be, as {other} {fewer}.",
        {"usual": usual.value, "wrong": wrong[usual], "other": other.value, "fewer": wrong[other]},
    )
    return Order(findings.ask("dates", question, tuple(each.value for each in candidates), likely.value))


def _contradictions(rows: Sequence[Row], fields: Mapping[str, int], order: Order) -> int:
    count = 0
    for _, cells in rows:
        start, end = time_text(cells, fields, "start"), time_text(cells, fields, "end")
        if not start or not end:
            continue
        try:
            lasts = read_divided(end, order) - read_divided(start, order)
        except ValueError:
            count += 1
            continue
        count += not 0 <= lasts.total_seconds() * 1000 <= DAY_MS
    return count


def settle_station(rows: Sequence[Row], fields: Mapping[str, int], findings: Findings) -> str:
    """Whose sessions are imported: a device is one charger, a list may tell of a whole town."""
    if "station" not in fields:
        return ""
    place = fields["station"]
    names = list(dict.fromkeys(cells[place].strip() for _, cells in rows if len(cells) > place and cells[place].strip()))
    if len(names) < 2:
        return ""
    question = Message("Sessions of which station? “all” keeps those of every station at this device.")
    said = findings.ask("station", question, ("all", *names))
    return "" if said == "all" else said


def settle_zone(form: Form, rows: Sequence[Row], plan: "SessionPlan", findings: Findings) -> tuple[tzinfo, Saving]:
    """In which zone the times are meant; wall clocks follow daylight saving. Raises ``Unreadable``."""
    texts = [text for _, cells in rows[:20] if (text := time_text(cells, plan.fields, "start"))]
    offsets = [offset for text in texts if (offset := _names_offset(text, form, plan.order)) is not None]
    if offsets and all(offsets):
        findings.know("zone", "UTC", Why.FILE, Message("the file names offsets"))
        return UTC, Saving.NONE
    name = findings.ask("zone", Message("In which time zone are the times of this file meant?"), (), plan.target.zone)
    try:
        return zone_of(plan.target.zone if name == "site" else name), Saving.FOLLOWS
    except ValueError as error:
        raise Unreadable(Message("There is no time zone “{name}”.", {"name": name})) from error


def _names_offset(text: str, form: Form, order: Order) -> bool | None:
    """Whether a time speaks for itself; None where it cannot be read."""
    try:
        return read_time(text, form, order).tzinfo is not None
    except (ValueError, OverflowError):
        return None


def plan_sessions(draft: SessionPlan, rows: Sequence[Row], findings: Findings) -> SessionPlan:
    """Settle everything about a list whose rows are read."""
    form = find_form(rows, draft.fields)
    order = settle_order(rows, draft.fields, form, findings)
    draft = replace(draft, form=form, order=order)
    zone, saving = settle_zone(form, rows, draft, findings)
    station = settle_station(rows, draft.fields, findings)
    return replace(draft, zone=zone, saving=saving, station=station, known=tuple(findings.known), doubts=tuple(findings.doubts))


def clock_of(plan: SessionPlan) -> LocalClock:
    """Turns times of the list into instants."""
    return LocalClock(plan.zone, plan.saving)
