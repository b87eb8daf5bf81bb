"""How a device is, in operators' words: what, since when, what it means, and what is already being done."""

from dataclasses import dataclass
from enum import IntEnum

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.causes import cause_words
from app.kit.presenters.charging import connectors_of
from app.kit.presenters.tone import Shape, Tone
from backend.model.device import Device, DeviceKind, DeviceStatus
from backend.model.freshness import Freshness, judge, node_is_silent
from backend.model.states import Connectivity, ConnectorState, DeviceHealth


class Severity(IntEnum):
    """Worst is highest."""

    OK = 0
    NOTE = 1
    WARNING = 2
    FAULT = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """The verdict on one device."""

    severity: Severity
    shape: Shape
    tone: Tone
    word: str
    since_ms: int | None = None
    meaning: str = ""
    """What it means and what is already done; empty where all is well."""


MAIN_POINTS: dict[DeviceKind, tuple[str, ...]] = {
    DeviceKind.INVERTER: ("ac_power",),
    DeviceKind.CHARGER: ("connector1.power", "connector1.state"),
    DeviceKind.METER: ("grid_power", "load_power", "circuit1_power"),
    DeviceKind.BATTERY: ("soc", "battery_power"),
    DeviceKind.SENSOR: ("irradiance", "ambient_temperature", "humidity", "co2", "pm25", "illuminance", "wind_speed", "rain"),
}
"""What stands for a device in one column, first known first."""


def main_point(snapshot: Snapshot, device: Device) -> str | None:
    """Key of the point that stands for a device; None where it has told nothing yet."""
    keys = [f"{device.key}/{name}" for name in MAIN_POINTS[device.kind]]
    return next((key for key in keys if key in snapshot.latest), None)


def condition_of(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> Condition:
    """The worst that is known of a device, by its link, what it says of itself, its connectors and its main value."""
    status = snapshot.statuses.get(device.key)
    if node_is_silent(now_ms, snapshot.node_seen_ms):
        meaning = texts.say("The node has stopped writing; nothing newer is known.")
        return Condition(Severity.WARNING, Shape.DASHES, Tone.AMBER, texts.say("Node silent"), snapshot.node_seen_ms, meaning)
    if status is None or status.connectivity is Connectivity.UNKNOWN:
        meaning = texts.say("It has not been heard of yet. The node keeps trying.")
        return Condition(Severity.NOTE, Shape.DASHES, Tone.GREY, texts.say("Never heard of"), None, meaning)
    return (
        _by_link(status, texts)
        or _by_health(status, texts)
        or _by_connector(snapshot, device, now_ms, texts)
        or _by_value(snapshot, device, status, now_ms, texts)
        or _well(status, texts)
    )


def _by_link(status: DeviceStatus, texts: Texts) -> Condition | None:
    if status.connectivity is not Connectivity.LOST:
        return None
    meaning = texts.say("The connection is lost. The node keeps trying to reach it.")
    since_ms = status.last_seen_ms or status.since_ms
    return Condition(
        Severity.WARNING, Shape.DASHES, Tone.AMBER, texts.say("No communication"), since_ms, _with_causes(meaning, status, texts)
    )


def _by_health(status: DeviceStatus, texts: Texts) -> Condition | None:
    if status.health is DeviceHealth.FAULT:
        meaning = texts.say("The device reports a fault. Its values are withheld from the public.")
        return Condition(
            Severity.FAULT,
            Shape.TRIANGLE,
            Tone.RED,
            texts.say("Fault"),
            status.health_since_ms,
            _with_causes(meaning, status, texts),
        )
    if status.health is DeviceHealth.WARNING:
        meaning = texts.say("The device reports a warning.")
        return Condition(
            Severity.WARNING,
            Shape.TRIANGLE,
            Tone.AMBER,
            texts.say("Warning"),
            status.health_since_ms,
            _with_causes(meaning, status, texts),
        )
    return None


def _by_connector(snapshot: Snapshot, device: Device, now_ms: int, texts: Texts) -> Condition | None:
    if device.kind is not DeviceKind.CHARGER:
        return None
    for connector in connectors_of(snapshot, now_ms, (device.site,)):
        if connector.device.key == device.key and connector.view.state is ConnectorState.FAULTED:
            meaning = texts.say(
                "Connector {number} reports a fault; the kiosk shows it as under inspection.", number=connector.plate.number
            )
            word = texts.say("Connector fault")
            return Condition(Severity.WARNING, Shape.TRIANGLE, Tone.AMBER, word, connector.view.since_ms, meaning)
    return None


def _by_value(snapshot: Snapshot, device: Device, status: DeviceStatus, now_ms: int, texts: Texts) -> Condition | None:
    reading = snapshot.latest.get(main_point(snapshot, device) or "")
    if reading is None or judge(reading, status, device.interval_s, now_ms, snapshot.node_seen_ms) is not Freshness.FAULTY:
        return None
    meaning = texts.say("The main value cannot be trusted; the kiosk shows it as under inspection.")
    return Condition(
        Severity.WARNING, Shape.TRIANGLE, Tone.AMBER, texts.say("Value in doubt"), snapshot.doubts.get(reading.point), meaning
    )


def _well(status: DeviceStatus, texts: Texts) -> Condition:
    if status.connectivity is Connectivity.ASLEEP:
        return Condition(Severity.OK, Shape.MOON, Tone.MUTED, texts.say("Asleep"), status.since_ms)
    return Condition(Severity.OK, Shape.TICK, Tone.MUTED, texts.say("Healthy"), status.since_ms)


def _with_causes(meaning: str, status: DeviceStatus, texts: Texts) -> str:
    return f"{meaning} ({cause_words(texts, status.causes)})" if status.causes else meaning
