"""Who is not registered, and what nobody understands: remembered within bounds, and told without filling the store."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

from backend.model.event import Event, EventKind, EventValue

_KEPT: Final = 256
_SHOWN: Final = 64
_AGAIN_MS: Final = 10 * 60_000
_MOST: Final = 20
"""So many events within ``_SPAN_MS``, whoever they are about."""
_SPAN_MS: Final = 20 * 60_000


@dataclass(slots=True)
class _Seen:
    first_ms: int
    last_ms: int
    count: int = 0
    told_ms: int | None = None


class Strangers:
    """The newest ones; the one not seen for longest is forgotten first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, str], _Seen] = OrderedDict()
        self._told: deque[int] = deque(maxlen=_MOST)
        self._untold = 0

    def refused(self, claimed: str, peer: str, reason: str, detail: str, now_ms: int) -> Event | None:
        """Somebody unregistered: the event to record, where it is worth one."""
        seen, is_due = self._look(_shown(claimed), _shown(peer), reason, now_ms)
        if not is_due:
            return None
        data: dict[str, EventValue] = {
            "claimed": _shown(claimed),
            "peer": _shown(peer),
            "reason": reason,
            "detail": _shown(detail),
            "first_seen_ms": seen.first_ms,
            "last_seen_ms": seen.last_ms,
            "count": seen.count,
            "untold": self._take_untold(),
        }
        return Event(now_ms, EventKind.DEVICE_REFUSED, "node", data)

    def malformed(self, device: str, what: str, excerpt: bytes, now_ms: int) -> Event | None:
        """A registered device said something that nobody understands: the event to record, where it is worth one."""
        _, is_due = self._look(device, "", what, now_ms)
        if not is_due:
            return None
        shown = excerpt[:_SHOWN].decode("utf-8", "backslashreplace")
        data: dict[str, EventValue] = {"what": what[:120], "excerpt": shown, "untold": self._take_untold()}
        return Event(now_ms, EventKind.MALFORMED, device, data)

    def _look(self, claimed: str, peer: str, reason: str, now_ms: int) -> tuple[_Seen, bool]:
        key = (claimed, peer, reason)
        seen = self._seen.pop(key, None) or _Seen(now_ms, now_ms)
        self._seen[key] = seen
        if len(self._seen) > _KEPT:
            self._seen.popitem(last=False)
        seen.last_ms, seen.count = now_ms, seen.count + 1
        again = seen.told_ms is None or now_ms - seen.told_ms >= _AGAIN_MS
        crowded = len(self._told) == _MOST and now_ms - self._told[0] < _SPAN_MS
        if not again or crowded:
            self._untold += again
            return seen, False
        seen.told_ms = now_ms
        self._told.append(now_ms)
        return seen, True

    def _take_untold(self) -> int:
        untold, self._untold = self._untold, 0
        return untold


def _shown(text: str) -> str:
    return text[:_SHOWN].encode("utf-8", "replace").decode()
