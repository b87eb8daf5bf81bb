"""What may stand behind the question mark; anything else is refused."""

import re
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from backend.http.problems import Problem
from backend.model.event import EventKind
from backend.model.gap import GapKind

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST_MS, _LATEST_MS = 0, 4_102_444_800_000
"""1970 to 2100."""


def _day(value: object) -> object:
    """Only as ISO 8601 writes it."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("a date such as 2026-11-23")
    return value


Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.\-]+(/[A-Za-z0-9_.\-]+)*$")]
Slug = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_\-]*$", examples=["aoba-es"])]
PointKey = Annotated[Key, Field(examples=["aoba-es/pcs1/ac_power"])]
Subject = Annotated[str, Field(min_length=1, max_length=200)]
Instant = Annotated[int, Field(ge=_EARLIEST_MS, le=_LATEST_MS, description="UTC, milliseconds since 1970-01-01.")]
Day = Annotated[date, BeforeValidator(_day), Field(examples=["2026-11-23"])]
Cursor = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[A-Za-z0-9_\-]+$")]


class Level(StrEnum):
    """Length of an interval, or every single reading."""

    RAW = "raw"
    MINUTE = "1min"
    QUARTER = "15min"
    HOUR = "1h"
    DAY = "1d"


class Question(BaseModel):
    """Nothing is guessed: unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


Q = TypeVar("Q", bound=Question)


def read_question(shape: type[Q], query: bytes) -> Q:
    """What stands behind the question mark. Raises ``Problem``."""
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        given.setdefault(name, []).append(value)
    lists = _lists(shape)
    try:
        # Of what is said twice the last counts, where only one is asked for.
        return shape.model_validate({name: values if name in lists else values[-1] for name, values in given.items()})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, ('query', *each['loc'])))}: {each['msg']}" for each in error.errors()[:10]]
        raise Problem(422, "invalid", "; ".join(lines)) from error


@cache
def _lists(shape: type[Question]) -> frozenset[str]:
    return frozenset(name for name, field in shape.model_fields.items() if get_origin(field.annotation) is list)


def describe(shape: type[Question]) -> list[dict[str, Any]]:
    """The same for OpenAPI."""
    schema = shape.model_json_schema(ref_template="{model}")
    known, required = schema.get("$defs", {}), schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": inline(each, known)}
        for name, each in schema["properties"].items()
    ]


def inline(schema: Any, known: dict[str, Any]) -> Any:
    """With what it refers to in place."""
    if isinstance(schema, list):
        return [inline(each, known) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    parts = cast("dict[str, Any]", schema)
    if "$ref" in parts:
        beside = {name: each for name, each in parts.items() if name != "$ref"}
        return {**inline(known[parts["$ref"]], known), **beside}
    return {name: inline(each, known) for name, each in parts.items()}


class Paged(Question):
    """One page of a list."""

    limit: int = Field(200, ge=1, le=1000, description="Rows of a page at most.")
    cursor: Cursor | None = Field(None, description="`next_cursor` of the page before.")


class OfSite(Paged):
    """Of one site, or of all."""

    site: Slug | None = None


class OfDevice(OfSite):
    """Of one device, one site, or of all."""

    device: Key | None = Field(None, examples=["aoba-es/pcs1"])


class OfTime(Paged):
    """What happened in from <= t < to, newest first."""

    from_ms: Instant = Field(examples=[1795388400000])
    to_ms: Instant = Field(examples=[1795402800000])


class OfSubject(OfTime):
    """Of a site, device or point, of the node itself, a child (``node:…``) or a gateway (``gateway:…``)."""

    subject: Subject | None = Field(None, examples=["aoba-es/pcs1"])


class OfGaps(OfSubject):
    """Gaps of some kinds."""

    kind: list[GapKind] = Field(default=[], max_length=10)


class OfEvents(OfSubject):
    """Events of some kinds."""

    kind: list[EventKind] = Field(default=[], max_length=100)


class OfChargers(OfSite):
    """Chargers of one site or of all, of one operator or of all."""

    operator: str | None = Field(None, max_length=200)


class OfSessions(OfTime):
    """Sessions of a charger, or of an operator's chargers."""

    charger: Key | None = Field(None, examples=["aoba-es/ev1"])
    operator: str | None = Field(None, max_length=200)


class OfHistory(Question):
    """The past of one point in from <= t < to, oldest first."""

    point: PointKey
    level: Level = Level.HOUR
    from_ms: Instant = Field(examples=[1795388400000])
    to_ms: Instant = Field(examples=[1795402800000])
    limit: int = Field(1000, ge=1, le=10_000)
    cursor: Cursor | None = None


class OfEnergy(Question):
    """Energy of points from the first to the last day."""

    point: list[PointKey] = Field(min_length=1, max_length=20, examples=[["aoba-es/pcs1/ac_energy"]])
    first: Day
    last: Day
