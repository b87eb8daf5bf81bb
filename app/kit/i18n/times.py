"""Dates and times in the time zone of a site, in the language's own order."""

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name, kept. Raises ``ZoneInfoNotFoundError``."""
    return ZoneInfo(name)


def local(at_ms: int, timezone: str) -> datetime:
    """The moment as wall-clock time of a zone."""
    return datetime.fromtimestamp(at_ms / 1000, zone(timezone))


def clock_time(at_ms: int, timezone: str, seconds: bool = False) -> str:
    """``11:42``, or ``11:42:07``: the same in every language, so that it can be read from afar."""
    return local(at_ms, timezone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day_of(at_ms: int, timezone: str) -> date:
    """The calendar day of a zone in which the moment lies."""
    return local(at_ms, timezone).date()


def short_date(day: date, language: str) -> str:
    """Day, month and weekday: ``11月23日(月)``, ``Mon, Nov 23``."""
    from babel.dates import format_skeleton

    return format_skeleton("MMMEd", datetime.combine(day, time(), zone("UTC")), locale=language)


def month_name(day: date, language: str) -> str:
    """The month as it stands alone: ``11月``, ``November``."""
    from babel.dates import format_date

    return format_date(day, "LLLL", locale=language)


def long_date(day: date, language: str) -> str:
    """With the year: ``2026年11月23日``, ``Nov 23, 2026``."""
    from babel.dates import format_date

    return format_date(day, "long" if language.startswith("ja") else "medium", locale=language)


def zone_name(at_ms: int, timezone: str) -> str:
    """The zone's short name at that moment, such as ``JST``."""
    return local(at_ms, timezone).tzname() or timezone
