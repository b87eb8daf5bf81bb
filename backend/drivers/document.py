"""Bytes to a JSON document, whatever they are: too long, too deep, not JSON at all."""

import json
from typing import Final, cast

LARGEST_BYTES: Final = 256 * 1024
_DEEPEST: Final = 64


class NotJson(ValueError):
    """The bytes are no document that we take; the text says why."""


def read_document(data: bytes, largest: int = LARGEST_BYTES) -> object:
    """The document. ``NaN`` and ``Infinity``, which JSON does not know, are kept: only their own point suffers.

    Raises ``NotJson``.
    """
    if len(data) > largest:
        raise NotJson(f"longer than {largest} bytes")
    try:
        document: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotJson(f"no UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise NotJson("too deep") from error
    except ValueError as error:
        raise NotJson("a number of too many digits") from error
    if _is_deep(document):
        raise NotJson("too deep")
    return document


def _is_deep(document: object) -> bool:
    level: list[object] = [document]
    for _ in range(_DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []
