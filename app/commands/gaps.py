"""``enemado gaps``: what is missing, why, and how much of it came after all."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.commands.cache import clock_of, read_cache
from app.commands.columns import columns
from app.commands.instants import check_order, instant, local, ms_of
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_place
from app.commands.speech import say, tell, texts
from app.kit.i18n import Texts
from app.kit.presenters.gaps import gap_cause_words, gap_kind_word
from backend.model.gap import Gap, GapKind
from backend.store.contract import Reader

HELP = say("What is missing, why, and how much of it came after all.")
DAYS = 7
MOST_ROWS = 100_000
Row = dict[str, str | float | None]


def gaps(
    start: Annotated[str, typer.Option("--from", help=say("First instant; else seven days before the last."))] = "",
    end: Annotated[str, typer.Option("--to", help=say("First instant that is left out; else now."))] = "",
    site: Annotated[str, typer.Option("--site", help=say("Only devices of this site."))] = "",
    subject: Annotated[str, typer.Option("--subject", help=say("Only this device, or node, or node:NAME."))] = "",
    cache: CacheOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """One row per gap, the newest first."""

    async def ask(reader: Reader) -> list[Row]:
        zones = {each.key: ZoneInfo(each.timezone) for each in await reader.sites()}
        zone = zones.get(site or subject.partition("/")[0]) or _first(zones)
        now = datetime.fromtimestamp((await clock_of(reader)).now_ms() / 1000, zone)
        last = instant(end, zone) if end else now
        first = instant(start, zone) if start else last - timedelta(days=DAYS)
        check_order(first, last)
        # What has just happened belongs to a question about the time up to now.
        end_ms = ms_of(last) + (0 if end else 1)
        found = await reader.gaps(ms_of(first), end_ms, subject or None, MOST_ROWS)
        return [_row(gap, zones) for gap in found if not site or gap.subject.startswith(f"{site}/")]

    rows = read_cache(which_place(cache, settings), ask)
    if as_json:
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        tell(say("Nothing is missing."))
        return
    voice = texts()
    head = (say("From"), say("To"), say("What"), say("Kind"), say("Cause"), say("Readings"), say("Recovered"))
    for line in columns([head, *(_words(row, voice) for row in rows)]):
        tell(line)


def _first(zones: Mapping[str, ZoneInfo]) -> ZoneInfo:
    return next(iter(zones.values()), ZoneInfo("UTC"))


def _row(gap: Gap, zones: Mapping[str, ZoneInfo]) -> Row:
    """One row as in the JSON; times in the site's zone, those of nodes in the first site's."""
    zone = zones.get(gap.subject.partition("/")[0]) or _first(zones)
    return {
        "subject": gap.subject,
        "kind": gap.kind.value,
        "cause": gap.cause,
        "from": local(gap.from_ms, zone),
        "to": None if gap.to_ms is None else local(gap.to_ms, zone),
        "count": gap.count,
        "recovered": gap.recovered,
    }


def _words(row: Row, voice: Texts) -> tuple[str, ...]:
    count, recovered = row["count"], row["recovered"]
    return (
        _moment(str(row["from"])),
        say("still") if row["to"] is None else _moment(str(row["to"])),
        str(row["subject"]),
        gap_kind_word(voice, GapKind(str(row["kind"]))),
        gap_cause_words(voice, str(row["cause"])),
        "—" if not isinstance(count, int) else voice.number(count),
        voice.percent(recovered) if isinstance(recovered, float) else "—",
    )


def _moment(iso: str) -> str:
    """To the second, for people."""
    return datetime.fromisoformat(iso).isoformat(sep=" ", timespec="seconds")
