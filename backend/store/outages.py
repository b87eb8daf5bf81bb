"""From events to rows of the gap ledger: pure rules. What another node says is believed as far as it makes sense."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap, GapKind

NODE = "node"
"""Subject of a node's events about itself."""
MOST = 1 << 53
"""No instant and no count is larger."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What begins with one kind of event and ends with others; one row of the ledger each time."""

    cause: str
    begins: EventKind
    ends: tuple[EventKind, ...]
    settles: EventKind | None = None
    """Says that what was kept meanwhile has arrived."""
    lasting: GapKind = GapKind.NO_DATA
    """What it is while it lasts."""
    over: GapKind = GapKind.NO_DATA
    """What it turns out to be when it is over."""
    own: bool | None = None
    """Whether it is told of the node itself, or of others only; of a child's line, what is seen from here counts."""

    def concerns(self, event: Event) -> bool:
        """Whether an event makes or changes rows."""
        kinds = (self.begins, *self.ends, self.settles)
        return event.kind in kinds and self.own in (None, event.subject == NODE)

    def row(self, began: Event | None, ended: Event | None, settled: Event | None, after_ms: int | None) -> Gap | None:
        """The row between two ends, ``after_ms`` being the first of them; None where nothing was missing."""
        since_ms = _since_ms(began, ended)
        if since_ms is None:
            return None
        from_ms = since_ms if after_ms is None else max(since_ms, after_ms)
        subject = (began or ended or _NOTHING).subject
        if ended is None:
            return Gap(0, subject, self.lasting, self.cause, from_ms, None, None, 0.0)
        if ended.at_ms <= from_ms:
            return None
        share = 0.0 if settled is None else settled_share(settled)
        return Gap(0, subject, self.over, self.cause, from_ms, ended.at_ms, _whole(ended.data.get("late")), share)


OUTAGES = (
    Outage("device_lost", EventKind.DEVICE_LOST, (EventKind.DEVICE_CONNECTED, EventKind.DEVICE_ASLEEP)),
    Outage("node_off", EventKind.NODE_STOPPED, (EventKind.NODE_STARTED,)),
    Outage(
        "uplink",
        EventKind.UPLINK_CUT,
        (EventKind.UPLINK_BACK,),
        EventKind.UPLINK_CAUGHT_UP,
        GapKind.LATE,
        GapKind.LATE,
        own=True,
    ),
    Outage(
        "uplink",
        EventKind.CHILD_SILENT,
        (EventKind.CHILD_BACK,),
        EventKind.CHILD_CAUGHT_UP,
        over=GapKind.LATE,
        own=False,
    ),
)
_NOTHING = Event(0, EventKind.NODE_STARTED, NODE)
_AT_ONCE = {
    EventKind.DATA_LOST: GapKind.LOST,
    EventKind.BATCH_REFUSED: GapKind.REFUSED,
    EventKind.DATA_LATE: GapKind.LATE,
}


def told_at_once(event: Event) -> Gap | None:
    """The row of an event that says from when to when by itself."""
    kind = _AT_ONCE.get(event.kind)
    if kind is None:
        return None
    from_ms, to_ms = span_of(event)
    cause = "thinned" if event.kind is EventKind.DATA_LATE else str(event.data.get("cause") or event.data.get("reason") or "")
    subject = event.subject.rpartition("/")[0] if event.kind is EventKind.DATA_LATE else event.subject
    return Gap(0, subject, kind, cause, from_ms, to_ms, _whole(event.data.get("count")) or 0, 0.0)


def span_of(event: Event) -> tuple[int, int]:
    """From when to when, as an event says in its data; when it happened where it does not."""
    from_ms, to_ms = (_whole(event.data.get(name)) for name in ("from_ms", "to_ms"))
    from_ms = event.at_ms if from_ms is None else from_ms
    return from_ms, from_ms if to_ms is None else max(from_ms, to_ms)


def merged(rows: Sequence[Gap]) -> Gap:
    """One row in place of several that touch each other; the first one's number stays."""
    first = rows[0]
    ends = [row.to_ms for row in rows if row.to_ms is not None]
    counts = [row.count for row in rows if row.count is not None]
    from_ms = min(row.from_ms for row in rows)
    return Gap(first.number, first.subject, first.kind, first.cause, from_ms, max(ends), sum(counts), first.recovered)


def settled_share(event: Event) -> float:
    """Which share has arrived, as the event that settles an outage says; all of it where it says nothing."""
    return _share(event.data.get("recovered", 1.0))


def recovered(row: Gap, events: Sequence[Event]) -> tuple[float, int]:
    """Share of a row's time for which readings came after all, and how many, as these events say."""
    share, count = 0.0, 0
    for event in events:
        from_ms, to_ms = span_of(event)
        if to_ms >= row.from_ms and (row.to_ms is None or from_ms < row.to_ms):
            share += _share(event.data.get("recovered"))
            count += _whole(event.data.get("count")) or 0
    return min(share, 1.0), count


def _since_ms(began: Event | None, ended: Event | None) -> int | None:
    """From when on there was nothing: as the first event says, or as the last one says of what nobody noticed."""
    if began is not None:
        return _whole(began.data.get("since_ms")) or _whole(began.data.get("last_seen_ms")) or began.at_ms
    return None if ended is None else _whole(ended.data.get("since_ms"))


def _whole(value: EventValue) -> int | None:
    if isinstance(value, bool | str) or value is None or not isfinite(value) or not 0 <= value < MOST:
        return None
    return int(value)


def _share(value: EventValue) -> float:
    if isinstance(value, bool | str) or value is None or not isfinite(value):
        return 0.0
    return min(max(float(value), 0.0), 1.0)
