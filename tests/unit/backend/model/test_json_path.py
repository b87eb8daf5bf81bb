"""Places in JSON documents."""

import pytest

from backend.model.json_path import MISSING, PathError, read_path

DOCUMENT = {
    "power": 5,
    "a": {"b": [{"id": "T1", "value": 1}, {"id": 2, "value": 2}], "a key": None},
    "list": [10, 20, 30],
    "温度": 21.5,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DOCUMENT),
        ("power", 5),
        ("$.power", 5),
        ("a.b[0].value", 1),
        ("$.a.b[-1].value", 2),
        ("a.b[id=T1].value", 1),
        ("a.b[id=2].value", 2),
        ("$['a']['a key']", None),
        ('a["a key"]', None),
        ("list[2]", 30),
        ("$.温度", 21.5),
        ("list[3]", MISSING),
        ("list.power", MISSING),
        ("a.b[id=T9].value", MISSING),
        ("power.x", MISSING),
        ("power[0]", MISSING),
        ("missing", MISSING),
    ],
)
def test_what_stands_there(path: str, found: object) -> None:
    assert read_path(path).find(DOCUMENT) == found


def test_the_document_itself_may_be_a_list() -> None:
    assert read_path("$[1].x").find([1, {"x": 2}]) == 2


@pytest.mark.parametrize(
    "path", ["", " ", "$.", "a..b", "$..a", "a[*]", "a[", "a[1", "a b", "$power", "a[0]b", "a[?(@.x)]", ".", "[]"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(PathError):
        read_path(path)
