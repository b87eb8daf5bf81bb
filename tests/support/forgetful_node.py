"""A cloud node behind a bad door, with a planted fault: what it took in before it takes in again.

Arguments as for ``bad_node``.
"""

from collections.abc import Sequence
from typing import Any

from backend.store.exchange import Incoming, Verdict
from backend.store.tiers import receiving
from backend.store.tiers.events import write_events
from tests.support import bad_node

_receive: Any = receiving.Receiving.receive


def receive(self: Any, batches: Sequence[Incoming], now_ms: int) -> list[Verdict]:
    """Keep everything, and tell of it, however often it comes."""
    verdicts: list[Verdict] = _receive(self, batches, now_ms)
    for incoming, verdict in zip(batches, verdicts, strict=True):
        if verdict is Verdict.KNOWN:
            node = incoming.batch.header.node
            write_events(self._database, [receiving._told_of(event, node) for event in incoming.batch.events])
    return verdicts


if __name__ == "__main__":
    setattr(receiving.Receiving, "receive", receive)  # noqa: B010 - a method is not meant to be exchanged
    bad_node.run()
