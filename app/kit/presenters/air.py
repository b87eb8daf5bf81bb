"""The scene "Environment": what the air at this site is like, and how it was in the last 24 hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.kit.bridge.past import air_points
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.i18n.quantity import Quantity
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.charging import StateWord
from app.kit.presenters.frame import Frame, make_frame
from app.kit.presenters.heat import HeatView, view_heat
from app.kit.presenters.now import site_of
from app.kit.presenters.told import Told, as_of, in_place, told
from app.kit.presenters.trace import Scale, TraceView, make_trace
from app.kit.presenters.vitals import say_since
from backend.model import quantities as q
from backend.model.derived import derived_device
from backend.model.freshness import Freshness
from backend.model.message import Message
from backend.model.quality import Quality
from backend.model.site import Site

_MOST_CARDS = 6


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one quantity is told."""

    title: Message
    unit: str
    """Empty for degrees Celsius, which every language writes in its own way."""
    digits: int
    scale: Scale


_KINDS: Mapping[str, _Kind] = {
    q.WBGT.name: _Kind(Message("Heat index (WBGT)"), "", 1, Scale(6.0)),
    q.AMBIENT_TEMPERATURE.name: _Kind(Message("Temperature"), "", 1, Scale(6.0)),
    q.HUMIDITY.name: _Kind(Message("Humidity"), "%", 0, Scale(30.0)),
    q.CO2.name: _Kind(Message("CO₂ in the air"), "ppm", 0, Scale(400.0)),
    q.PM25.name: _Kind(Message("PM2.5"), "µg/m³", 0, Scale(15.0, 0.0)),
    q.IRRADIANCE.name: _Kind(Message("Sunshine"), "W/m²", 0, Scale(400.0, 0.0)),
    q.WIND_SPEED.name: _Kind(Message("Wind"), "m/s", 1, Scale(5.0, 0.0)),
    q.ILLUMINANCE.name: _Kind(Message("Brightness"), "lx", 0, Scale(500.0, 0.0)),
}


@dataclass(frozen=True, slots=True)
class AirValue:
    """One quantity: its figure or a word in its place, and its day."""

    title: Pair
    figure: Quantity | None
    state: StateWord | None
    """In place of a figure."""
    note: str
    """The time or day of an older figure, for which there is always room; empty for a live one."""
    as_of: Pair
    """The same in words."""
    trace: TraceView
    low: str
    """The lowest figure of the 24 hours in words; empty where too little is known."""
    high: str

    @property
    def is_live(self) -> bool:
        """Whether the figure is that of now."""
        return self.figure is not None and not self.note

    @property
    def extremes(self) -> str:
        """Both in one line."""
        return "・".join(text for text in (self.high, self.low) if text)


@dataclass(frozen=True, slots=True)
class AirView:
    """Everything the scene says."""

    frame: Frame
    hero: AirValue
    heat: HeatView | None
    """Where the hero is a WBGT that may be shown."""
    cards: tuple[AirValue, ...]


def has_air(snapshot: Snapshot) -> bool:
    """Whether anything at this screen's site tells of the environment."""
    site = site_of(snapshot)
    return site is not None and bool(_chosen(snapshot, site, snapshot.now_ms))


def view_air(snapshot: Snapshot, now_ms: int) -> AirView | None:
    """The view at ``now_ms``; None while not even the site is known."""
    site = site_of(snapshot)
    if site is None:
        return None
    speaker = Speaker.of(snapshot.plan)
    chosen = _chosen(snapshot, site, now_ms)
    values = [_value(snapshot, site, key, one, now_ms, speaker) for key, one in chosen]
    heat = None
    if chosen and chosen[0][0].endswith(f"/{q.WBGT.name}") and chosen[0][1].value is not None:
        heat = view_heat(chosen[0][1].value, speaker)
    newest = max((one.at_ms for _, one in chosen if one.value is not None and one.at_ms), default=None)
    return AirView(
        make_frame(snapshot, site, now_ms, speaker, lambda texts: texts.say("Environment now"), newest),
        values[0] if values else _nothing(now_ms, site, speaker),
        heat,
        tuple(values[1 : 1 + _MOST_CARDS]),
    )


def _chosen(snapshot: Snapshot, site: Site, now_ms: int) -> Sequence[tuple[str, Told]]:
    """One point of each quantity that there is, by weight."""
    keys = air_points(site.key, snapshot.latest)
    found: dict[str, tuple[str, Told]] = {}
    for key in sorted(keys, key=lambda key: not key.startswith(f"{derived_device(site.key)}/")):
        name = key.rpartition("/")[2]
        if snapshot.latest[key].quality == Quality.BAD_NOT_SUPPORTED:
            continue
        one = told(snapshot, key, now_ms)
        if name not in found or found[name][1].freshness is Freshness.ABSENT:
            found[name] = (key, one)
    return [found[name] for name in _KINDS if name in found]


def _value(snapshot: Snapshot, site: Site, key: str, one: Told, now_ms: int, speaker: Speaker) -> AirValue:
    kind, texts = _KINDS[key.rpartition("/")[2]], speaker.main
    trace = make_trace(snapshot.traces.get(key), kind.scale, now_ms, site.timezone, texts)
    older = one.freshness is Freshness.STALE and one.at_ms is not None
    return AirValue(
        title=speaker.both(lambda texts: texts.say_message(kind.title)),
        figure=None if one.value is None else _figure(one.value, kind, texts),
        state=in_place(one.freshness, speaker) if one.value is None else None,
        note=say_since(one.at_ms, now_ms, site.timezone, texts) if older and one.at_ms is not None else "",
        as_of=as_of(one.at_ms, now_ms, site.timezone, speaker) if older and one.at_ms is not None else UNSAID,
        trace=trace,
        low="" if trace.low is None else texts.say("low {figure}", figure=texts.number(trace.low, kind.digits)),
        high="" if trace.high is None else texts.say("high {figure}", figure=texts.number(trace.high, kind.digits)),
    )


def _figure(value: float, kind: _Kind, texts: Texts) -> Quantity:
    return Quantity(texts.number(value, kind.digits), kind.unit) if kind.unit else texts.temperature(value)


def _nothing(now_ms: int, site: Site, speaker: Speaker) -> AirValue:
    """What stands where nothing was heard of yet."""
    title = speaker.both(lambda texts: texts.say("Waiting for the first measurement"))
    hours = make_trace(None, Scale(1.0), now_ms, site.timezone, speaker.main)
    return AirValue(title, None, in_place(Freshness.ABSENT, speaker), "", UNSAID, hours, "", "")
