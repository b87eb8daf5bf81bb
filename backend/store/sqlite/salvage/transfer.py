"""First step: every record that can be believed, into the tables of a new file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from backend.model.point import Point
from backend.store.sqlite.database import Database
from backend.store.sqlite.salvage.kinds import Row, is_needless, row_of
from backend.store.sqlite.salvage.pages import Pages, Record, Value
from backend.store.tiers.versions import Version

_AT_ONCE = 4000
MOST_PAGES = 1
"""With one page gone, what is on the others tells of all that was on it."""
_decoder = msgspec.msgpack.Decoder(Point)


@dataclass(frozen=True, slots=True)
class KnownPoint:
    """What a row of ``point`` says."""

    point: Point
    version: Version


@dataclass
class Found:
    """What was found besides rows that could be written at once."""

    points: dict[int, KnownPoint] = field(default_factory=dict[int, KnownPoint])
    unrolled: set[int] = field(default_factory=set[int])
    """Keys of chunks whose hour has to be rolled up anew."""
    is_harmed: bool = False
    """Whether anything that should be there is not."""
    is_torn: bool = False
    """Whether so much is gone that what remains need not tell of it."""


def transfer(damaged: Path, draft: Database) -> Found:
    """Read the damaged file, write the draft. Raises ``StorageError``, ``OSError``."""
    found = Found()
    with Pages(damaged) as pages:
        records = pages.records()
        while several := list(islice(records, _AT_ONCE)):
            _write(draft, _believed(several, found))
        found.is_harmed |= bool(pages.harm)
        found.is_torn = pages.harm.pages > MOST_PAGES
    return found


def _believed(records: list[Record], found: Found) -> Iterator[Row]:
    for record in records:
        row = row_of(record)
        if row is None:
            found.is_harmed |= not is_needless(record)
        elif row.table == "point":
            _take_point(row, found)
        else:
            if not row.is_whole:
                found.unrolled.add(record.rowid)
                found.is_harmed = True
            yield row


def _take_point(row: Row, found: Found) -> None:
    number, _, body, *version = row.values
    assert isinstance(number, int)
    assert isinstance(body, bytes)
    origin, sequence, sealed_ms = (value if isinstance(value, int) else 0 for value in version)
    found.points[number] = KnownPoint(_decoder.decode(body), Version(origin, sequence, sealed_ms))


def _write(draft: Database, rows: Iterator[Row]) -> None:
    tables: dict[tuple[str, tuple[str, ...]], list[tuple[Value, ...]]] = {}
    for row in rows:
        tables.setdefault((row.table, row.columns), []).append(row.values)
    with draft.transaction():
        for (table, columns), values in tables.items():
            draft.put_all(table, columns, values)
