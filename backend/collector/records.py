"""Records of commissioning: an event each. Without a running node they wait in files beside its cache until one takes them.

A file is removed after its event is on disk; one that was taken already is known by its time and subject.
"""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from backend.model.delivery import Delivery, Sink
from backend.model.device import Nameplate
from backend.model.event import Event, EventKind, EventValue
from backend.model.point import PointSpec
from backend.model.reading import Reading
from backend.quality.commissioning.look import Finding
from backend.store.contract import Reader

_MOST_READINGS = 60
READING = "reading."
"""Begins the keys of readings in a record; followed by the point's name and, after a space, its unit."""
_log = structlog.get_logger(__name__)


def record(
    at_ms: int,
    device: str,
    facts: Mapping[str, EventValue],
    plate: Nameplate,
    readings: Mapping[str, Reading],
    specs: Mapping[str, PointSpec],
    findings: Sequence[Finding],
) -> Event:
    """The event that keeps who took a device into service, when, and what it said; ``facts`` come first."""
    data: dict[str, EventValue] = dict(facts)
    data |= {"maker": plate.maker, "model": plate.model, "serial": plate.serial, "version": plate.version}
    data["refused"] = " ".join(sorted({finding.check.value for finding in findings if finding.refuses}))
    data["questioned"] = " ".join(sorted({finding.check.value for finding in findings if not finding.refuses}))
    for name, reading in list(readings.items())[:_MOST_READINGS]:
        unit = specs[name].unit.value if name in specs else ""
        data[f"{READING}{name} {unit}".strip()] = reading.value
    return Event(at_ms, EventKind.DEVICE_COMMISSIONED, device, data)


def folder(cache: Path) -> Path:
    """Where records wait."""
    return cache.with_name(cache.name + ".records")


def leave(cache: Path, event: Event) -> Path:
    """Let a record wait for the node; on disk when this returns. Raises ``OSError``."""
    home = folder(cache)
    home.mkdir(mode=0o700, exist_ok=True)
    name = f"{event.at_ms}-{secrets.token_hex(4)}"
    draft, final = home / f"{name}.part", home / f"{name}.json"
    with draft.open("x", encoding="utf-8") as file:
        json.dump({"at_ms": event.at_ms, "subject": event.subject, "data": event.data}, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(final)
    return final


def waiting(cache: Path) -> list[tuple[Path, Event]]:
    """Records that no node has taken yet, the oldest first; what cannot be read is left where it lies."""
    found: list[tuple[Path, Event]] = []
    for path in sorted(folder(cache).glob("*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            event = Event(int(content["at_ms"]), EventKind.DEVICE_COMMISSIONED, str(content["subject"]), dict(content["data"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("a record cannot be read", file=str(path), why=str(error))
            continue
        found.append((path, event))
    return found


async def take(cache: Path, sink: Sink, reader: Reader) -> int:
    """Make events of what waits; how many. Raises ``StorageError`` and leaves what is not on disk."""
    taken = 0
    for path, event in await asyncio.to_thread(waiting, cache):
        known = await reader.events(event.at_ms, event.at_ms + 1, event.subject)
        if not any(each.kind is event.kind and each.data == event.data for each in known):
            await sink.accept(Delivery(events=(event,), urgent=True))
            taken += 1
        with contextlib.suppress(OSError):
            await asyncio.to_thread(path.unlink, missing_ok=True)
    return taken
