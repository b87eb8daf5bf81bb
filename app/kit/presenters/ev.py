"""The scene "EV chargers": which connectors of the town can be used now."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts, name_of
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.charging import Connector, StateWord, connectors_of, is_paused, power_now, say_state, state_word
from app.kit.presenters.daylight import sun_elevation_deg
from app.kit.presenters.now import site_of, town_of
from app.kit.presenters.tone import Tone
from app.kit.presenters.vitals import Vitals, say_since, silence_of
from backend.model.device import DeviceKind
from backend.model.freshness import Freshness
from backend.model.site import Site
from backend.model.states import ConnectorState
from backend.model.sun import RISE_DEG

_UTC = "UTC"
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class EvCard:
    """One connector."""

    site: str
    """Where it is; empty where the name says so already, or all are at one place."""
    name: str
    plate: str
    """Plug and power, as far as they are known."""
    state: StateWord
    detail: tuple[str, ...]
    """What is known beside the state, such as power and time: as much as fits, longest first."""
    second: tuple[str, ...]
    """The state in the second language: as much of it as fits, longest first; empty for one language."""


@dataclass(frozen=True, slots=True)
class EvGroup:
    """The connectors of one operator; the name is empty where there is only one."""

    operator: str
    cards: tuple[EvCard, ...]


@dataclass(frozen=True, slots=True)
class EvView:
    """Everything the scene says."""

    title: str
    accent: str
    """How many can be used now, in one sentence."""
    accent_tone: Tone
    subtitle: str
    clock: str
    date: str
    dark: bool
    """Whether it is night at the screen's site."""
    demo: Pair
    groups: tuple[EvGroup, ...]
    nothing: Pair
    """What is said where there are no groups."""
    lead: Pair
    vitals: Vitals


def has_chargers(snapshot: Snapshot) -> bool:
    """Whether the town has any charger."""
    return any(device.kind is DeviceKind.CHARGER for device in snapshot.devices.values())


def view_ev(snapshot: Snapshot, now_ms: int) -> EvView:
    """The view at ``now_ms``; without chargers it has no groups."""
    speaker = Speaker.of(snapshot.plan)
    site = site_of(snapshot)
    zone = site.timezone if site else _UTC
    connectors = _sorted(connectors_of(snapshot, now_ms), site)
    accent, tone = _accent(connectors, speaker)
    return EvView(
        title=speaker.main.say("EV chargers"),
        accent=accent,
        accent_tone=tone,
        subtitle=_subtitle(connectors, speaker),
        clock=speaker.main.time(now_ms, zone),
        date=speaker.main.date(now_ms, zone),
        dark=site is not None and sun_elevation_deg(site, now_ms) < RISE_DEG,
        demo=speaker.both(lambda texts: texts.say("Demo")) if snapshot.demo else UNSAID,
        groups=_groups(snapshot, connectors, now_ms, zone, speaker),
        nothing=speaker.both(lambda texts: texts.say("No chargers here yet")),
        lead=town_of(snapshot, speaker) or (speaker.name(site.names) if site else UNSAID),
        vitals=_vitals(snapshot, now_ms, zone, speaker),
    )


def _sorted(connectors: list[Connector], site: Site | None) -> list[Connector]:
    """Operators apart, the screen's own site first; always in the same place, so that people find theirs again."""
    own = site.key if site else ""
    return sorted(connectors, key=lambda c: (c.device.operator, c.device.site != own, c.device.key, c.plate.number))


def _accent(connectors: Sequence[Connector], speaker: Speaker) -> tuple[str, Tone]:
    texts = speaker.main
    free = sum(c.view.state is ConnectorState.AVAILABLE for c in connectors)
    if free:
        return texts.say_count("{count} available now", "{count} available now", free), Tone.LEAF
    if not connectors:
        return "", Tone.GREY
    if all(c.view.state is ConnectorState.UNKNOWN for c in connectors):
        return texts.say("Checking"), Tone.GREY
    return texts.say("None available now"), Tone.MUTED


def _subtitle(connectors: Sequence[Connector], speaker: Speaker) -> str:
    if not connectors:
        return ""
    free = sum(c.view.state is ConnectorState.AVAILABLE for c in connectors)
    unknown = sum(c.view.state is ConnectorState.UNKNOWN for c in connectors)
    said = speaker.both(lambda texts: _say_share(texts, free, unknown, len(connectors)))
    return said.second or said.main


def _say_share(texts: Texts, free: int, unknown: int, count: int) -> str:
    if unknown == count:
        return texts.say("EV chargers: checking")
    return texts.say("EV chargers: {free} of {count} available now", free=free, count=count)


def _groups(snapshot: Snapshot, connectors: Sequence[Connector], now_ms: int, zone: str, speaker: Speaker) -> tuple[EvGroup, ...]:
    parts = [(name, list(part)) for name, part in groupby(connectors, key=lambda c: c.device.operator)]
    several = len(parts) > 1
    return tuple(
        EvGroup(
            (name or speaker.main.say("Other operators")) if several else "",
            tuple(_card(snapshot, connector, now_ms, zone, speaker) for connector in part),
        )
        for name, part in parts
    )


def _card(snapshot: Snapshot, connector: Connector, now_ms: int, zone: str, speaker: Speaker) -> EvCard:
    word = state_word(connector.view, speaker)
    return EvCard(
        _place(snapshot, connector, speaker.main),
        _name(connector, speaker.main),
        _plate(connector, speaker.main),
        word,
        _detail(snapshot, connector, now_ms, zone, speaker.main),
        _shorter(speaker.both(lambda texts: _brief(connector, now_ms, zone, texts)).second, word.word.second),
    )


def _place(snapshot: Snapshot, connector: Connector, texts: Texts) -> str:
    site = snapshot.sites.get(connector.device.site)
    place = name_of(site.names, texts.language) if site and len(snapshot.sites) > 1 else ""
    return "" if name_of(connector.device.names, texts.language).startswith(place) else place


def _name(connector: Connector, texts: Texts) -> str:
    """The charger's name, with the connector's number where it has several."""
    name = name_of(connector.device.names, texts.language)
    several = len(connector.device.connectors) > 1
    return f"{name} {texts.say('No. {number}', number=connector.plate.number)}" if several else name


def _plate(connector: Connector, texts: Texts) -> str:
    power = str(texts.rated_power(connector.plate.max_w)) if connector.plate.max_w else ""
    return "・".join(part for part in (connector.plate.type, power) if part)


def _detail(snapshot: Snapshot, connector: Connector, now_ms: int, zone: str, texts: Texts) -> tuple[str, ...]:
    view = connector.view
    since = say_since(view.since_ms, now_ms, zone, texts)
    match view.state:
        case ConnectorState.UNKNOWN:
            if view.freshness is Freshness.OFFLINE:
                return texts.say("No contact since {time}", time=since), texts.say("Since {time}", time=since)
            return (texts.say("Not heard from yet"),)
        case ConnectorState.FAULTED | ConnectorState.UNAVAILABLE:
            return (texts.say("Since {time}", time=since),)
        case ConnectorState.CHARGING | ConnectorState.SUSPENDED_EV | ConnectorState.SUSPENDED_EVSE:
            return _session(snapshot, connector, now_ms, texts)
        case _:
            return ()


def _brief(connector: Connector, now_ms: int, zone: str, texts: Texts) -> str:
    """State and time in one short line."""
    view, status = connector.view, connector.status
    word = say_state(view.state, texts)
    since = say_since(view.since_ms, now_ms, zone, texts)
    match view.state:
        case ConnectorState.UNKNOWN if view.freshness is Freshness.OFFLINE:
            return texts.say("No contact since {time}", time=since)
        case ConnectorState.UNKNOWN:
            return texts.say("Not heard from yet")
        case ConnectorState.FAULTED | ConnectorState.UNAVAILABLE:
            return texts.say("{state} since {time}", state=word, time=since)
        case ConnectorState.CHARGING if status is not None and status.session_since_ms is not None:
            length_ms = now_ms - status.session_since_ms
            said = texts.duration(length_ms) if length_ms >= _MINUTE_MS else texts.say("just started")
            return f"{word}・{said}"
        case _:
            return word


def _shorter(full: str, word: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in (full, word) if text))


def _session(snapshot: Snapshot, connector: Connector, now_ms: int, texts: Texts) -> tuple[str, ...]:
    """Power and length of a session, as far as they may be told."""
    power = _power(snapshot, connector, now_ms, texts)
    status = connector.status
    if status is None or status.session_since_ms is None:
        return (power,) if power else ()
    length_ms = now_ms - status.session_since_ms
    if length_ms < _MINUTE_MS:
        begun = texts.say("just started")
        return (f"{power}・{begun}", begun) if power else (begun,)
    duration = texts.duration(length_ms)
    full = texts.say("{duration} so far", duration=duration)
    return (f"{power}・{full}", f"{power}・{duration}", duration) if power else (full, duration)


def _power(snapshot: Snapshot, connector: Connector, now_ms: int, texts: Texts) -> str:
    if is_paused(connector.view):
        return ""
    reading = power_now(snapshot, connector, now_ms)
    return "" if reading is None or reading.value is None else str(texts.power(max(0.0, reading.value)))


def _vitals(snapshot: Snapshot, now_ms: int, zone: str, speaker: Speaker) -> Vitals:
    silence = silence_of(snapshot, now_ms, zone, speaker)
    if silence is not None or snapshot.node_seen_ms is None:
        return silence or Vitals(UNSAID)
    age_ms = now_ms - snapshot.node_seen_ms
    return Vitals(speaker.both(lambda texts: texts.say("Updated {age}", age=texts.age(age_ms))))
