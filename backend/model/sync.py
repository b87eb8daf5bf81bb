"""How a node stands with its parent and its children: kept under ("sync", "main") for faces, tools and the API."""

from dataclasses import dataclass, field
from enum import StrEnum


class LinkState(StrEnum):
    """Of the line to the parent."""

    NO_PARENT = "no_parent"
    NOT_ENROLLED = "not_enrolled"
    """No certificate: the parent does not know this node."""
    WAITING = "waiting"
    """Applied; an operator has not confirmed it yet."""
    CONNECTED = "connected"
    """The last request was answered."""
    CUT = "cut"
    """The parent does not answer."""
    REFUSED = "refused"
    """The parent knows this node's key no more."""


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """One child, as its parent sees it."""

    node: str
    heard_ms: int | None
    """Last request that was believed."""
    silent: bool
    late: int
    """Readings that the child says it still has to send."""
    quarantined: int
    """Batches of this child that lie in quarantine."""


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """lost / late / quarantined, always shown together."""

    link: LinkState = LinkState.NO_PARENT
    parent: str = ""
    """Address of the parent, without credentials."""
    since_ms: int | None = None
    """When the link came into this state."""
    trouble: str = ""
    """Why the parent cannot be had, in the system's own words."""
    sent_ms: int | None = None
    """When the parent last took something, or where this node follows it, gave something."""
    follows: bool = False
    """Whether this node receives from its parent instead of sending."""
    lost: int = 0
    """Readings that are gone for good, from here and from children."""
    late: int = 0
    """Readings that wait to be sent, here and at children."""
    quarantined: int = 0
    """Batches in this node's quarantine."""
    refused: int = 0
    """Batches of this node that its parent did not believe."""
    reconciled_ms: int | None = None
    """When both sides last compared counts and hashes."""
    differing: int = 0
    """Batches in which they differed then, and which are sent again."""
    children: tuple[ChildStatus, ...] = field(default_factory=tuple[ChildStatus, ...])
