"""When a device came back as another one: counters are never differenced across that."""

import msgspec

from backend.model.event import EventKind, EventValue
from backend.store.calendar import HOUR_MS
from backend.store.intervals import Carry
from backend.store.tiers.points import PointFacts
from backend.store.tiers.tables import Tables

_decoder = msgspec.msgpack.Decoder(dict[str, EventValue])


def replaced_ms(connection: Tables, facts: PointFacts, hour: int, carry: Carry) -> tuple[int, ...]:
    """Replacements of a counter's device after its last sure reading, until the end of the hour."""
    if facts.counter is None:
        return ()
    sql = "SELECT at_ms, data FROM event WHERE subject = ? AND at_ms > ? AND at_ms < ? AND kind = ? ORDER BY at_ms"
    span = carry.counter.at_ms or 0, (hour + 1) * HOUR_MS
    rows = connection.execute(sql, (facts.point.device, *span, EventKind.DEVICE_IDENTIFIED.value))
    return tuple(at_ms for at_ms, data in rows if _decoder.decode(data).get("replaced"))
