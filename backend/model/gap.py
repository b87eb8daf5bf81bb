"""The gap ledger: what is not there, why, and how much of it came back."""

from dataclasses import dataclass
from enum import StrEnum


class GapKind(StrEnum):
    """Why something is not there."""

    NO_DATA = "no_data"
    """Nothing was measured or heard: a silent device, a node that was off, a line that is cut (until it is known to be late)."""
    LATE = "late"
    """Measured and kept by a child, and on its way; once recovered the row stays as history."""
    LOST = "lost"
    """Measured, and gone: removed at the cap, on a damaged disk, refused by a full one."""
    REFUSED = "refused"
    """Sent, and not believed."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One row. Rows are made and changed by events alone, in the transaction that keeps the event."""

    number: int
    """In this store."""
    subject: str
    """Key of a device, ``node`` or ``node:<name>``."""
    kind: GapKind
    cause: str
    """Key of the cause, such as ``device_lost``, ``uplink``, ``cap``, ``damaged``, ``disk``, ``forged``."""
    from_ms: int
    to_ms: int | None
    """None while it lasts."""
    count: int | None
    """Readings concerned, where that is known."""
    recovered: float
    """Share that is there after all, 0 to 1."""
