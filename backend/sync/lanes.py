"""What goes into the next parcel: what defines, then the newest, then the oldest that is missing. Pure; the uplink fetches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.store.exchange import KeptBatch
from backend.wire.parcel import LARGEST_BYTES, MOST_BATCHES

LIVE_SHARE = 0.5
"""Of a parcel, at most, for what is new: the rest is for what is missing from before."""
MOST_READINGS = 200_000
"""In one parcel: the parent has them all in memory for a moment."""
_FRONT_BYTES = 5
_NOTHING = Spans()


@dataclass(frozen=True, slots=True)
class Piece:
    """A batch on its way, and the chain that it belongs to."""

    chain: int
    """Number of the chain in this store."""
    batch: KeptBatch


@dataclass(slots=True)
class Lag:
    """How far the parent is behind with one chain."""

    number: int
    """Of the chain in this store."""
    chain: Chain
    own: bool
    held: Spans
    """What is here, or was."""
    told: Spans
    """What was delivered, or refused and told, before this node started."""
    done: Spans = _NOTHING
    """What the parent has or refused, as far as is known since the line came back."""
    refused: Spans = _NOTHING
    """What it did not believe since this node started."""
    again: Spans = _NOTHING
    """To be sent once more, because the parent turned out not to hold what it acknowledged."""
    under_way: Spans = _NOTHING
    absent: Spans = _NOTHING
    """There is nothing to be sent here: it was removed, or the disk spoilt it."""
    put_off: Spans = _NOTHING
    """The parent breaks at it: not before the line comes back."""
    undefined: Spans = _NOTHING
    """What the parent could not take because definitions were missing there."""
    defined: int = 0
    """Defining batches up to here were sent."""
    must_define: bool = False
    """All of them are to be sent again."""

    @property
    def settled(self) -> Spans:
        """Nothing of this is to be sent now."""
        return self.done | self.under_way | self.absent | self.put_off

    @property
    def newest_after(self) -> int:
        """What has a higher number is live."""
        return self.settled.last

    @property
    def missing(self) -> Spans:
        """Holes before what is live."""
        return Spans.of((first, min(last, self.newest_after)) for first, last in self.held) - self.settled

    @property
    def waiting(self) -> Spans:
        """All that the parent does not have yet."""
        return self.held - self.done - self.absent

    def begin(self, parent: Spans) -> None:
        """Start anew from what the parent says that it holds."""
        self.done = parent | self.refused
        self.again = self.under_way = self.absent = self.put_off = self.undefined = _NOTHING
        self.defined, self.must_define = 0, False

    def acknowledge(self, held: Spans) -> None:
        """The parent says that it holds this."""
        self.done |= held - self.again

    def differs(self, span: tuple[int, int]) -> None:
        """It does not hold this, whatever it said."""
        self.again |= Spans((span,))
        self.done = self.done - self.again

    def arrived(self, spans: Spans) -> None:
        """A request with these batches was answered."""
        self.under_way, self.again = self.under_way - spans, self.again - spans


@dataclass(slots=True)
class Load:
    """A parcel that is being filled."""

    room: int
    """Bytes left."""
    pieces: list[Piece] = field(default_factory=list[Piece])
    readings: int = 0

    @staticmethod
    def of(parcel_bytes: int) -> "Load":
        """An empty parcel of about this size."""
        return Load(min(parcel_bytes, LARGEST_BYTES) - _FRONT_BYTES)

    @property
    def is_full(self) -> bool:
        """Whether nothing more goes in."""
        return self.room <= 0 or len(self.pieces) >= MOST_BATCHES or self.readings >= MOST_READINGS

    def fill(self, lag: Lag, batches: Iterable[KeptBatch], room: int | None = None) -> list[KeptBatch]:
        """Take as many as fit, in order, and mark them as under way; the first of all always, so that nothing waits for ever."""
        left = self.room if room is None else min(room, self.room)
        taken: list[KeptBatch] = []
        for batch in batches:
            left -= batch.signed.size
            if self.pieces and (left < 0 or self.is_full):
                break
            self.pieces.append(Piece(lag.number, batch))
            self.room -= batch.signed.size
            self.readings += batch.readings
            taken.append(batch)
        lag.under_way |= Spans.of((batch.first, batch.last) for batch in taken)
        return taken


def within(hole: tuple[int, int], batches: Sequence[KeptBatch]) -> tuple[list[KeptBatch], Spans]:
    """Of batches in order from the hole's beginning on: those inside it, and where in front of or after them there is nothing."""
    first, last = hole
    inside = [batch for batch in batches if batch.first <= last]
    upto = last if len(inside) < len(batches) or not batches else inside[-1].last
    found = Spans.of((batch.first, batch.last) for batch in inside)
    return inside, found.missing(first, upto)
