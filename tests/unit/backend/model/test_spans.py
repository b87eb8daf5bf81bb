"""Spans behave as the sets of numbers that they stand for."""

from hypothesis import given
from hypothesis import strategies as some

from backend.model.spans import Spans

parts = some.lists(some.tuples(some.integers(1, 60), some.integers(1, 60)), max_size=12)


def numbers(spans: Spans) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


def is_in_order(spans: Spans) -> bool:
    return all(end + 1 < start for (_, end), (start, _) in zip(spans.parts, spans.parts[1:], strict=False))


@given(parts, parts)
def test_they_are_joined_cut_and_taken_away_like_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = Spans.of(one), Spans.of(other)
    for told, expected in ((a | b, numbers(a) | numbers(b)), (a - b, numbers(a) - numbers(b)), (a & b, numbers(a) & numbers(b))):
        assert numbers(told) == expected
        assert is_in_order(told)


@given(parts, some.integers(1, 60), some.integers(1, 60))
def test_what_a_span_lacks_and_what_it_holds(one: list[tuple[int, int]], first: int, last: int) -> None:
    spans, asked = Spans.of(one), set(range(first, last + 1))
    assert numbers(spans.missing(first, last)) == asked - numbers(spans)
    if asked:
        assert spans.covers(first, last) == (asked <= numbers(spans))
        assert spans.touches(first, last) == bool(asked & numbers(spans))
