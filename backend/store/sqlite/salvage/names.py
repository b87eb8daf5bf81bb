"""Second step: which number means which point. A wrong answer would put one point's history under another's name."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from backend.model.point import Point, PointSpec, Unit
from backend.store.sqlite.database import Database
from backend.store.sqlite.salvage.transfer import KnownPoint
from backend.store.tiers.keys import LARGEST_POINT
from backend.store.tiers.versions import OWN
from backend.wire.batch import unseal

LOST_DEVICE = "lost/points"
_TABLES = ("chunk", "minute", "quarter", "hour", "day")
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Names:
    """Whose history is whose."""

    digits: dict[int, int]
    """By number: how the point's history is scaled."""
    lost: frozenset[int]
    """Numbers whose point nobody knows any more."""


def write_points(draft: Database, found: dict[int, KnownPoint]) -> Names:
    """Write the points.

    What this node's own sealed batches say is proof. A number that is in use stays taken in any case.
    """
    known = dict(found)
    for number, point in _said(draft).items():
        there = known.get(number)
        if there is None or (there.version == OWN and there.point != point):
            known[number] = KnownPoint(point, OWN)
    owners = {each.point.key: number for number, each in sorted(known.items(), reverse=True)}
    # A key belongs to one number, the first that was given.
    known = {number: each for number, each in known.items() if owners[each.point.key] == number}
    lost = set(range(1, max([0, *known, *_numbers_in_use(draft)]) + 1)) - known.keys()
    for number in lost:
        known[number] = KnownPoint(Point(LOST_DEVICE, PointSpec(f"number{number}", Unit.RATIO)), OWN)
    columns = ("number", "key", "body", "origin", "sequence", "sealed_ms")
    rows = [(number, each.point.key, _encode(each.point), *_version(each)) for number, each in known.items()]
    with draft.transaction():
        draft.put_all("point", columns, rows)
        _translate(draft, {each.point.key: number for number, each in known.items()})
    return Names({number: each.point.spec.digits for number, each in known.items()}, frozenset(lost))


def _version(each: KnownPoint) -> tuple[int, int, int]:
    return each.version.origin, each.version.sequence, each.version.sealed_ms


def _said(draft: Database) -> dict[int, Point]:
    """What this node's own chains said last of each number."""
    sql = "SELECT d.body FROM defining d JOIN origin o ON o.number = d.origin WHERE o.own ORDER BY o.start, d.first"
    said: dict[int, Point] = {}
    for (body,) in draft.execute(sql):
        said.update((numbered.number, numbered.point) for numbered in unseal(body).definitions.points)
    return said


def _translate(draft: Database, numbers: dict[str, int]) -> None:
    """Numbers of other nodes' points, as their definitions say."""
    sql = "SELECT d.origin, d.body FROM defining d JOIN origin o ON o.number = d.origin WHERE NOT o.own ORDER BY d.first"
    rows = draft.execute(sql).fetchall()
    for origin, body in rows:
        for numbered in unseal(body).definitions.points:
            if (ours := numbers.get(numbered.point.key)) is not None:
                draft.execute("INSERT OR REPLACE INTO translation VALUES (?, ?, ?)", (origin, numbered.number, ours))


def _numbers_in_use(draft: Database) -> Iterator[int]:
    for table in _TABLES:
        highest = draft.one(f"SELECT max(id & {LARGEST_POINT}) FROM {table}")
        if highest is not None:
            yield highest
