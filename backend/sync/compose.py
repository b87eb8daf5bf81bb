"""Fills a parcel from an outbox: what defines, then the newest, then the oldest that is missing, a share of each."""

from collections.abc import Sequence

from backend.store.exchange import Outbox
from backend.sync.lanes import LIVE_SHARE, Lag, Load, Piece, within


class Composer:
    """Used by whoever sends: a child to its parent, a parent to its viewers."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._turn = 0

    async def compose(self, lags: Sequence[Lag], parcel_bytes: int) -> list[Piece]:
        """The next parcel, all of it marked as under way; empty where nothing is wanting. Raises ``StorageError``."""
        load = Load.of(parcel_bytes)
        behind = self._in_turn([lag for lag in lags if lag.waiting])
        live_after = {lag.number: lag.newest_after for lag in behind}
        for lag in behind:
            await self._define(lag, load)
        for lag in behind:
            await self._newest(lag, load, live_after[lag.number], round(parcel_bytes * LIVE_SHARE))
        for lag in behind:
            await self._oldest(lag, load)
        return load.pieces

    def _in_turn(self, lags: list[Lag]) -> list[Lag]:
        """Another chain comes first each time."""
        self._turn += 1
        start = self._turn % len(lags) if lags else 0
        return lags[start:] + lags[:start]

    async def _define(self, lag: Lag, load: Load) -> None:
        if load.is_full or lag.defined >= lag.held.last:
            return
        found = await self._outbox.defining(lag.number, lag.defined)
        wanted = [batch for batch in found if lag.must_define or not lag.settled.covers(batch.first, batch.last)]
        taken = load.fill(lag, wanted)
        if len(taken) == len(wanted):
            lag.defined, lag.must_define = lag.held.last, False
        else:
            lag.defined = taken[-1].first if taken else lag.defined

    async def _newest(self, lag: Lag, load: Load, after: int, room: int) -> None:
        if not load.is_full and lag.held.last > after:
            room = min(room, load.room)
            found = await self._outbox.newest(lag.number, after, room)
            load.fill(lag, [batch for batch in found if not lag.settled.covers(batch.first, batch.last)], room)

    async def _oldest(self, lag: Lag, load: Load) -> None:
        for hole in lag.missing:
            if load.is_full:
                return
            batches, absent = within(hole, await self._outbox.oldest(lag.number, hole[0], load.room))
            lag.absent |= absent
            load.fill(lag, batches)
