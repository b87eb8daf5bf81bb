"""Events that are gone from where readers look for them, out of the batches that brought them."""

from backend.store.sqlite.database import Database
from backend.store.tiers.events import encode_data
from backend.wire.batch import unseal

_THERE = "SELECT 1 FROM event WHERE subject = ? AND at_ms = ? AND kind = ? AND data = ?"
_WRITE = "INSERT INTO event (subject, at_ms, kind, data) VALUES (?, ?, ?, ?)"


def restore_events(draft: Database) -> None:
    """Of this node's own batches, as far as the journal reaches back."""
    with draft.transaction():
        for (body,) in draft.execute("SELECT body FROM batch WHERE span > readings ORDER BY first").fetchall():
            for event in unseal(body).events:
                row = (event.subject, event.at_ms, event.kind.value, encode_data(event))
                if draft.one(_THERE, row) is None:
                    draft.execute(_WRITE, row)
