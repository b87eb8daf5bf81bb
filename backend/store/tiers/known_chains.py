"""Chains of other nodes as they are remembered between transactions: what is held of each, and what its numbers mean here."""

from dataclasses import dataclass, field

from backend.model.chain import Chain
from backend.store.tiers.holding import HeldSpan, Holding
from backend.store.tiers.tables import Tables
from backend.store.tiers.translation import Translation, load_translation
from backend.wire.batch import FIRST_PREDECESSOR

MOST_CHAINS = 4096
"""Remembered at a time; one is a few kB."""


@dataclass(slots=True)
class KnownChain:
    """One chain."""

    chain: Chain
    number: int = 0
    """In this store; 0 until something of it is kept."""
    own: bool = False
    start: int = 1
    """Its first sequence number, as far as that is known."""
    holding: Holding = field(default_factory=Holding)
    translation: Translation = field(default_factory=Translation)
    fresh: dict[int, tuple[int, bytes]] = field(default_factory=dict[int, tuple[int, bytes]])
    """Span and hash, by first number, of batches that are not in the tables yet."""


class KnownChains:
    """What it remembers is true once the caller's transaction has committed; ``forget`` if that failed."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: dict[Chain, KnownChain] = {}
        self._touched: dict[Chain, KnownChain] = {}
        self._doubted: set[Chain] = set()

    def doubt(self) -> None:
        """Other processes write too: read again what is held of each chain when it is next needed."""
        self._doubted = set(self._known)

    def forget(self) -> None:
        """Believe only what the tables say."""
        self._known.clear()
        self._touched.clear()

    def spare_memory(self) -> None:
        """Start over when there are too many; between transactions only."""
        if len(self._known) > MOST_CHAINS:
            self.forget()

    def of(self, chain: Chain) -> KnownChain:
        """What is known of a chain."""
        known = self._known.get(chain)
        if known is None or chain in self._doubted:
            known = self._known[chain] = self._load(chain, known)
            self._doubted.discard(chain)
        return known

    def hold(self, known: KnownChain, span: HeldSpan) -> None:
        """Hold a batch; what the first of a chain leaves out before it counts as held, for it never was."""
        self._touched[known.chain] = known
        if not known.number:
            known.number = self._begin(known.chain)
        if span.predecessor == FIRST_PREDECESSOR and span.first > 1:
            self._tables.execute("UPDATE origin SET start = ? WHERE number = ?", (span.first, known.number))
            known.start = span.first
            known.holding.add(HeldSpan(1, span.first - 1, FIRST_PREDECESSOR, FIRST_PREDECESSOR))
        known.holding.add(span)

    def write(self) -> None:
        """Put into the tables what is held anew."""
        for known in self._touched.values():
            gone, fresh = known.holding.take_changes()
            for first in gone:
                self._tables.execute("DELETE FROM held WHERE origin = ? AND first = ?", (known.number, first))
            for span in fresh:
                self._tables.execute(
                    "INSERT INTO held (origin, first, last, predecessor, hash) VALUES (?, ?, ?, ?, ?)",
                    (known.number, span.first, span.last, span.predecessor, span.hash),
                )
            known.fresh.clear()
        self._touched.clear()

    def _load(self, chain: Chain, before: KnownChain | None) -> KnownChain:
        """What the tables say; numbers of points do not change while nobody defines any."""
        sql = "SELECT number, own, start FROM origin WHERE node = ? AND epoch = ?"
        row = self._tables.execute(sql, (chain.node, chain.epoch)).fetchone()
        if row is None:
            return KnownChain(chain)
        number, own, start = row
        sql = "SELECT first, last, predecessor, hash FROM held WHERE origin = ?"
        spans = [HeldSpan(*each) for each in self._tables.execute(sql, (number,))]
        translation = before.translation if before and before.number else load_translation(self._tables, number)
        return KnownChain(chain, number, bool(own), start, Holding(spans), translation)

    def _begin(self, chain: Chain) -> int:
        self._tables.execute("INSERT INTO origin (node, epoch, own) VALUES (?, ?, ?)", (chain.node, chain.epoch, False))
        sql = "SELECT number FROM origin WHERE node = ? AND epoch = ?"
        return int(self._tables.execute(sql, (chain.node, chain.epoch)).fetchone()[0])
