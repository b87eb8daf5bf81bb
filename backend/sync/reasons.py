"""Why a batch is not believed, as the sender, the quarantine and the events call it."""

from enum import StrEnum, auto


class Reason(StrEnum):
    """See ``PROTOCOL.md``."""

    MALFORMED = auto()
    """No batch and signature of the form that is accepted, or its hash differs."""
    UNKNOWN_KEY = auto()
    """Signed by a key that never belonged."""
    REVOKED = auto()
    """Signed by a key that counts no more."""
    FORGED = auto()
    """The signature does not fit the bytes."""
    WRONG_NODE = auto()
    """The key is another node's than the batch names, or the caller does not speak for it."""
    CONFLICT = auto()
    """Other bytes are kept under these numbers."""
    FORKED = auto()
    """Two nodes go by one name, or one was copied."""
    FOREIGN = auto()
    """It speaks of a site that belongs to another node."""
