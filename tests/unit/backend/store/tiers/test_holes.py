"""Rows of the gap ledger follow from the events, in whatever order these come, and whatever nonsense they say."""

import sqlite3
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from backend.model.event import Event, EventKind, EventValue
from backend.model.gap import Gap, GapKind
from backend.store.sqlite.schema import MIGRATIONS
from backend.store.tiers.events import write_events
from backend.store.tiers.holes import read_gaps

EDGES = (
    EventKind.DEVICE_LOST,
    EventKind.DEVICE_CONNECTED,
    EventKind.DEVICE_ASLEEP,
    EventKind.NODE_STOPPED,
    EventKind.NODE_STARTED,
    EventKind.UPLINK_CUT,
    EventKind.UPLINK_BACK,
    EventKind.UPLINK_CAUGHT_UP,
    EventKind.CHILD_SILENT,
    EventKind.CHILD_BACK,
    EventKind.CHILD_CAUGHT_UP,
    EventKind.DATA_LOST,
    EventKind.DATA_LATE,
    EventKind.DATA_RECOVERED,
    EventKind.BATCH_REFUSED,
)
whole = some.integers(0, 1000)
figures = some.fixed_dictionaries(
    {},
    optional={
        "since_ms": whole,
        "last_seen_ms": whole,
        "late": whole,
        "from_ms": whole,
        "to_ms": whole,
        "count": whole,
        "recovered": some.integers(0, 8).map(lambda eighths: eighths / 8),
        "cause": some.sampled_from(["cap", "storage"]),
    },
)
nonsense = some.dictionaries(
    some.sampled_from(["since_ms", "last_seen_ms", "late", "from_ms", "to_ms", "count", "recovered", "cause", "reason"]),
    some.one_of(some.none(), some.booleans(), some.text(max_size=3), some.floats(), some.integers(-(1 << 63), (1 << 64) - 1)),
)


def event(
    data: "some.SearchStrategy[dict[str, EventValue]] | some.SearchStrategy[dict[str, float | str]]",
) -> some.SearchStrategy[Event]:
    return some.builds(Event, whole, some.sampled_from(EDGES), some.sampled_from(["node", "node:a", "s/d"]), data)


def ledger(events: Sequence[Event]) -> list[Gap]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statements in MIGRATIONS:
        for statement in statements:
            connection.execute(statement)
    for each in events:
        write_events(connection, [each])
    rows = read_gaps(connection, -(1 << 62), 1 << 62, None, 1000)
    connection.close()
    return sorted((Gap(0, *_rest(row)) for row in rows), key=repr)


def _rest(row: Gap) -> tuple[str, GapKind, str, int, int | None, int | None, float]:
    return row.subject, row.kind, row.cause, row.from_ms, row.to_ms, row.count, row.recovered


@settings(max_examples=200, deadline=None)
@given(some.lists(event(figures), max_size=12, unique_by=lambda each: each.at_ms), some.randoms())
def test_the_order_of_arrival_does_not_matter(events: list[Event], random: Random) -> None:
    expected = ledger(sorted(events, key=lambda each: each.at_ms))
    shuffled = list(events)
    random.shuffle(shuffled)
    assert ledger(shuffled) == expected
    outages = [row for row in expected if row.cause in ("device_lost", "node_off", "uplink")]
    for one in outages:
        assert one.to_ms is None or one.to_ms > one.from_ms
        for other in outages:
            same = (one.subject, one.cause) == (other.subject, other.cause)
            if one is not other and same and one.from_ms <= other.from_ms:
                assert one.to_ms is not None
                assert one.to_ms <= other.from_ms


@settings(max_examples=100, deadline=None)
@given(some.lists(event(nonsense), max_size=8))
def test_nonsense_makes_no_nonsense(events: list[Event]) -> None:
    for row in ledger(events):
        assert row.to_ms is None or row.to_ms >= row.from_ms
        assert row.count is None or row.count >= 0
        assert 0.0 <= row.recovered <= 1.0
