"""Pages of what has a time, newest first."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from backend.api.v1.cursors import read_place, write_place
from backend.api.v1.limits import LONGEST_EVENTS_MS, check_range
from backend.api.v1.questions import OfTime
from backend.model.event import Event
from backend.store.contract import Reader

T = TypeVar("T")
LOOKED_AT = 2000


async def page_by_time(
    read: Callable[[int, int], Awaitable[Sequence[T]]],
    at_ms: Callable[[T], int],
    wanted: Callable[[T], bool],
    asked: OfTime,
) -> tuple[list[T], str | None]:
    """A page of the wanted rows, newest first, and the cursor of the next one; ``read`` gives so many before a time.

    Raises ``Problem``. A page looks at ``LOOKED_AT`` rows at most: where few are wanted it is short, and the cursor goes on.
    """
    check_range(asked.from_ms, asked.to_ms, LONGEST_EVENTS_MS)
    newest_ms, skip = read_place(asked.cursor) if asked.cursor else (asked.to_ms - 1, 0)
    rows = await read(min(newest_ms + 1, asked.to_ms), skip + LOOKED_AT)
    chosen: list[T] = []
    seen = skip
    for row in rows[skip:]:
        if len(chosen) == asked.limit:
            break
        seen += 1
        if wanted(row):
            chosen.append(row)
    if seen >= len(rows) and len(rows) < skip + LOOKED_AT:
        return chosen, None
    last_ms = at_ms(rows[seen - 1])
    return chosen, write_place((last_ms, sum(at_ms(row) == last_ms for row in rows[:seen])))


async def page_of_events(
    reader: Reader, asked: OfTime, subject: str | None, wanted: Callable[[Event], bool]
) -> tuple[list[Event], str | None]:
    """A page of the wanted events, and the cursor of the next one. Raises ``Problem``."""
    return await page_by_time(
        lambda end_ms, limit: reader.events(asked.from_ms, end_ms, subject, limit), lambda event: event.at_ms, wanted, asked
    )
