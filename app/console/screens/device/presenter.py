"""One device in words: its plate, its live points, its raw values. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.console.screens.contract import RawRow
from app.console.table.cells import Cell, Column, Row
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import ABSENT, Texts, name_of
from app.kit.presenters.condition import Condition, condition_of, main_point
from app.kit.presenters.point_names import point_name
from app.kit.presenters.tone import Tone
from app.kit.presenters.vocabulary import kind_word, quality_word, reading_words
from backend.model.device import Device
from backend.model.freshness import Freshness, judge, node_is_silent
from backend.model.point import LINK, Point, PointKind
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import Connectivity

_LAST_KNOWN = (Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Quality.UNCERTAIN_LAST_USABLE_VALUE)


@dataclass(frozen=True, slots=True)
class DeviceHead:
    """What stands at the top of the page."""

    name: str
    place: str
    condition: Condition
    facts: tuple[str, ...]
    """Nameplate, address, warnings; only what is known."""


def head_of(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> DeviceHead:
    """Name, place, condition and the plate."""
    site = snapshot.sites.get(device.site)
    place = f"{name_of(site.names, texts.language) if site else device.site} · {kind_word(texts, device.kind)}"
    return DeviceHead(
        name_of(device.names, texts.language),
        place,
        condition_of(snapshot, device, now_ms, texts),
        _facts(snapshot, device, texts),
    )


def _facts(snapshot: Snapshot, device: Device, texts: Texts) -> tuple[str, ...]:
    status = snapshot.statuses.get(device.key)
    facts = [device.address]
    if status is not None:
        plate = status.plate
        facts.append(" ".join(word for word in (plate.maker, plate.model, plate.version) if word))
        facts.append(texts.say("serial {number}", number=plate.serial) if plate.serial else "")
        facts.append(texts.say("let in without credentials") if status.insecure else "")
    if device.rated_w is not None:
        facts.append(texts.say("rated {power}", power=str(texts.rated_power(device.rated_w))))
    return tuple(fact for fact in facts if fact)


def point_columns(texts: Texts) -> tuple[Column, ...]:
    """Titles of the table of points."""
    return (
        Column(texts.say("Point"), 27),
        Column(texts.say("Key"), 23, yields=True),
        Column(texts.say("Value"), 22, figures=True),
        Column(texts.say("Quality"), 14),
        Column(texts.say("Age"), 14, figures=True),
    )


def point_rows(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> tuple[Row, ...]:
    """Every point of the device, its main one first, as it was heard last."""
    main = main_point(snapshot, device)
    own = [key for key in snapshot.points if key.startswith(f"{device.key}/")]
    return tuple(_point_row(snapshot, key, now_ms, texts) for key in sorted(own, key=lambda key: (key != main, key)))


def _point_row(snapshot: Snapshot, key: str, now_ms: int, texts: Texts) -> Row:
    point, reading = snapshot.points[key], snapshot.latest.get(key)
    name, code = Cell(point_name(texts, point.spec.name)), Cell(point.spec.name, Tone.MUTED)
    nothing = Cell(ABSENT, Tone.MUTED)
    if reading is None:
        return Row(key, (name, code, nothing, Cell(texts.say("Never heard of"), Tone.MUTED), nothing))
    shown = _quality_now(snapshot, point, reading, now_ms)
    quiet = shown.is_good or shown in (Quality.BAD_NOT_SUPPORTED, Quality.BAD_NOT_CONNECTED, Quality.UNCERTAIN_LAST_USABLE_VALUE)
    quality = Cell(quality_word(texts, shown), Tone.MUTED if quiet else Tone.AMBER)
    old = reading.value is None or shown in _LAST_KNOWN
    value = Cell(str(reading_words(texts, point, reading)), Tone.MUTED if old else Tone.INK)
    return Row(key, (name, code, value, quality, Cell(texts.age(now_ms - reading.at_ms), Tone.MUTED)))


def _quality_now(snapshot: Snapshot, point: Point, reading: Reading, now_ms: int) -> Quality:
    """The quality by which a value may be read now: good once is not good for ever.

    States and counters hold until the device says otherwise, as long as somebody would hear it.
    """
    device, status = snapshot.devices[point.device], snapshot.statuses.get(point.device)
    if not reading.quality.is_good or reading.value is None:
        return reading.quality
    lost = status is not None and status.connectivity is Connectivity.LOST and point.spec.name != LINK.name
    if lost or node_is_silent(now_ms, snapshot.node_seen_ms):
        return Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
    if point.spec.kind is PointKind.INSTANTANEOUS:
        verdict = judge(reading, status, device.interval_s, now_ms, snapshot.node_seen_ms)
        return reading.quality if verdict is Freshness.LIVE else Quality.UNCERTAIN_LAST_USABLE_VALUE
    return reading.quality


def trend_point(snapshot: Snapshot, device: Device, chosen: str) -> str | None:
    """The point whose day is drawn: the chosen one, else the main one; never a register that only counts up."""
    point = snapshot.points.get(chosen)
    if point is not None and point.device == device.key and point.spec.kind is PointKind.INSTANTANEOUS:
        return chosen
    return main_point(snapshot, device)


def raw_columns(texts: Texts) -> tuple[Column, ...]:
    """Titles of the table of raw values."""
    return (
        Column(texts.say("In the device"), 32),
        Column(texts.say("Raw"), 18, figures=True),
        Column(texts.say("Decoded"), 22, figures=True),
        Column(texts.say("Point"), 28),
    )


def raw_rows(rows: Sequence[RawRow]) -> tuple[Row, ...]:
    """Raw beside decoded; what the device does not provide stands in grey with the reason."""
    return tuple(_raw_row(number, row) for number, row in enumerate(rows))


def _raw_row(number: int, row: RawRow) -> Row:
    tone = Tone.MUTED if row.absent else Tone.INK
    decoded = row.absent or f"{row.value} {row.unit}".rstrip()
    return Row(f"{number}", (Cell(row.path, tone), Cell(row.raw, tone), Cell(decoded, tone), Cell(row.name, Tone.MUTED)))
