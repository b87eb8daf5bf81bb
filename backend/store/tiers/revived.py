"""Hours of long ago whose readings came lately, for instance out of a file: these stay for as long as fresh ones do."""

from backend.store.calendar import DAY_MS
from backend.store.tiers.meta import Meta


class Revived:
    """From the oldest such hour on nothing goes, until the last of them came as long ago as single readings are kept."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta

    def note(self, hour: int, now_ms: int) -> None:
        """Readings of an hour came that is older than single readings are kept; within the caller's transaction."""
        self._meta.set(Meta.REVIVED_HOUR, min(self._meta.get(Meta.REVIVED_HOUR, hour), hour))
        self._meta.set(Meta.REVIVED_MS, now_ms)

    def spare(self, before: int, raw_days: float | None, now_ms: int) -> int:
        """Hours before this one may go, of those before ``before``."""
        since_ms = self._meta.get(Meta.REVIVED_MS, None)
        if since_ms is None or raw_days is None or now_ms - since_ms >= raw_days * DAY_MS:
            return before
        return min(before, self._meta.get(Meta.REVIVED_HOUR, before))
