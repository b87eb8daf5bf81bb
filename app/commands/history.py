"""``enemado history``: what a point said over time, as CSV or JSON."""

import csv
import io
import json
from datetime import datetime, timedelta
from enum import StrEnum
from math import isnan
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.commands.cache import clock_of, read_cache
from app.commands.instants import check_order, instant, local, ms_of
from app.commands.options import CacheOption, SettingsOption
from app.commands.places import which_place
from app.commands.points import no_such_point
from app.commands.speech import say, tell
from backend.model.quality import Flag, Quality
from backend.store.contract import Level, Reader

HELP = say("What a point said over time: per interval, or every reading.")
Row = dict[str, str | float | None]


class Format(StrEnum):
    """How the rows are written."""

    CSV = "csv"
    JSON = "json"


class Every(StrEnum):
    """Length of an interval, or every single reading."""

    RAW = "raw"
    MINUTE = "1min"
    QUARTER = "15min"
    HOUR = "1h"
    DAY = "1d"


def history(
    point: Annotated[str, typer.Argument(help=say("Key of the point: site/device/name."))],
    start: Annotated[str, typer.Option("--from", help=say("First instant, such as 2026-11-23 or 2026-11-23T06:00+09:00."))] = "",
    end: Annotated[str, typer.Option("--to", help=say("First instant that is left out; else now."))] = "",
    every: Annotated[Every, typer.Option("--every", help=say("Length of the intervals."))] = Every.HOUR,
    form: Annotated[Format, typer.Option("--format", help=say("How the rows are written."))] = Format.CSV,
    cache: CacheOption = None,
    settings: SettingsOption = None,
) -> None:
    """Minimum, mean, maximum, energy and coverage per interval, or every reading."""

    async def ask(reader: Reader) -> list[Row]:
        known = {each.key: each for each in await reader.points()}
        if point not in known:
            raise no_such_point(point, list(known))
        zone, unit = await zone_of(reader, point), known[point].spec.unit.value
        now = datetime.fromtimestamp((await clock_of(reader)).now_ms() / 1000, zone)
        last = instant(end, zone) if end else now
        first = instant(start, zone) if start else last - timedelta(days=1)
        check_order(first, last)
        if every is Every.RAW:
            rows = await _raw(reader, point, ms_of(first), ms_of(last), zone)
        else:
            rows = await _rollup(reader, point, Level(every.value), ms_of(first), ms_of(last), zone)
        return [{**row, "unit": unit} for row in rows]

    rows = read_cache(which_place(cache, settings), ask)
    tell(json.dumps(rows, ensure_ascii=False, indent=1) if form is Format.JSON else _csv(rows, every).rstrip("\n"))


async def zone_of(reader: Reader, point: str) -> ZoneInfo:
    """The site's zone; times without a zone are meant in it."""
    site = next((site for site in await reader.sites() if site.key == point.partition("/")[0]), None)
    return ZoneInfo(site.timezone if site else "UTC")


async def _raw(reader: Reader, point: str, start_ms: int, end_ms: int, zone: ZoneInfo) -> list[Row]:
    found = await reader.raw(point, start_ms, end_ms)
    return [
        {
            "at": local(int(at_ms), zone),
            "value": _number(float(value)),
            "quality": _quality(int(quality)),
            "flags": Flag(int(flags)).name or "",
        }
        for at_ms, value, quality, flags in zip(found.at_ms, found.value, found.quality, found.flags, strict=True)
    ]


async def _rollup(reader: Reader, point: str, level: Level, start_ms: int, end_ms: int, zone: ZoneInfo) -> list[Row]:
    found = await reader.rollup(point, level, start_ms, end_ms)
    names = ("minimum", "mean", "maximum", "energy", "coverage")
    columns = (found.minimum, found.mean, found.maximum, found.energy, found.coverage)
    return [
        {
            "start": local(int(start), zone),
            **{name: _number(float(column[index])) for name, column in zip(names, columns, strict=True)},
        }
        for index, start in enumerate(found.start_ms)
    ]


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 6)


def _quality(code: int) -> str:
    return Quality(code).name if code in {int(known) for known in Quality} else f"0x{code:08X}"


def _csv(rows: list[Row], every: Every) -> str:
    raw = ["at", "value", "quality", "flags", "unit"]
    names = raw if every is Every.RAW else ["start", "minimum", "mean", "maximum", "energy", "coverage", "unit"]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
