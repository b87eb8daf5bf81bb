"""Where the next page begins: opaque to clients, so that it may change."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from backend.http.problems import Problem

T = TypeVar("T")
Place = tuple[int, int]
"""An instant in milliseconds and how many rows of it have been given already."""
_MOST_SKIPPED = 100_000


def page_by_key(rows: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int) -> tuple[list[T], str | None]:
    """The page of rows after the cursor, by key, and the cursor of the next one."""
    after = _read(cursor, str) if cursor is not None else ""
    rest = sorted((row for row in rows if key(row) > after), key=key)
    page = rest[:limit]
    return page, _write(key(page[-1])) if len(rest) > limit else None


def write_place(place: Place) -> str:
    """A cursor into a list by time."""
    return _write(place)


def read_place(cursor: str) -> Place:
    """Back again. Raises ``Problem``."""
    at_ms, skipped = _read(cursor, Place)
    if not 0 <= skipped <= _MOST_SKIPPED or not abs(at_ms) < 1 << 53:
        raise _unknown()
    return at_ms, skipped


def _write(content: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).decode().rstrip("=")


def _read(cursor: str, shape: type[T]) -> T:
    try:
        body = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(body, type=shape)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise _unknown() from error


def _unknown() -> Problem:
    return Problem(400, "cursor", "This cursor was not given by this API; begin again without one.")
