"""Lists of keys in a statement become values, so that one statement serves for all lists."""

from backend.store.postgres.connection import without_lists


def test_lists_stand_among_the_other_values_in_order() -> None:
    sql, values = without_lists(
        "SELECT body FROM chunk WHERE a = ? AND id IN (3,1,2) AND b = ? AND x IN (9) LIMIT ?", ("a", "b", 7)
    )
    first = "(id = ANY(?::bigint[]) AND id BETWEEN ? AND ?)"
    second = "(x = ANY(?::bigint[]) AND x BETWEEN ? AND ?)"
    assert sql == f"SELECT body FROM chunk WHERE a = ? AND {first} AND b = ? AND {second} LIMIT ?"
    assert values == ("a", [3, 1, 2], 1, 3, "b", [9], 9, 9, 7)


def test_other_lists_stay() -> None:
    sql = "SELECT key FROM meta WHERE key IN (?, ?)"
    assert without_lists(sql, ("a", "b")) == (sql, ("a", "b"))
