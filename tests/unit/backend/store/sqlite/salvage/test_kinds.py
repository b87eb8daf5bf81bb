"""Every table is thought of when a cache is mended."""

import sqlite3
from contextlib import closing

import pytest

from backend.store.sqlite.salvage.kinds import is_needless, row_of
from backend.store.sqlite.salvage.pages import Record
from backend.store.sqlite.schema import MIGRATIONS

TAKEN_OVER = {
    "meta", "document", "point", "batch", "event", "latest", "fragment", "chunk", "minute", "quarter", "hour", "day", "gap",
    "origin", "received", "held", "defining", "claim", "hole",
}  # fmt: skip
MADE_ANEW = {"waiting", "translation"}
TOLD_BY_THE_PARENT = {"delivered"}


def test_no_table_is_forgotten() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in MIGRATIONS:
            for statement in migration:
                connection.execute(statement)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == TAKEN_OVER | MADE_ANEW | TOLD_BY_THE_PARENT


@pytest.mark.parametrize(
    "values",
    [
        (None, 1, 1, 5, b"EB garbage", None),
        (None, 3, None, b"\xc1garbage"),
        (None, b"\xc1\0\0\0\0x"),
        (None, "school/pcs/power", b"\x93"),
        (None, 5, "no such kind", "node", b"\x80"),
        (None, "school", b"short", 1, 1),
    ],
)
def test_what_only_looks_like_a_row_is_not_believed(values: "tuple[int | str | bytes | None, ...]") -> None:
    record = Record(7, values)
    assert row_of(record) is None
    assert not is_needless(record)
