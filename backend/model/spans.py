"""Sets of sequence numbers as a few spans: what a parent holds, what was refused, what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, slots=True)
class Spans:
    """Inclusive spans in order, never touching each other. Sequence numbers begin with 1."""

    parts: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def of(parts: Iterable[tuple[int, int]]) -> "Spans":
        """From spans in any order, overlapping or not."""
        merged: list[tuple[int, int]] = []
        for first, last in sorted(parts):
            if last < first:
                continue
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = merged[-1][0], max(merged[-1][1], last)
            else:
                merged.append((first, last))
        return Spans(tuple(merged))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __or__(self, other: "Spans") -> "Spans":
        return Spans.of(chain(self.parts, other.parts))

    def __sub__(self, other: "Spans") -> "Spans":
        """What is in here and not in the other; one pass over both."""
        left: list[tuple[int, int]] = []
        at = 0
        for first, last in self.parts:
            rest = first
            while at < len(other.parts) and other.parts[at][0] <= last:
                start, end = other.parts[at]
                left.append((rest, start - 1))
                rest = max(rest, end + 1)
                if end > last:
                    break
                at += 1
            left.append((rest, last))
        return Spans.of(left)

    def __and__(self, other: "Spans") -> "Spans":
        """What is in both."""
        return self - (self - other)

    @property
    def last(self) -> int:
        """The highest number, 0 where there is none."""
        return self.parts[-1][1] if self.parts else 0

    @property
    def contiguous_upto(self) -> int:
        """The highest number up to which everything from 1 on is in here."""
        return self.parts[0][1] if self.parts and self.parts[0][0] == 1 else 0

    def covers(self, first: int, last: int) -> bool:
        """Whether all of a span is in here."""
        return any(start <= first and last <= end for start, end in self.parts)

    def touches(self, first: int, last: int) -> bool:
        """Whether any of a span is in here."""
        return any(start <= last and first <= end for start, end in self.parts)

    def missing(self, first: int, last: int) -> "Spans":
        """What of a span is not in here."""
        holes: list[tuple[int, int]] = []
        for start, end in self.parts:
            if end < first or start > last:
                continue
            holes.append((first, start - 1))
            first = end + 1
        holes.append((first, last))
        return Spans.of(holes)
