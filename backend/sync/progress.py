"""How far the parent is behind, chain by chain: what it said, what it acknowledged since, and what is to be sent next."""

from collections.abc import Mapping, Sequence

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.store.contract import SharedStore
from backend.store.exchange import Outbox
from backend.sync.compose import Composer
from backend.sync.lanes import Lag, Piece
from backend.sync.messages import HeldChain


class Progress:
    """The uplink's cursor: spans of every chain. The parent knows best; the store remembers for the time without a line."""

    def __init__(self, outbox: Outbox, store: SharedStore) -> None:
        self._outbox = outbox
        self._store = store
        self._lags: dict[int, Lag] = {}
        self._kept: dict[int, Spans] = {}
        self._composer = Composer(outbox)

    @property
    def lags(self) -> Sequence[Lag]:
        """Every chain, the present one of this node first."""
        return list(self._lags.values())

    @property
    def present(self) -> Lag | None:
        """The chain that this node seals now."""
        return next((lag for lag in self._lags.values() if lag.own), None)

    def lag(self, number: int) -> Lag:
        """One of them."""
        return self._lags[number]

    async def refresh(self) -> None:
        """Take over what was committed since. Raises ``StorageError``."""
        lags: dict[int, Lag] = {}
        for state in await self._outbox.chains():
            known = self._lags.get(state.number)
            if known is None or known.chain != state.chain:
                known = Lag(state.number, state.chain, state.own, state.held, state.delivered)
                self._kept[state.number] = state.delivered
            known.held = state.held
            lags[state.number] = known
        self._lags = lags

    def compare(self, parent: Mapping[Chain, Spans]) -> None:
        """Start from what the parent says that it holds: less than it once had is sent again."""
        for lag in self._lags.values():
            lag.begin(parent.get(lag.chain, Spans()))

    def acknowledge(self, chains: Sequence[HeldChain]) -> None:
        """The parent has all this."""
        told = {each.chain: each.spans for each in chains}
        for lag in self._lags.values():
            lag.acknowledge(told.get(lag.chain, Spans()))

    async def compose(self, parcel_bytes: int) -> list[Piece]:
        """The next parcel, all of it marked as under way; empty where the parent has everything. Raises ``StorageError``."""
        await self.refresh()
        return await self._composer.compose(self.lags, parcel_bytes)

    async def late(self) -> int:
        """Readings that the parent does not have. Raises ``StorageError``."""
        return sum([await self._outbox.readings_between(lag.number, lag.waiting) for lag in self.lags if lag.waiting])

    async def keep(self) -> None:
        """Let the store remember what was delivered. Raises ``StorageError``."""
        for lag in self.lags:
            delivered = lag.held - (lag.held - lag.done)
            if delivered and delivered != self._kept[lag.number]:
                await self._store.deliver(lag.number, delivered)
                self._kept[lag.number] = delivered
