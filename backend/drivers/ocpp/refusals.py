"""Memory of who was sent away: bounded, and a flood of strangers cannot fill the store."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from backend.drivers.ocpp.rate import Bucket
from backend.drivers.ocpp.security import Caller, Reason
from backend.model.event import Event, EventKind

_KEPT: Final = 256
_SHOWN: Final = 64
_AGAIN_MS: Final = 10 * 60_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """One stranger, by claimed identity and address."""

    claimed: str
    peer: str
    reason: Reason
    certificate: str
    first_ms: int
    last_ms: int
    count: int = 1
    detail: str = ""
    """More on the reason, such as what OpenSSL says of a certificate."""
    told_ms: int | None = None
    """When it was last recorded as an event."""


class Refusals:
    """The newest strangers; the one not seen for longest is forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Refusal] = OrderedDict()
        self._bucket = Bucket(20, 60.0)

    @property
    def known(self) -> tuple[Refusal, ...]:
        """Least recently seen first."""
        return tuple(self._known.values())

    def remember(self, caller: Caller, reason: Reason, now_ms: int, detail: str = "") -> Event | None:
        """Count it; the event to record, where it is worth one."""
        claimed = caller.claimed[:_SHOWN].encode("utf-8", "replace").decode()
        key = (claimed, caller.peer)
        seen = self._known.pop(key, None)
        if seen is None:
            seen = Refusal(claimed, caller.peer, reason, ", ".join(caller.certified)[:_SHOWN], now_ms, now_ms, detail=detail)
        else:
            seen = replace(seen, reason=reason, detail=detail, last_ms=now_ms, count=seen.count + 1)
        event = self._event(seen) if seen.told_ms is None or now_ms - seen.told_ms >= _AGAIN_MS else None
        self._known[key] = replace(seen, told_ms=now_ms) if event is not None else seen
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return event

    def _event(self, seen: Refusal) -> Event | None:
        missed = self._bucket.take(seen.last_ms / 1000)
        if missed is None:
            return None
        return Event(
            seen.last_ms,
            EventKind.DEVICE_REFUSED,
            "node",
            {
                "claimed": seen.claimed,
                "peer": seen.peer,
                "reason": seen.reason.value,
                "detail": seen.detail,
                "certificate": seen.certificate,
                "first_seen_ms": seen.first_ms,
                "last_seen_ms": seen.last_ms,
                "count": seen.count,
                "untold": missed,
            },
        )
