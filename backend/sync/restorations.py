"""A child whose store began anew: what of its former life is here only."""

from collections.abc import Sequence

from backend.model.clock import Clock
from backend.model.event import Event, EventKind
from backend.store.exchange import ChainState, Incoming

_BEGUN_FOR_THE_FIRST_TIME = "new"


def restorations(batches: Sequence[Incoming], chains: Sequence[ChainState], clock: Clock) -> list[Event]:
    """An event for each new epoch that one of these batches tells of."""
    return [
        _restored(incoming, chains, clock)
        for incoming in batches
        for event in incoming.batch.events
        if event.kind is EventKind.EPOCH_STARTED and event.data.get("cause") != _BEGUN_FOR_THE_FIRST_TIME
    ]


def may_tell(batches: Sequence[Incoming]) -> bool:
    """Whether it is worth while to ask for the chains."""
    return any(event.kind is EventKind.EPOCH_STARTED for incoming in batches for event in incoming.batch.events)


def _restored(incoming: Incoming, chains: Sequence[ChainState], clock: Clock) -> Event:
    header = incoming.batch.header
    former = [each.held.last for each in chains if each.chain.node == header.node and each.chain.epoch != header.epoch]
    behind = max(0, max(former, default=0) - (header.first - 1))
    data = {"epoch": header.epoch.hex(), "behind": behind}
    return Event(clock.now_ms(), EventKind.CHILD_RESTORED, f"node:{header.node}", {**data})
