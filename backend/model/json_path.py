"""Where in a JSON document something stands: ``$.meters[0].power``, ``['a key'].x``, ``sensors[id=T1].value``.

A small part of JSONPath (RFC 9535): keys, positions, and the one entry of a list with a certain field; never several.
"""

import re
from dataclasses import dataclass
from typing import Final, cast

_STEP: Final = re.compile(
    r"\.?(?P<key>[^\W\d][\w-]*)"
    r"|\[(?P<index>-?\d{1,6})\]"
    r"|\['(?P<quoted>[^']{1,100})'\]|\[\"(?P<double>[^\"]{1,100})\"\]"
    r"|\[(?P<field>[^\W\d][\w-]*)=(?P<wanted>[^\]]{1,100})\]"
)
MISSING: Final = object()
"""What is found where nothing stands; ``None`` is a JSON null."""


class PathError(ValueError):
    """Not a path."""


@dataclass(frozen=True, slots=True)
class _Where:
    """The entry of a list of objects whose field has a value."""

    field: str
    wanted: str

    def choose(self, entries: list[object]) -> object:
        for entry in entries:
            if isinstance(entry, dict) and str(cast("dict[str, object]", entry).get(self.field, MISSING)) == self.wanted:
                return cast("object", entry)
        return MISSING


@dataclass(frozen=True, slots=True)
class JsonPath:
    """A path that was understood."""

    steps: tuple[str | int | _Where, ...]

    def find(self, document: object) -> object:
        """What stands there, or ``MISSING``."""
        found = document
        for step in self.steps:
            found = _enter(found, step)
            if found is MISSING:
                return MISSING
        return found


def read_path(text: str) -> JsonPath:
    """The path of a text; ``$`` alone is the whole document. Raises ``PathError``."""
    rest = text.strip().removeprefix("$")
    steps: list[str | int | _Where] = []
    while rest:
        step = _STEP.match(rest)
        if step is None or (rest[0] not in ".[" and (steps or text.strip().startswith("$"))):
            raise PathError(text)
        steps.append(_step(step))
        rest = rest[step.end() :]
    if not steps and text.strip() != "$":
        raise PathError(text)
    return JsonPath(tuple(steps))


def _step(match: re.Match[str]) -> str | int | _Where:
    if match["index"] is not None:
        return int(match["index"])
    if match["field"] is not None:
        return _Where(match["field"], match["wanted"].strip("'\""))
    return match["key"] or match["quoted"] or match["double"]


def _enter(found: object, step: str | int | _Where) -> object:
    match found, step:
        case dict(), str():
            return cast("dict[str, object]", found).get(step, MISSING)
        case list(), int():
            entries = cast("list[object]", found)
            return entries[step] if -len(entries) <= step < len(entries) else MISSING
        case list(), _Where():
            return step.choose(cast("list[object]", found))
        case _:
            return MISSING
