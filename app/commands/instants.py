"""Instants as people write them for a command, and as a command writes them: in a site's own time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.commands.failure import CommandError
from backend.model.message import Message


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A date or time; in this zone where the text names none. Raises ``CommandError``."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            Message("“{text}” is no date or time.", {"text": text}),
            Message("Nothing was read."),
            Message("Write it as 2026-11-23 or 2026-11-23T06:00 or 2026-11-23T06:00+09:00."),
            code=2,
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=zone)


def check_order(first: datetime, last: datetime) -> None:
    """Raises ``CommandError`` where there is nothing in between."""
    if first >= last:
        raise CommandError(
            Message("{first} is not before {last}.", {"first": first.isoformat(), "last": last.isoformat()}),
            Message("Nothing was read."),
            Message("Give an earlier --from, or a later --to."),
            code=2,
        )


def ms_of(at: datetime) -> int:
    """Milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def local(at_ms: int, zone: ZoneInfo) -> str:
    """In the zone with its offset, so that a day begins at 00:00 and no instant is ambiguous."""
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(timespec="milliseconds")
