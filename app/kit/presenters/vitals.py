"""The age and health that stand under every scene."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts
from app.kit.presenters.bilingual import UNSAID, Pair, Speaker
from app.kit.presenters.health import tally_of
from app.kit.presenters.tone import Shape
from backend.model.device import Device
from backend.model.freshness import node_is_silent

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Vitals:
    """Two short lines, and a shape where something is wrong."""

    first: Pair
    second: Pair = UNSAID
    shape: Shape | None = None


def say_since(at_ms: int, now_ms: int, timezone: str, texts: Texts) -> str:
    """A clock time of today, a date for what is longer ago."""
    return texts.time(at_ms, timezone) if now_ms - at_ms < _DAY_MS else texts.date(at_ms, timezone)


def silence_of(snapshot: Snapshot, now_ms: int, timezone: str, speaker: Speaker) -> Vitals | None:
    """What to say when the node has stopped writing; None while it writes."""
    if not node_is_silent(now_ms, snapshot.node_seen_ms):
        return None
    seen_ms = snapshot.node_seen_ms
    if seen_ms is None:
        return Vitals(speaker.both(lambda texts: texts.say("Getting ready")), shape=Shape.HOURGLASS)
    first = speaker.both(lambda texts: texts.say("No updates since {time}", time=say_since(seen_ms, now_ms, timezone, texts)))
    return Vitals(first, speaker.both(lambda texts: texts.say("Waiting for data")), Shape.DASHES)


def measured(at_ms: int | None, now_ms: int, speaker: Speaker) -> Pair:
    """How old the newest of the shown measurements is."""
    if at_ms is None:
        return speaker.both(lambda texts: texts.say("Not measured yet"))
    return speaker.both(lambda texts: texts.say("Measured {age}", age=texts.age(now_ms - at_ms)))


def health_of(snapshot: Snapshot, devices: Iterable[Device], now_ms: int, speaker: Speaker) -> Pair:
    """How many devices are well, in words; no devices, no words."""
    tally = tally_of(snapshot, devices, now_ms, speaker.main)
    if not tally.count:
        return UNSAID
    if not tally.known:
        return speaker.both(lambda texts: texts.say_count("{count} device: checking", "{count} devices: checking", tally.count))
    if tally.well == tally.count:
        return speaker.both(lambda texts: texts.say_count("{count} device healthy", "All {count} devices healthy", tally.well))
    return speaker.both(lambda texts: texts.say("{well} of {count} devices healthy", well=tally.well, count=tally.count))
