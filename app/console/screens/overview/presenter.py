"""Sites worst first, and what needs attention, as rows and sentences. No Qt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.console.screens.overview.figures import Figure, clear_ratio, figures_of
from app.console.table.cells import Cell, Column, Row, Spark
from app.kit.bridge.snapshot import SiteDay, Snapshot
from app.kit.i18n import ABSENT, Texts, name_of
from app.kit.presenters.condition import Condition, Severity, condition_of, main_point
from app.kit.presenters.generation import Generation, generation_of
from app.kit.presenters.tone import Tone
from backend.model.device import Device
from backend.model.freshness import Freshness

_SPARK_PX = 84
Judged = tuple[Device, Condition]


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing that somebody should look at."""

    device: str
    severity: Severity
    tone: Tone
    title: str
    where: str
    meaning: str
    since: str = ""
    """Clock time or date, where the beginning is known."""


@dataclass(frozen=True, slots=True)
class OverviewView:
    """All that the overview says."""

    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]
    attention: tuple[Attention, ...]
    summary: str
    attention_summary: str


def columns(texts: Texts) -> tuple[Column, ...]:
    """Titles of the table of sites."""
    return (
        Column(texts.say("Site"), 20),
        Column(texts.say("State"), 22),
        Column(texts.say("Power kW"), 13, figures=True),
        Column(texts.say("vs clear"), 12, figures=True),
        Column(texts.say("Today"), 20, yields=True, least_px=_SPARK_PX),
        Column(texts.say("Heard"), 13, figures=True),
    )


class OverviewPresenter:
    """Remembers the small curves, which are new only when a day was read again."""

    def __init__(self) -> None:
        self._sparks: dict[str, tuple[SiteDay, Spark]] = {}

    def view(self, snapshot: Snapshot, now_ms: int, texts: Texts) -> OverviewView:
        """The whole page at one moment."""
        for site, day in snapshot.days.items():
            known = self._sparks.get(site)
            if known is None or known[0] is not day:
                self._sparks[site] = (day, spark_of(day))
        return _view(snapshot, now_ms, texts, {site: spark for site, (_, spark) in self._sparks.items()})


def spark_of(day: SiteDay) -> Spark:
    """A day's curve over the hours of daylight, to the scale of the best that this day could give."""
    if not len(day.at_ms):
        return Spark(np.empty(0), np.empty(0))
    light = day.clear_at_ms[day.clear_w > 0]
    first, last = (int(light[0]), int(light[-1])) if len(light) > 1 else (int(day.at_ms[0]), int(day.at_ms[-1]) + 1)
    inside = (day.at_ms >= first) & (day.at_ms <= last)
    best = max(float(np.nanmax(day.power_w, initial=1.0)), float(np.max(day.clear_w, initial=1.0)))
    return Spark((day.at_ms[inside] - first) / (last - first), day.power_w[inside] / best)


def _view(snapshot: Snapshot, now_ms: int, texts: Texts, sparks: Mapping[str, Spark]) -> OverviewView:
    judged = [(device, condition_of(snapshot, device, now_ms, texts)) for device in snapshot.devices.values()]
    judged.sort(key=lambda pair: (-pair[1].severity, -(pair[1].since_ms or 0), pair[0].key))
    attention = tuple(_attention(snapshot, device, condition, texts) for device, condition in judged if condition.severity)
    sites = sorted(snapshot.sites, key=lambda key: (-_worst(judged, key), name_of(snapshot.sites[key].names, texts.language)))
    return OverviewView(
        figures=figures_of(snapshot, now_ms, texts),
        rows=tuple(_row(snapshot, key, judged, now_ms, texts, sparks.get(key)) for key in sites),
        attention=attention,
        summary=texts.say_count("{count} site · worst first", "{count} sites · worst first", len(sites)),
        attention_summary=texts.say_count("{count} device", "{count} devices", len(attention)),
    )


def _worst(judged: Sequence[Judged], site: str) -> Severity:
    return max((condition.severity for device, condition in judged if device.site == site), default=Severity.OK)


def _row(snapshot: Snapshot, site: str, judged: Sequence[Judged], now_ms: int, texts: Texts, spark: Spark | None) -> Row:
    own = [(device, condition) for device, condition in judged if device.site == site]
    worst = own[0][1] if own else None
    bad = worst is not None and worst.severity > Severity.OK
    generation, ratio = generation_of(snapshot, site, now_ms), clear_ratio(snapshot, site, now_ms)
    newest = _last_heard(snapshot, [device for device, _ in own])
    quiet = Tone.MUTED
    return Row(
        site,
        (
            Cell(name_of(snapshot.sites[site].names, texts.language)),
            _state(own, texts) if worst and bad else Cell(texts.say("Healthy"), quiet),
            _power(generation, texts),
            Cell(ABSENT, quiet) if ratio is None else Cell(texts.percent(ratio)),
            Cell(tone=worst.tone if worst and bad else quiet, spark=spark),
            Cell(ABSENT if newest is None else texts.age(now_ms - newest), quiet),
        ),
    )


def _power(generation: Generation, texts: Texts) -> Cell:
    """In grey where there is none, or where it is not of now."""
    if generation.power_w is None:
        return Cell(ABSENT, Tone.MUTED)
    tone = Tone.INK if generation.freshness is Freshness.LIVE else Tone.MUTED
    return Cell(texts.number(generation.power_w / 1000, 1), tone)


def _last_heard(snapshot: Snapshot, devices: Sequence[Device]) -> int | None:
    """By the devices' status, which is written once a minute, and their main values, which come more often."""
    seen = [status.last_seen_ms for d in devices if (status := snapshot.statuses.get(d.key)) and status.last_seen_ms]
    read = [snapshot.latest[key].at_ms for d in devices if (key := main_point(snapshot, d))]
    return max((*seen, *read), default=None)


def _state(own: Sequence[Judged], texts: Texts) -> Cell:
    worst = own[0][1]
    more = sum(condition.severity > Severity.OK for _, condition in own) - 1
    text = f"{worst.word}  +{more}" if more else worst.word
    return Cell(text, worst.tone, worst.shape, bold=worst.severity >= Severity.WARNING)


def _attention(snapshot: Snapshot, device: Device, condition: Condition, texts: Texts) -> Attention:
    site = snapshot.sites.get(device.site)
    place = f"{name_of(site.names, texts.language)} · " if site else ""
    where = f"{place}{name_of(device.names, texts.language)}"
    since = ""
    if condition.since_ms is not None and site is not None:
        since = texts.say("since {time}", time=_clock(condition.since_ms, snapshot.now_ms, site.timezone, texts))
    return Attention(device.key, condition.severity, condition.tone, condition.word, where, condition.meaning, since)


def _clock(since_ms: int, now_ms: int, timezone: str, texts: Texts) -> str:
    clock = texts.time(since_ms, timezone)
    today = texts.date(since_ms, timezone) == texts.date(now_ms, timezone)
    return clock if today else f"{texts.date(since_ms, timezone)} {clock}"
