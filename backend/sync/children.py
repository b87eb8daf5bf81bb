"""How this node's children are doing: who sends, who is silent, who comes back, and whether all that it kept is here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.model.clock import Clock
from backend.model.event import Event, EventKind, EventValue
from backend.model.sync import ChildStatus
from backend.store.exchange import Incoming

RATE_OVER_S = 600.0
"""What a child usually sends is judged over about this time."""


@dataclass(slots=True)
class _Child:
    status: ChildStatus
    heard_at: float
    """By the steady clock."""
    took_at: float
    silent_since_ms: int | None = None
    """Since it was last heard, until all that it kept is here."""
    back_ms: int | None = None
    back_late: int = 0
    per_s: float = 0.0
    """Readings a second, as it usually is."""
    recovered: int = 0
    """Readings of the time in which it was silent that have arrived since."""


class Children:
    """Turns requests, and their absence, into events. Pure but for what it remembers."""

    def __init__(self, clock: Clock, silent_s: float, known: Sequence[ChildStatus] = ()) -> None:
        """``known`` are those that the last status told of: a child that never comes back is silent too."""
        self._clock = clock
        self._silent_s = silent_s
        now = clock.monotonic()
        self._children = {each.node: _Child(each, now, now, each.heard_ms if each.silent else None) for each in known}

    @property
    def statuses(self) -> tuple[ChildStatus, ...]:
        """Every child, by name."""
        return tuple(self._children[node].status for node in sorted(self._children))

    def heard(self, node: str, late: int | None = None) -> list[Event]:
        """A request of this child was believed; ``late`` readings still wait there, where it says so."""
        now_ms, now = self._clock.now_ms(), self._clock.monotonic()
        child = self._children.setdefault(node, _Child(ChildStatus(node, None, False, 0, 0), now, now))
        child.heard_at = now
        if late is None:
            return []
        events: list[Event] = []
        if child.status.silent:
            since_ms = child.silent_since_ms or now_ms
            child.silent_since_ms, child.back_ms, child.back_late, child.recovered = since_ms, now_ms, late, 0
            events.append(self._event(EventKind.CHILD_BACK, node, {"since_ms": since_ms, "late": late}))
        child.status = replace(child.status, heard_ms=now_ms, silent=False, late=late)
        if child.back_ms is not None and not late:
            events.append(self._caught_up(child))
        return events

    def took(self, node: str, batches: Sequence[Incoming]) -> None:
        """Readings of this child were kept."""
        child = self._children.get(node)
        if child is None:
            return
        count = sum(each.batch.header.readings for each in batches)
        if child.back_ms is None or child.silent_since_ms is None:
            now = self._clock.monotonic()
            fading = max(0.0, 1.0 - (now - child.took_at) / RATE_OVER_S)
            child.per_s, child.took_at = child.per_s * fading + count / RATE_OVER_S, now
            return
        since_ms, back_ms = child.silent_since_ms, child.back_ms
        headers = [each.batch.header for each in batches]
        child.recovered += sum(header.readings for header in headers if since_ms <= header.sealed_ms < back_ms)

    def doubted(self, node: str, quarantined: int) -> None:
        """So many batches of this child lie in quarantine."""
        child = self._children.get(node)
        if child is not None:
            child.status = replace(child.status, quarantined=quarantined)

    def look(self) -> list[Event]:
        """Who has become silent; to be called now and then."""
        now = self._clock.monotonic()
        events: list[Event] = []
        for child in self._children.values():
            if child.status.silent or now - child.heard_at < self._silent_s:
                continue
            child.status = replace(child.status, silent=True)
            if child.silent_since_ms is None:
                child.silent_since_ms = child.status.heard_ms or self._clock.now_ms()
            child.back_ms = None
            events.append(self._event(EventKind.CHILD_SILENT, child.status.node, {"since_ms": child.silent_since_ms}))
        return events

    def _caught_up(self, child: _Child) -> Event:
        since_ms, to_ms = child.silent_since_ms or 0, child.back_ms or 0
        expected = max(child.per_s * (to_ms - since_ms) / 1000, child.back_late)
        share = min(1.0, child.recovered / expected) if expected >= 1.0 else 1.0
        child.silent_since_ms = child.back_ms = None
        child.took_at = self._clock.monotonic()
        data: dict[str, EventValue] = {"since_ms": since_ms, "to_ms": to_ms, "recovered": round(share, 4)}
        return self._event(EventKind.CHILD_CAUGHT_UP, child.status.node, data)

    def _event(self, kind: EventKind, node: str, data: dict[str, EventValue]) -> Event:
        return Event(self._clock.now_ms(), kind, f"node:{node}", data)
