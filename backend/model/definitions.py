"""What a node says of what it has, inside its batches: without it, numbers in readings mean nothing anywhere else."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.model.point import Point


@dataclass(frozen=True, slots=True)
class NumberedPoint:
    """A point and its number in the store that sealed the batch."""

    number: int
    point: Point


@dataclass(frozen=True, slots=True)
class Document:
    """A small frozen dataclass that faces read, such as a site or a device; the newest of its key counts."""

    kind: str
    """``site``, ``device``, ``node`` or ``clear_sky``."""
    key: str
    body: bytes | None
    """msgpack; None where the settings no longer hold it."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """New and changed ones only; those of points, sites and devices are kept for ever."""

    points: Sequence[NumberedPoint] = ()
    documents: Sequence[Document] = ()

    def __len__(self) -> int:
        return len(self.points) + len(self.documents)

    @property
    def lasting(self) -> bool:
        """Whether later batches may not be understood without these."""
        return bool(self.points) or any(document.kind in ("site", "device") for document in self.documents)
