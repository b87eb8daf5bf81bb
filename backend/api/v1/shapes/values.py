"""Readings, history and energy."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from backend.api.v1.shapes.base import Instant, Number, Shape, example
from backend.model.point import Unit
from backend.model.quality import Quality

QualityName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in Quality]})]


class Severity(StrEnum):
    """The two top bits of the quality."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class ReadingShape(Shape):
    """Value and quality travel together."""

    model_config = example(
        point="aoba-es/pcs1/ac_power",
        at_ms=1795413599000,
        value=14800.0,
        unit="W",
        state=None,
        severity="good",
        quality="GOOD",
        flags=[],
    )
    point: str
    at_ms: Instant
    value: Number = Field(description="In the unit; null means absent, and the quality says why.")
    unit: Unit
    state: str | None = Field(description="Name of the value of a status point.")
    severity: Severity = Field(description="Only good values may enter totals.")
    quality: QualityName
    flags: list[str] = Field(description="What happened on the way, such as LATE or BACKFILLED.")


class HistoryShape(Shape):
    """Intervals or readings of one point as parallel arrays, by time."""

    model_config = example(
        point="aoba-es/pcs1/ac_energy",
        unit="Wh",
        level="1h",
        start_ms=[1795388400000, 1795392000000],
        minimum=[1000000.0, 1006000.0],
        mean=[1003000.0, 1009000.0],
        maximum=[1005990.0, 1011990.0],
        energy=[6000.0, 6000.0],
        coverage=[1.0, 1.0],
        next_cursor=None,
    )
    point: str
    unit: Unit
    level: str
    start_ms: list[Instant] = Field(description="Start of each interval that holds something.")
    minimum: list[Number]
    mean: list[Number] = Field(description="Time-weighted over what is covered; three decimals more than those of the point.")
    maximum: list[Number]
    energy: list[Number] = Field(description="Of accumulating points, in the unit; null where unknown, never 0.")
    coverage: list[Number] = Field(description="Share of the interval for which good values stand, six decimals.")
    next_cursor: str | None


class RawShape(Shape):
    """Every reading of one point as parallel arrays, by time."""

    model_config = example(
        point="aoba-es/pcs1/ac_power",
        unit="W",
        at_ms=[1795413594000, 1795413599000],
        value=[14790.0, 14800.0],
        quality=[0, 0],
        flags=[0, 0],
        next_cursor=None,
    )
    point: str
    unit: Unit
    at_ms: list[Instant]
    value: list[Number]
    quality: list[int] = Field(description="OPC UA status codes; below 0x40000000 is good, from 0x80000000 on bad.")
    flags: list[int] = Field(
        description="1 late, 2 backfilled, 4 interpolated, 8 substituted, 16 recovered, 32 clock suspect,"
        " 64 repaired, 128 attested by a gateway."
    )
    next_cursor: str | None


class ReceiptShape(Shape):
    """A batch of a gateway is on disk."""

    model_config = example(sequence=4711, readings=2, repeated=False)
    sequence: int
    readings: int = Field(description="How many the batch holds.")
    repeated: bool = Field(description="True where it had been kept before.")


class EnergyShape(Shape):
    """Energy per calendar day of the site; unknown days are missing, never 0."""

    model_config = example(point="aoba-es/pcs1/ac_energy", unit="Wh", days={"2026-11-23": 52600.0})
    point: str
    unit: Unit
    days: dict[date, float]
