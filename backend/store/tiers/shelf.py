"""Where the batches of one chain lie in a store's tables, and how a range of them is asked for."""

from dataclasses import dataclass
from typing import Any

from backend.model.chain import Chain


@dataclass(frozen=True, slots=True)
class Shelf:
    """Each clause ends so that a condition on ``first`` can follow."""

    number: int
    """Of the chain in this store."""
    chain: Chain
    own: bool
    first: int
    """No batch of the chain begins before; own chains may lie one after the other."""
    last: int
    """Nor after."""
    bodies: str
    """``FROM`` what holds first, span, readings, body and envelope."""
    sizes: str
    """``FROM`` what holds first, span and readings."""
    hash: str
    """A batch's hash, within ``sizes``."""
    values: tuple[Any, ...] = ()
    """For the marks in the clauses."""

    def range(self, first: int, last: int) -> tuple[Any, ...]:
        """Values of a clause that goes on with ``first BETWEEN ? AND ?``."""
        return *self.values, max(first, self.first), min(last, self.last)
