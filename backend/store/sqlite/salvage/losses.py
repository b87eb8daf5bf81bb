"""What is gone for good, as events: whoever looks at history finds every hole explained."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from backend.model.event import Event, EventKind
from backend.store.calendar import HOUR_MS
from backend.store.outages import NODE
from backend.store.sqlite.database import Database
from backend.store.tiers.keys import LARGEST_POINT, POINT_BITS, key_of
from backend.wire.batch import unseal

CAUSE = "damaged"
BEFORE_SEALING_MS = 10_000
"""Readings may be so much older than the batch before theirs."""


def lost_readings(now_ms: int, subject: str, from_ms: int, to_ms: int, count: int | None) -> Event:
    """Readings that are gone; None where nobody knows how many."""
    data = {"from_ms": from_ms, "to_ms": to_ms, "count": count, "cause": CAUSE}
    return Event(now_ms, EventKind.DATA_LOST, subject, {**data})


def lost_hours(draft: Database, keys: Iterable[int], now_ms: int) -> Iterator[Event]:
    """Of these chunks, one event for each stretch of hours of a point."""
    by_point = sorted(keys, key=lambda key: (key & LARGEST_POINT, key))
    for number, several in groupby(by_point, lambda key: key & LARGEST_POINT):
        subject = draft.one("SELECT key FROM point WHERE number = ?", (number,))
        hours = [key >> POINT_BITS for key in several]
        for _, stretch in groupby(enumerate(hours), lambda each: each[1] - each[0]):
            first, *_, last = [hour for _, hour in stretch] * 2
            count = _usual_count(draft, number, first)
            known = None if count is None else count * (last - first + 1)
            yield lost_readings(now_ms, str(subject), first * HOUR_MS, (last + 1) * HOUR_MS, known)


def lost_anywhere(draft: Database, now_ms: int) -> Event:
    """Where a good part of a file is gone, nobody knows what was in it."""
    oldest = draft.one("SELECT min(at_ms) FROM event") or 0
    return lost_readings(now_ms, NODE, min(oldest, now_ms), now_ms, None)


def lost_batches(draft: Database, folded: int, rebuilt: frozenset[int], now_ms: int, last: int | None) -> Iterator[Event]:
    """Of sequence numbers that nobody has: where the fold had not taken them, or their hours had to be made anew.

    ``folded`` is the first number that had not been folded, ``rebuilt`` are hours that only batches could give back,
    ``last`` is the last number that there was; None where nobody knows whether what is there now was the last.
    """
    before: tuple[int, int] | None = None
    expected = folded
    for first, span, sealed_ms in draft.execute("SELECT first, span, sealed_ms FROM batch ORDER BY first").fetchall():
        if before is not None:
            expected = before[0] + before[1]
        if first > expected:
            from_ms = min(_since_ms(draft, before), sealed_ms)
            if first > folded:
                yield lost_readings(now_ms, NODE, from_ms, sealed_ms, first - max(expected, folded))
            elif rebuilt & set(range(from_ms // HOUR_MS, sealed_ms // HOUR_MS + 1)):
                yield lost_readings(now_ms, NODE, from_ms, sealed_ms, None)
        before = first, span
    expected = folded if before is None else before[0] + before[1]
    if last is None or last >= expected:
        since_ms = _since_ms(draft, before)
        count = None if last is None else last - expected + 1
        yield lost_readings(now_ms, NODE, min(since_ms, now_ms), max(since_ms, now_ms), count)


def _since_ms(draft: Database, before: tuple[int, int] | None) -> int:
    """From when on the readings of the batch after this one may be: as old as the first reading of this one, at least."""
    if before is None:
        newest = draft.one("SELECT max(id) FROM chunk")
        return 0 if newest is None else (newest >> POINT_BITS) * HOUR_MS
    sealed_ms, body = draft.execute("SELECT sealed_ms, body FROM batch WHERE first = ?", before[:1]).fetchone()
    at_ms = unseal(body).readings.at_ms
    first_ms = int(at_ms.min()) if len(at_ms) else sealed_ms
    return min(max(first_ms, sealed_ms - HOUR_MS), sealed_ms - BEFORE_SEALING_MS)


def _usual_count(draft: Database, number: int, hour: int) -> int | None:
    """Readings of the nearest hour before or after that is there, as the best guess."""
    for sql in (
        "SELECT readings FROM chunk WHERE id < ? AND id & ? = ? ORDER BY id DESC LIMIT 1",
        "SELECT readings FROM chunk WHERE id > ? AND id & ? = ? ORDER BY id LIMIT 1",
    ):
        count = draft.one(sql, (key_of(hour, number), LARGEST_POINT, number))
        if count is not None:
            return int(count)
    return None
