"""Events, where readers look for them."""

from collections.abc import Iterable

import msgspec

from backend.model.event import Event, EventKind
from backend.store.tiers.tables import Tables

_encode = msgspec.msgpack.Encoder().encode


def write_events(tables: Tables, events: Iterable[Event]) -> None:
    """Write them within the caller's transaction."""
    sql = "INSERT INTO event (at_ms, kind, subject, data) VALUES (?, ?, ?, ?)"
    for event in events:
        tables.execute(sql, (event.at_ms, event.kind.value, event.subject, _encode(event.data)))


def lost_in(events: Iterable[Event]) -> int:
    """How many readings these say are lost."""
    return sum(int(event.data.get("count") or 0) for event in events if event.kind is EventKind.DATA_LOST)
