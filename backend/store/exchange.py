"""What a store exchanges with other nodes: their batches coming in, its journal going out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Protocol

from backend.model.chain import Chain
from backend.model.spans import Spans
from backend.wire.batch import Batch
from backend.wire.parcel import SignedBatch


@dataclass(frozen=True, slots=True)
class Incoming:
    """A batch of another node, believed and decoded by who hands it over."""

    batch: Batch
    signed: SignedBatch
    """The very bytes that are kept."""


class Verdict(StrEnum):
    """What became of a batch of another node. Whatever is not kept changes nothing."""

    KEPT = auto()
    KNOWN = auto()
    """The same bytes were kept before; a repeat is harmless."""
    UNDEFINED = auto()
    """It speaks of points that no definition names yet: definitions first, then this one again."""
    CONFLICT = auto()
    """Other bytes are kept under these sequence numbers."""
    FORKED = auto()
    """It names another predecessor than the one that is kept, or its kept successor names another: two nodes share a name."""
    FOREIGN = auto()
    """It speaks of a site that belongs to another node."""
    MALFORMED = auto()
    """It holds what no store can work with, such as a time in the year 9999 or a time zone that does not exist."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """One chain in this store."""

    number: int
    """Of the chain in this store, as ``origin`` has it; never given twice."""
    chain: Chain
    own: bool
    held: Spans
    """Sequence numbers that are here, or were and have been removed since."""
    delivered: Spans
    """Those that the parent has, or has refused for good."""


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A batch as it lies in the journal."""

    first: int
    span: int
    readings: int
    signed: SignedBatch

    @property
    def last(self) -> int:
        """Last sequence number used."""
        return self.first + self.span - 1


PastDay = tuple[int, float | None, float | None, float | None, float | None, float]
"""Day of the site (days since 1970), minimum, mean, maximum, energy, coverage."""


@dataclass(frozen=True, slots=True)
class Past:
    """Roll-ups of one point before a UTC day, as they lie in a store."""

    point: str
    before_day: int
    """UTC day, days since 1970."""
    chunk: tuple[int, bytes | None, bytes] | None
    """Readings, counter and body of the last hour before: what the next hour's first difference starts from."""
    quarters: list[tuple[int, bytes]]
    """By UTC day."""
    hours: list[tuple[int, bytes]]
    """By UTC month."""
    days: list[PastDay]
    gaps: list[tuple[int, int, int]]
    """What a counter credited between two readings: from_ms, to_ms, scaled energy."""


class Outbox(Protocol):
    """Batches to be sent on: the journal itself, read with a connection of its own. Raises ``StorageError``."""

    async def chains(self) -> Sequence[ChainState]:
        """This node's own chains and those of its children, the present own one first."""
        ...

    async def oldest(self, number: int, first: int, most_bytes: int) -> Sequence[KeptBatch]:
        """Batches with that first sequence number or a higher one, in order, as many as fit (at least one if there is any)."""
        ...

    async def newest(self, number: int, after: int, most_bytes: int) -> Sequence[KeptBatch]:
        """Batches whose first number is higher than ``after``, newest first, as many as fit (at least one if there is any)."""
        ...

    async def defining(self, number: int, after: int = 0) -> Sequence[KeptBatch]:
        """Every batch with lasting definitions whose first number is higher than ``after``, in order; these are never removed."""
        ...

    async def readings_between(self, number: int, spans: Spans) -> int:
        """How many readings the batches in these spans hold."""
        ...

    async def digest(self, number: int, first: int, last: int) -> tuple[int, int, bytes]:
        """Batches, readings and SHA-256 over the hashes, in order, of what is held of a span; for reconciliation."""
        ...

    async def since(self, number: int, sealed_ms: int) -> int:
        """First sequence number of the first batch that was sealed then or later; one after the last where none was."""
        ...

    async def owners(self) -> Mapping[str, str]:
        """Whose a site is, by its key: every site that a child has defined."""
        ...

    async def close(self) -> None: ...
