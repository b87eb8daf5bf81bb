"""What is held of one chain: spans of sequence numbers, and the hashes at their edges, which whatever joins them has to fit."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldSpan:
    """Batches in a row."""

    first: int
    last: int
    predecessor: bytes
    """What the first of them names."""
    hash: bytes
    """Of the last of them."""


class Holding:
    """In memory; ``take_changes`` says what has to be written."""

    def __init__(self, spans: Iterable[HeldSpan] = ()) -> None:
        self._spans = sorted(spans, key=lambda span: span.first)
        self._firsts = [span.first for span in self._spans]
        self._changed: set[int] = set()

    def touches(self, first: int, last: int) -> bool:
        """Whether any of these numbers is held."""
        place = bisect_right(self._firsts, last)
        return place > 0 and self._spans[place - 1].last >= first

    def covers(self, first: int, last: int) -> bool:
        """Whether all of these numbers are held."""
        place = bisect_right(self._firsts, first)
        return place > 0 and self._spans[place - 1].last >= last

    def reaches_below(self, first: int) -> bool:
        """Whether any lower number is held."""
        return bool(self._firsts) and self._firsts[0] < first

    def fits(self, span: HeldSpan) -> bool:
        """Whether the neighbours of numbers that are not held, as far as they are here, are the ones it names, and name it."""
        place = bisect_right(self._firsts, span.first)
        if place and (before := self._spans[place - 1]).last == span.first - 1 and before.hash != span.predecessor:
            return False
        if place == len(self._spans):
            return True
        after = self._spans[place]
        return after.first != span.last + 1 or after.predecessor == span.hash

    def add(self, span: HeldSpan) -> None:
        """Hold these, none of which is held yet."""
        start = place = bisect_right(self._firsts, span.first)
        if place and (before := self._spans[place - 1]).last == span.first - 1:
            span = HeldSpan(before.first, span.last, before.predecessor, span.hash)
            start -= 1
        if place < len(self._spans) and (after := self._spans[place]).first == span.last + 1:
            span = HeldSpan(span.first, after.last, span.predecessor, after.hash)
            self._changed.add(after.first)
            place += 1
        self._spans[start:place] = [span]
        self._firsts[start:place] = [span.first]
        self._changed.add(span.first)

    def take_changes(self) -> tuple[list[int], list[HeldSpan]]:
        """Spans, by their first number, whose rows go, and those that are written in their place; since the last call."""
        changed, self._changed = sorted(self._changed), set()
        places = ((first, bisect_right(self._firsts, first) - 1) for first in changed)
        return changed, [self._spans[place] for first, place in places if self._firsts[place] == first]
