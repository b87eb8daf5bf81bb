"""``enemado latest``: the newest reading of every point, with unit, quality and age."""

import json
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.commands.cache import clock_of, read_cache
from app.commands.columns import columns
from app.commands.options import CacheOption, JsonOption, SettingsOption
from app.commands.places import which_place
from app.commands.points import no_such_point
from app.commands.speech import say, tell, texts
from app.kit.i18n import Texts
from app.kit.presenters.vocabulary import quality_word
from backend.model.point import LINK, Point, Unit
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import STATES, Connectivity
from backend.store.contract import Reader

HELP = say("The newest reading of every point: value, unit, quality, age.")
Row = dict[str, str | float | None]


def latest(
    prefix: Annotated[str, typer.Argument(help=say("Only points whose key begins so, such as a site or site/device."))] = "",
    cache: CacheOption = None,
    settings: SettingsOption = None,
    as_json: JsonOption = False,
) -> None:
    """The newest reading of every point: value, unit, quality, age."""
    known, told = read_cache(which_place(cache, settings), _known_and_told)
    if prefix and known and not any(key.startswith(prefix) for key in known):
        raise no_such_point(prefix, known)
    rows = [row for row in told if str(row["point"]).startswith(prefix)]
    if as_json:
        tell(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        tell(say("No readings yet."))
        return
    voice = texts()
    head = (say("Point"), say("Value"), say("Unit"), say("Quality"), say("Age"))
    for line in columns([head, *(_words(row, voice) for row in rows)]):
        tell(line)


def _words(row: Row, voice: Texts) -> tuple[str, ...]:
    quality = quality_word(voice, Quality[str(row["quality"])])
    return str(row["point"]), _value(row), _unit(row), quality, voice.age(_age_ms(row))


async def _known_and_told(reader: Reader) -> tuple[list[str], list[Row]]:
    return [point.key for point in await reader.points()], await _rows(reader)


async def _rows(reader: Reader) -> list[Row]:
    clock = await clock_of(reader)
    points = {point.key: point for point in await reader.points()}
    readings = await reader.latest()
    lost = {status.device for status in await reader.statuses() if status.connectivity is Connectivity.LOST}
    known = {key: _as_of_now(readings[key], points[key], lost) for key in sorted(readings) if key in points}
    return [row_of(points[key], reading, clock.now_ms()) for key, reading in known.items()]


def _as_of_now(reading: Reading, point: Point, lost: Container[str]) -> Reading:
    """What was good when it came is only the last thing known once the device is lost (domain.md section 7)."""
    if point.device not in lost or point.spec.name == LINK.name or not reading.quality.is_good:
        return reading
    return reading._replace(quality=Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)


def row_of(point: Point, reading: Reading, now_ms: int) -> Row:
    """One row as in the JSON; states by name, times in UTC."""
    return {
        "point": point.key,
        "value": reading.value,
        "state": _state(point, reading),
        "unit": point.spec.unit.value,
        "quality": reading.quality.name,
        "flags": reading.flags.name or "",
        "at": datetime.fromtimestamp(reading.at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
        "age_s": round((now_ms - reading.at_ms) / 1000, 3),
    }


def _state(point: Point, reading: Reading) -> str | None:
    vocabulary = STATES.get(point.spec.states) if point.spec.states else None
    if vocabulary is None or reading.value is None:
        return None
    code = int(reading.value)
    return next((member.name for member in vocabulary if member.value == code), str(code))


def _value(row: Mapping[str, str | float | None]) -> str:
    value = row["value"]
    if row["state"] is not None:
        return str(row["state"])
    return "—" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _unit(row: Row) -> str:
    return "" if row["unit"] in (Unit.STATE.value, Unit.RATIO.value) else str(row["unit"])


def _age_ms(row: Row) -> int:
    age = row["age_s"]
    return round(age * 1000) if isinstance(age, float) else 0
