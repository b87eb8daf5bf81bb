"""Events, where readers look for them."""

from collections.abc import Iterable

import msgspec

from backend.model.event import Event
from backend.store.tiers.tables import Tables

_encode = msgspec.msgpack.Encoder().encode


def write_events(tables: Tables, events: Iterable[Event]) -> None:
    """Write them within the caller's transaction."""
    sql = "INSERT INTO event (at_ms, kind, subject, data) VALUES (?, ?, ?, ?)"
    for event in events:
        tables.execute(sql, (event.at_ms, event.kind.value, event.subject, _encode(event.data)))
