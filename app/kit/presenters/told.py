"""One value of a point as it may be shown: the number, or the word that stands in its place."""

from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.bilingual import Pair, Speaker
from app.kit.presenters.charging import StateWord
from app.kit.presenters.tone import Shape, Tone
from app.kit.presenters.vitals import say_since
from backend.model.derived import derived_interval_s
from backend.model.device import Device
from backend.model.freshness import Freshness, judge
from backend.model.site import Site
from backend.model.states import DeviceHealth


@dataclass(frozen=True, slots=True)
class Told:
    """What may be said of a point now."""

    freshness: Freshness
    value: float | None = None
    """In the stored unit; None where none may be shown."""
    at_ms: int | None = None


def told(snapshot: Snapshot, key: str, now_ms: int) -> Told:
    """The verdict on the newest reading of a point; a device that reports a fault has its values withheld."""
    owner = key.rpartition("/")[0]
    reading, status = snapshot.latest.get(key), snapshot.statuses.get(owner)
    freshness = judge(reading, status, _interval_s(snapshot, owner), now_ms, snapshot.node_seen_ms)
    if freshness.shows_value and status is not None and status.health is DeviceHealth.FAULT:
        freshness = Freshness.FAULTY
    at_ms = reading.at_ms if reading else None
    return Told(freshness, reading.value if reading and freshness.shows_value else None, at_ms)


def _interval_s(snapshot: Snapshot, owner: str) -> float:
    """A derived value comes as its site's devices tell something."""
    device = snapshot.devices.get(owner)
    if device is not None:
        return device.interval_s
    site = owner.rpartition("/")[0]
    return derived_interval_s(device for device in snapshot.devices.values() if device.site == site)


def devices_of(snapshot: Snapshot, site: Site) -> list[Device]:
    """The devices of a site."""
    return [device for device in snapshot.devices.values() if device.site == site.key]


def in_place(freshness: Freshness, speaker: Speaker) -> StateWord:
    """What stands where a number may not."""
    match freshness:
        case Freshness.FAULTY:
            return StateWord(Shape.TRIANGLE, Tone.AMBER, speaker.both(lambda texts: texts.say("Under inspection")))
        case Freshness.OFFLINE:
            return StateWord(Shape.DASHES, Tone.GREY, speaker.both(lambda texts: texts.say("Checking")))
        case Freshness.ASLEEP:
            return StateWord(Shape.MOON, Tone.MUTED, speaker.both(lambda texts: texts.say_to("children", "Asleep")))
        case _:
            return StateWord(Shape.HOURGLASS, Tone.GREY, speaker.both(lambda texts: texts.say("Getting ready")))


def as_of(at_ms: int, now_ms: int, timezone: str, speaker: Speaker) -> Pair:
    """The time without which an older value may not be shown."""

    def say(texts: Texts) -> str:
        return texts.say("As of {time}", time=say_since(at_ms, now_ms, timezone, texts))

    return speaker.both(say)
