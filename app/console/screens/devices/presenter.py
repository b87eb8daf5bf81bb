"""Devices as rows, worst first, and the filter over them. No Qt."""

import unicodedata

from app.console.table.cells import Cell, Column, Row
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import ABSENT, Texts, name_of
from app.kit.presenters.charging import connectors_of, power_now
from app.kit.presenters.condition import Condition, Severity, condition_of, main_point
from app.kit.presenters.tone import Tone
from app.kit.presenters.vocabulary import kind_word, reading_words, state_word
from backend.model.device import Device, DeviceKind
from backend.model.freshness import judge, node_is_silent
from backend.model.states import Connectivity, StateSet

_WORDS = 5
"""The first columns are words, the others figures that nobody looks for."""


def columns(texts: Texts) -> tuple[Column, ...]:
    """Titles of the table of devices."""
    return (
        Column(texts.say("Device"), 24),
        Column(texts.say("Site"), 18),
        Column(texts.say("Kind"), 14, yields=True),
        Column(texts.say("Link"), 14, yields=True),
        Column(texts.say("State"), 18),
        Column(texts.say("Value"), 14, figures=True),
        Column(texts.say("Age"), 12, figures=True),
    )


def rows_of(snapshot: Snapshot, now_ms: int, texts: Texts, wanted: str = "") -> tuple[Row, ...]:
    """Every device that the filter lets through: all its words must occur, in any order and width."""
    words = _folded(wanted).split()
    judged = [(device, condition_of(snapshot, device, now_ms, texts)) for device in snapshot.devices.values()]
    judged.sort(key=lambda pair: (-pair[1].severity, pair[0].key))
    rows = (_row(snapshot, device, condition, now_ms, texts) for device, condition in judged)
    return tuple(row for row in rows if _passes(row, words))


def _passes(row: Row, words: list[str]) -> bool:
    if not words:
        return True
    text = _folded(" ".join((row.key, *(cell.text for cell in row.cells[:_WORDS]))))
    return all(word in text for word in words)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _row(snapshot: Snapshot, device: Device, condition: Condition, now_ms: int, texts: Texts) -> Row:
    site = snapshot.sites.get(device.site)
    status = snapshot.statuses.get(device.key)
    link = status.connectivity if status else Connectivity.UNKNOWN
    silent = node_is_silent(now_ms, snapshot.node_seen_ms)
    lost = link is Connectivity.LOST and not silent
    bad = condition.severity >= Severity.WARNING
    return Row(
        device.key,
        (
            Cell(name_of(device.names, texts.language), bold=bad),
            Cell(name_of(site.names, texts.language) if site else device.site),
            Cell(kind_word(texts, device.kind), Tone.MUTED),
            Cell(ABSENT if silent else state_word(texts, StateSet.CONNECTIVITY, link), Tone.AMBER if lost else Tone.MUTED),
            Cell(condition.word, condition.tone, condition.shape if condition.severity else None, bold=bad),
            _value(snapshot, device, now_ms, texts),
            _age(snapshot, device, now_ms, texts),
        ),
    )


def _value(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> Cell:
    """The main value; in grey where it is too old or too doubtful for the public, never hidden from an operator."""
    if device.kind is DeviceKind.CHARGER:
        return _of_charger(snapshot, device, now_ms, texts)
    key = main_point(snapshot, device) or ""
    point, reading = snapshot.points.get(key), snapshot.latest.get(key)
    if point is None or reading is None:
        return Cell(ABSENT, Tone.MUTED)
    freshness = judge(reading, snapshot.statuses.get(device.key), device.interval_s, now_ms, snapshot.node_seen_ms)
    return Cell(str(reading_words(texts, point, reading)), Tone.INK if freshness.shows_value else Tone.MUTED)


def _of_charger(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> Cell:
    """All that its connectors deliver now; nothing where none is measured: what was sent last may be of yesterday."""
    connectors = (each for each in connectors_of(snapshot, now_ms, (device.site,)) if each.device.key == device.key)
    readings = (power_now(snapshot, connector, now_ms) for connector in connectors)
    known = [reading.value for reading in readings if reading is not None and reading.value is not None]
    return Cell(str(texts.power(sum(known)))) if known else Cell(ABSENT, Tone.MUTED)


def _age(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> Cell:
    status = snapshot.statuses.get(device.key)
    calls_us = device.kind is DeviceKind.CHARGER
    reading = None if calls_us else snapshot.latest.get(main_point(snapshot, device) or "")
    seen_ms = reading.at_ms if reading else status.last_seen_ms if status else None
    return Cell(ABSENT if seen_ms is None else texts.age(now_ms - seen_ms), Tone.MUTED)
