"""Connectors of chargers in words and shapes that anybody can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.bilingual import Pair, Speaker
from app.kit.presenters.tone import Shape, Tone
from backend.model.device import ConnectorPlate, ConnectorStatus, Device, DeviceKind
from backend.model.freshness import ConnectorView, Freshness, judge, judge_connector
from backend.model.reading import Reading
from backend.model.states import ChargingState, ConnectorState


@dataclass(frozen=True, slots=True)
class Connector:
    """One connector with everything that is known of it."""

    device: Device
    plate: ConnectorPlate
    status: ConnectorStatus | None
    view: ConnectorView


@dataclass(frozen=True, slots=True)
class StateWord:
    """A state as shape, colour and word."""

    shape: Shape
    tone: Tone
    word: Pair


_IN_SESSION = (ConnectorState.CHARGING, ConnectorState.SUSPENDED_EV, ConnectorState.SUSPENDED_EVSE)
_STATION_OUT = (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)
"""A station in these states has no connector that anybody can use."""

_LOOKS: dict[ConnectorState, tuple[Shape, Tone]] = {
    ConnectorState.AVAILABLE: (Shape.RING, Tone.LEAF),
    ConnectorState.PREPARING: (Shape.PLUG, Tone.BLUE),
    ConnectorState.CHARGING: (Shape.BOLT, Tone.BLUE),
    ConnectorState.SUSPENDED_EV: (Shape.PAUSE, Tone.BLUE),
    ConnectorState.SUSPENDED_EVSE: (Shape.PAUSE, Tone.BLUE),
    ConnectorState.FINISHING: (Shape.TICK, Tone.BLUE),
    ConnectorState.RESERVED: (Shape.CLOCK, Tone.BLUE),
    ConnectorState.UNAVAILABLE: (Shape.CROSS, Tone.GREY),
    ConnectorState.FAULTED: (Shape.TRIANGLE, Tone.AMBER),
    ConnectorState.UNKNOWN: (Shape.DASHES, Tone.GREY),
}


def connectors_of(snapshot: Snapshot, now_ms: int, sites: Sequence[str] | None = None) -> list[Connector]:
    """Every connector of the chargers at ``sites`` (all when None), by device and number."""
    heard = {(status.device, status.connector): status for status in snapshot.connectors}
    chargers = [d for d in snapshot.devices.values() if d.kind is DeviceKind.CHARGER and (sites is None or d.site in sites)]
    return [
        _connector(snapshot, device, plate, heard, now_ms)
        for device in sorted(chargers, key=lambda charger: charger.key)
        for plate in _plates(device, heard)
    ]


def _plates(device: Device, heard: dict[tuple[str, int], ConnectorStatus]) -> Iterator[ConnectorPlate]:
    """The registered connectors, and those that only the charger has told us of; at least one."""
    known = {plate.number: plate for plate in device.connectors}
    numbers = known.keys() | {number for key, number in heard if key == device.key and number > 0}
    for number in sorted(numbers) or [1]:
        yield known.get(number) or ConnectorPlate(number)


def _connector(
    snapshot: Snapshot, device: Device, plate: ConnectorPlate, heard: dict[tuple[str, int], ConnectorStatus], now_ms: int
) -> Connector:
    status = heard.get((device.key, plate.number))
    station = heard.get((device.key, 0))
    link = snapshot.statuses.get(device.key)
    asked = status or ConnectorStatus(device.key, plate.number, ConnectorState.UNKNOWN, now_ms)
    view = judge_connector(asked, link, device.interval_s, now_ms, snapshot.node_seen_ms)
    if station is not None and view.state is ConnectorState.AVAILABLE and station.state in _STATION_OUT:
        view = replace(view, state=station.state, since_ms=station.since_ms)
    return Connector(device, plate, status, view)


def power_now(snapshot: Snapshot, connector: Connector, now_ms: int) -> Reading | None:
    """What a connector delivers now, if that was measured since it is in its state.

    Chargers send power during a session only, so the last value of an earlier one stays behind.
    """
    device, view = connector.device, connector.view
    reading = snapshot.latest.get(f"{device.key}/connector{connector.plate.number}.power")
    if view.state not in _IN_SESSION or reading is None or reading.value is None or reading.at_ms < view.since_ms:
        return None
    verdict = judge(reading, snapshot.statuses.get(device.key), device.interval_s, now_ms, snapshot.node_seen_ms)
    return reading if verdict is Freshness.LIVE else None


def is_paused(view: ConnectorView) -> bool:
    """Whether a session is under way in which no energy flows."""
    suspended = (ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE)
    return view.state in (ConnectorState.SUSPENDED_EV, ConnectorState.SUSPENDED_EVSE) or (
        view.state is ConnectorState.CHARGING and view.charging in suspended
    )


def state_word(view: ConnectorView, speaker: Speaker) -> StateWord:
    """The state as everybody may see it."""
    state = ConnectorState.SUSPENDED_EV if is_paused(view) else view.state
    shape, tone = _LOOKS[state]
    return StateWord(shape, tone, speaker.both(lambda texts: say_state(state, texts)))


def say_state(state: ConnectorState, texts: Texts) -> str:
    """The word for a state of a connector."""
    match state:
        case ConnectorState.AVAILABLE:
            return texts.say("Available")
        case ConnectorState.PREPARING:
            return texts.say("Getting ready")
        case ConnectorState.CHARGING:
            return texts.say("Charging")
        case ConnectorState.SUSPENDED_EV | ConnectorState.SUSPENDED_EVSE:
            return texts.say("Paused")
        case ConnectorState.FINISHING:
            return texts.say("Finished, still plugged in")
        case ConnectorState.RESERVED:
            return texts.say("Reserved")
        case ConnectorState.UNAVAILABLE:
            return texts.say("Out of service")
        case ConnectorState.FAULTED:
            return texts.say("Under inspection")
        case ConnectorState.UNKNOWN:
            return texts.say("Checking")


@dataclass(frozen=True, slots=True)
class ChargerCount:
    """How many connectors of a site are in one state."""

    shape: Shape
    tone: Tone
    word: Pair
    count: str


_COUNTED = (
    (ConnectorState.AVAILABLE, (ConnectorState.AVAILABLE,)),
    (
        ConnectorState.CHARGING,
        (
            ConnectorState.CHARGING,
            ConnectorState.PREPARING,
            ConnectorState.SUSPENDED_EV,
            ConnectorState.SUSPENDED_EVSE,
            ConnectorState.FINISHING,
            ConnectorState.RESERVED,
        ),
    ),
    (ConnectorState.FAULTED, (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)),
    (ConnectorState.UNKNOWN, (ConnectorState.UNKNOWN,)),
)
"""What the footer lumps together, under the shape of the first."""


def charger_counts(snapshot: Snapshot, now_ms: int, speaker: Speaker) -> tuple[ChargerCount, ...]:
    """Counts of all connectors that the node knows, the states that occur; empty without chargers."""
    states = [connector.view.state for connector in connectors_of(snapshot, now_ms)]
    counts: list[ChargerCount] = []
    for kind, members in _COUNTED:
        count = sum(state in members for state in states)
        if count:
            counts.append(
                ChargerCount(
                    *_LOOKS[kind], speaker.both(lambda texts, kind=kind: _say_group(kind, texts)), say_count(count, speaker)
                )
            )
    return tuple(counts)


def say_count(count: int, speaker: Speaker) -> str:
    """A number of chargers with the counter word where the language has one."""
    return speaker.main.say_to("number of chargers", "{count}", count=count)


def _say_group(kind: ConnectorState, texts: Texts) -> str:
    return texts.say("In use") if kind is ConnectorState.CHARGING else say_state(kind, texts)
