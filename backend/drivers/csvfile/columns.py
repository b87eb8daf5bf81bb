"""Which column feeds which point, and how a cell becomes a value in the stored unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isinf

from backend.drivers.csvfile import words
from backend.drivers.csvfile.finding import Findings, Unreadable, Why
from backend.model.message import Message
from backend.model.point import PointSpec, Unit
from backend.model.quantities import CABINET_TEMPERATURE, QUANTITIES, another
from backend.model.unit_conversion import Conversion, conversion

LEFT_OUT = "-"
_HOT_C = 110.0
"""Electronics get hotter than air."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One column and the point that it feeds."""

    index: int
    """Column, counted from 0."""
    title: str
    spec: PointSpec
    factor: float = 1.0
    offset: float = 0.0
    unit: str = ""
    """As in the file, for people."""
    mean: bool = False
    """A mean over the interval that ends at the row's time: it stands from the interval's beginning."""
    quality: int | None = None
    """Column with the quality number of a download."""
    compass: bool = False
    """Its cells name points of the compass."""


@dataclass(frozen=True, slots=True)
class Column:
    """What is seen of one column."""

    index: int
    title: str
    low: float
    """Smallest and largest number in it; infinite where there is none."""
    high: float
    labels: bool = False
    compass: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no cell holds a value."""
        return isinf(self.low) and not self.compass


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else decides what columns mean."""

    interval_h: float
    """Between rows."""
    means: frozenset[str] = frozenset()
    """Quantities that this kind of file tells as means over the interval before."""
    metric: bool = False
    """Written where nobody uses other units than the usual ones."""
    stem: str = ""
    """Name of the file, for columns whose heading says nothing."""
    rated_w: float | None = None
    quality: Mapping[int, int] | None = None
    """Columns with quality numbers, by the column they judge."""


def find_feeds(columns: Sequence[Column], around: Circumstances, findings: Findings) -> list[Feed]:
    """A feed for each column that is understood; doubts about the others."""
    feeds: list[Feed] = []
    counts: dict[str, int] = {}
    for column in columns:
        feed = _chosen(column, around, findings) if _key(column) in findings.choices else _found(column, around, findings)
        if feed is not None:
            counts[feed.spec.name] = counts.get(feed.spec.name, 0) + 1
            feeds.append(replace(feed, spec=another(feed.spec, counts[feed.spec.name])))
    return feeds


def _key(column: Column) -> str:
    return f"column.{column.index + 1}"


def _found(column: Column, around: Circumstances, findings: Findings) -> Feed | None:
    if column.is_empty or column.labels:
        return None
    known = words.meaning(column.title)
    if known is None:
        return _nameless(column, around, findings)
    if known.spec is None:
        return None
    return _with_unit(column, known.spec, around, findings)


def _nameless(column: Column, around: Circumstances, findings: Findings) -> Feed | None:
    """A heading that says nothing: asked where it stands for the file's one value, else left out."""
    if not words.plain(column.title).startswith(("value", "値", "data", "measurement")):
        return None
    spec = words.quantity_in(around.stem)
    guess = "" if spec is None else spec.name
    unit = words.SHARE if words.is_share(column.title) else _likely_unit(column, spec)
    question = Message("What is column {number} “{title}”, from {low} to {high}? Say it as quantity:unit.", {**_values(column)})
    said = findings.ask(_key(column), question, (), f"{guess}:{unit}" if guess else "")
    return _feed_of(said, column, around) if said else None


def _likely_unit(column: Column, spec: PointSpec | None) -> str:
    family = words.FAMILIES.get(spec.unit) if spec is not None else None
    if spec is None or family is None:
        return "" if spec is None else spec.unit.value
    return next(iter(_plausible(column, spec, family)), family.names[0])


def _values(column: Column) -> dict[str, str | int | float]:
    return {
        "number": column.index + 1,
        "title": column.title,
        "low": f"{column.low:g}",
        "high": f"{column.high:g}",
    }


def _with_unit(column: Column, spec: PointSpec, around: Circumstances, findings: Findings) -> Feed | None:
    if words.is_share(column.title):
        return _share(column, spec, around)
    if column.compass:
        return _feed(column, spec, Conversion(spec.unit), "", around)
    stated = words.unit_in(column.title, spec.unit)
    if stated is not None:
        return _feed(column, spec, stated[0], stated[1], around)
    if spec.name == "rain_intensity":
        return _rain(column, spec, around)
    if spec.unit is Unit.WATT_HOUR:
        question = Message("In which unit is column {number} “{title}”, from {low} to {high}?", {**_values(column)})
        said = findings.ask(_key(column), question, (), f"{spec.name}:kWh")
        return _feed_of(said, column, around)
    name = _unit_without_word(column, spec, around, findings)
    found = conversion(name, spec.unit)
    return None if found is None else _feed(column, spec, found, name, around)


def _unit_without_word(column: Column, spec: PointSpec, around: Circumstances, findings: Findings) -> str:
    """The unit of a column whose heading names none."""
    family = words.FAMILIES.get(spec.unit)
    if family is None:
        return spec.unit.value
    plausible = _plausible(column, spec, family)
    usual = family.names[0]
    if around.metric and usual in plausible:
        return usual
    if len(plausible) == 1 and spec.unit in (Unit.PERCENT, Unit.IRRADIANCE, Unit.PASCAL):
        return plausible[0]
    likely = _by_rating(column, around) if spec.unit is Unit.WATT else next(iter(plausible), usual)
    question = Message("In which unit is “{title}”, from {low} to {high}? The file does not say.", {**_values(column)})
    if any(doubt.key == family.key for doubt in findings.doubts) or family.key in {known.key for known in findings.known}:
        return findings.choices.get(family.key, likely or usual)
    return findings.ask(family.key, question, family.names, likely) or usual


def _plausible(column: Column, spec: PointSpec, family: words.Family) -> list[str]:
    """Units in which the values would be physically possible; the usual one first."""
    names: list[str] = []
    high = family.high if spec.name != CABINET_TEMPERATURE.name else _HOT_C
    for name in family.names:
        found = conversion(name, spec.unit)
        if found is not None and family.low <= found.apply(column.low) and found.apply(column.high) <= high:
            names.append(name)
    return names


def _by_rating(column: Column, around: Circumstances) -> str:
    """Beside the rated power one unit is out of the question."""
    if not around.rated_w or column.high <= 0:
        return ""
    return "kW" if 0.01 <= column.high * 1000 / around.rated_w <= 1.5 else "W" if column.high / around.rated_w <= 1.5 else ""


def _share(column: Column, spec: PointSpec, around: Circumstances) -> Feed | None:
    if around.rated_w is None:
        raise Unreadable(
            Message(
                "Column {number} tells parts of the rated power, and the device has no rated_w.", {"number": column.index + 1}
            )
        )
    return Feed(column.index, column.title, spec, around.rated_w, 0.0, words.SHARE)


def _rain(column: Column, spec: PointSpec, around: Circumstances) -> Feed | None:
    """Rain is told as millimetres that fell in the interval before."""
    found = words.unit_in(column.title, Unit.MILLIMETRE)
    if found is None and not around.metric:
        return None
    factor = 1.0 if found is None else found[0].factor
    return Feed(
        column.index, column.title, spec, factor / around.interval_h, 0.0, "mm", mean=True, quality=_judge(column, around)
    )


def _feed(column: Column, spec: PointSpec, found: Conversion, unit: str, around: Circumstances) -> Feed:
    amount = found.amount
    factor = found.factor / around.interval_h if amount else found.factor
    mean = amount or spec.name in around.means
    return Feed(
        column.index,
        column.title,
        spec,
        factor,
        found.offset,
        unit or spec.unit.value,
        mean,
        _judge(column, around),
        column.compass,
    )


def _judge(column: Column, around: Circumstances) -> int | None:
    return None if around.quality is None else around.quality.get(column.index)


def _chosen(column: Column, around: Circumstances, findings: Findings) -> Feed | None:
    said = findings.know(_key(column), findings.choices[_key(column)], Why.CHOSEN)
    return None if said == LEFT_OUT else _feed_of(said, column, around)


def _feed_of(said: str, column: Column, around: Circumstances) -> Feed | None:
    """From ``quantity:unit`` as a person says it. Raises ``Unreadable``."""
    name, _, unit = said.partition(":")
    spec = QUANTITIES.get(name)
    if spec is None:
        raise Unreadable(
            Message("There is no quantity “{name}”; known are {names}", {"name": name, "names": ", ".join(QUANTITIES)})
        )
    if unit == words.SHARE:
        return _share(column, spec, around)
    found = conversion(unit, spec.unit) if unit else Conversion(spec.unit)
    if found is None and spec.unit is Unit.WATT:
        return replace(_feed(column, spec, _mean_power(unit, around), unit, around), mean=True)
    if found is None:
        raise Unreadable(Message("“{unit}” is no unit of {name}.", {"unit": unit, "name": name}))
    return _feed(column, spec, found, unit, around)


def _mean_power(unit: str, around: Circumstances) -> Conversion:
    """Energy of an interval, told as the mean power over it."""
    energy = conversion(unit, Unit.WATT_HOUR)
    if energy is None:
        raise Unreadable(Message("“{unit}” is no unit of {name}.", {"unit": unit, "name": "ac_power"}))
    return Conversion(Unit.WATT, energy.factor / around.interval_h)
