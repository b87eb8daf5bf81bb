"""Events, where readers look for them, and what they say of what is missing."""

from collections.abc import Sequence

import msgspec

from backend.model.event import Event
from backend.store.tiers.holes import Holes
from backend.store.tiers.tables import Tables

_encode = msgspec.msgpack.Encoder().encode


def encode_data(event: Event) -> bytes:
    """What an event says, as it is kept."""
    return _encode(event.data)


def write_events(tables: Tables, events: Sequence[Event]) -> None:
    """Write them within the caller's transaction, with the rows of the gap ledger that follow from them."""
    sql = "INSERT INTO event (at_ms, kind, subject, data) VALUES (?, ?, ?, ?)"
    holes = Holes(tables)
    for event in events:
        tables.execute(sql, (event.at_ms, event.kind.value, event.subject, encode_data(event)))
        holes.take(event)
