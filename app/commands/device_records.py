"""``enemado device records``: who took which device into service, when, and what it said."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from app.commands.cache import read_cache
from app.commands.columns import columns
from app.commands.options import CacheOption, Form, FormOption, SettingsOption
from app.commands.places import moment, which_cache, which_place
from app.commands.speech import say, tell
from backend.collector.records import READING, waiting
from backend.model.event import Event, EventKind, EventValue
from backend.store.contract import Reader

HELP = say("Records of commissioning: time, person, checks and readings.")
_PAGE = 2000
Row = dict[str, EventValue | dict[str, EventValue]]


def records(
    device: Annotated[str, typer.Argument(help=say("Only of this device: site/device."))] = "",
    cache: CacheOption = None,
    settings: SettingsOption = None,
    form: FormOption = Form.TABLE,
) -> None:
    """The newest first; what waits for the node to start is marked."""

    async def ask(reader: Reader) -> list[Event]:
        keys = [device] if device else [each.key for each in await reader.devices()]
        return [event for key in keys for event in await _kept(reader, key)]

    place = which_place(cache, settings)
    kept = read_cache(place, ask) if not isinstance(place, Path) or place.exists() else []
    left = [event for _, event in waiting(which_cache(cache, settings)) if device in ("", event.subject)]
    rows = [*(_row(event, waits=True) for event in left if event not in kept), *(_row(event, waits=False) for event in kept)]
    rows.sort(key=lambda row: str(row["at"]), reverse=True)
    if form is Form.JSON:
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
    elif rows:
        head = (say("Time"), say("Device"), say("By"), say("Act"), say("Serial"), say("Checks"), say("Because"))
        for line in columns([head, *map(_line, rows)]):
            tell(line)
    else:
        tell(say("No records yet."))


async def _kept(reader: Reader, key: str) -> list[Event]:
    """Every record of a device, page by page through its events."""
    found: list[Event] = []
    end_ms = 1 << 53
    while True:
        page = await reader.events(0, end_ms, key, _PAGE)
        found += [event for event in page if event.kind is EventKind.DEVICE_COMMISSIONED]
        if len(page) < _PAGE:
            return found
        end_ms = page[-1].at_ms


def _row(event: Event, waits: bool) -> Row:
    """As in the JSON."""
    readings = {name.removeprefix(READING): value for name, value in event.data.items() if name.startswith(READING)}
    said: Row = {name: value for name, value in event.data.items() if not name.startswith(READING)}
    at = datetime.fromtimestamp(event.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {"at": at, "device": event.subject, **said, "readings": readings, "waits_for_node": waits}


def _line(row: Row) -> tuple[str, ...]:
    at_ms = round(datetime.fromisoformat(str(row["at"])).timestamp() * 1000)
    words = {"added": say("added"), "checked": say("checked")}
    act = words.get(str(row.get("act")), str(row.get("act")))
    act = say("{act}, waits for the node", act=act) if row["waits_for_node"] else act
    doubts = f"{row.get('refused') or ''} {row.get('questioned') or ''}".strip()
    serial, because = str(row.get("serial") or "—"), str(row.get("because") or "—")
    return moment(at_ms), str(row["device"]), str(row.get("by") or "—"), act, serial, doubts or say("passed"), because
