"""Single figures that the store remembers."""

from typing import Any

from backend.store.tiers.tables import WritableTables

_SET = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class Meta:
    """Key and value in the ``meta`` table."""

    FOLDED = "folded"
    """First sequence number that is not in fragments or chunks yet."""
    RECEIVED = "received"
    """The same for batches of other nodes, which are counted in the order in which they came."""
    RUN = "run"
    """Number of the next fold run."""
    CLOSED_HOUR = "closed_hour"
    """Hours before this one are sealed as soon as they hold fragments."""
    CLOSED_DAY = "closed_day"
    """UTC days before this one are in the hours and days."""
    AGED_MS = "aged_ms"
    """By this time things have aged; behind the clock for a while after a jump ahead."""
    THINNED_HOUR = "thinned_hour"
    """Raw readings before this hour are gone; what comes late for an hour that was rolled up changes no roll-up."""
    REVIVED_HOUR = "revived_hour"
    """The oldest hour before that one for which readings came that had none yet."""
    REVIVED_MS = "revived_ms"
    """When such readings came last."""
    GIVEN_UP = "given_up"
    """Counts removals of what the parent does not have."""
    CAP = "cap"
    EPOCH = "epoch"
    RESTORED = "restored"
    """When these tables were brought back from a backup; in a file, 0 once the new epoch has begun."""
    DEFINED = "defined"
    """Counts changes of sites, devices and points."""

    def __init__(self, database: WritableTables) -> None:
        self._database = database

    def get(self, key: str, default: Any = 0) -> Any:
        """The value, or the default."""
        value = self._database.one("SELECT value FROM meta WHERE key = ?", (key,))
        return default if value is None else value

    def set(self, key: str, value: Any) -> None:
        """Within the caller's transaction."""
        self._database.execute(_SET, (key, value))

    def count_up(self, key: str) -> None:
        """One more, within the caller's transaction."""
        self.set(key, self.get(key) + 1)
