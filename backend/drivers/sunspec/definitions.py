"""Definitions of the standard models, read one by one when first needed from the files that pysunspec2 carries."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from backend.drivers.sunspec.codec import WORDS


@dataclass(frozen=True, slots=True)
class PointDefinition:
    """One row of a model."""

    name: str
    kind: str
    """Type, such as ``int16`` or ``acc32``."""
    words: int
    scale: str | int | None
    """Name of its scale factor point, a fixed exponent, or None."""
    unit: str


@dataclass(frozen=True, slots=True)
class GroupDefinition:
    """Points that stand together, followed by groups within."""

    name: str
    count: str | int | None
    """None: exactly once. A name: as often as that point of the model says. 0: as often as the model is long."""
    points: tuple[PointDefinition, ...]
    groups: "tuple[GroupDefinition, ...]"


@lru_cache(maxsize=128)
def model_definition(model: int) -> GroupDefinition | None:
    """The standard model of this number, or None where there is none."""
    file = resources.files("sunspec2") / "models" / "json" / f"model_{model}.json"
    if not file.is_file():
        return None
    return _group(json.loads(file.read_text(encoding="utf-8"))["group"])


def _group(source: dict[str, Any]) -> GroupDefinition:
    return GroupDefinition(
        source["name"],
        source.get("count"),
        tuple(_point(point) for point in source.get("points", ())),
        tuple(_group(group) for group in source.get("groups", ())),
    )


def _point(source: dict[str, Any]) -> PointDefinition:
    kind = str(source["type"])
    return PointDefinition(
        source["name"], kind, int(source.get("size", WORDS.get(kind, 1))), source.get("sf"), source.get("units", "")
    )
