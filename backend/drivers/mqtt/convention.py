"""Our convention (domain.md section 6): topic ``enemado/<site>/<device>/<point>``, JSON of ``v u ts q seq epoch``; pure."""

from dataclasses import dataclass
from typing import Final, NamedTuple, cast

from backend.drivers.document import NotJson, read_document
from backend.drivers.mapping import read_value
from backend.drivers.moment import ISO, Moment, read_moment
from backend.drivers.repeats import fingerprint
from backend.model.device import Nameplate
from backend.model.mapping import Source, TimeField
from backend.model.point import PointSpec, Unit
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.unit_conversion import conversion

ROOT: Final = "enemado"
STATUS: Final = "status"
"""Retained ``online`` or ``offline``; the last will sets the latter."""
META: Final = "meta"
"""Retained nameplate: maker, model, serial, version."""
ACK: Final = "ack"
"""From us: what is on disk."""
_UNIX_MS: Final = TimeField("$", "unix_ms")
_WITHOUT_UNIT: Final = (Unit.RATIO, Unit.STATE)
_CODES: Final[dict[int, Quality]] = {code.value: code for code in Quality}
_GRADES: Final = (Quality.GOOD, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, Quality.BAD_DEVICE_FAILURE, Quality.BAD_DEVICE_FAILURE)
"""By the two top bits, for codes that we do not use."""
_WORDS: Final = {
    "good": Quality.GOOD,
    "uncertain": Quality.UNCERTAIN_SENSOR_NOT_ACCURATE,
    "bad": Quality.BAD_DEVICE_FAILURE,
}


class Malformed(ValueError):
    """A message that keeps to no convention; the text says why."""


class Place(NamedTuple):
    """What a topic names."""

    site: str
    device: str
    point: str


@dataclass(frozen=True, slots=True)
class Telegram:
    """One measured value as the device sent it."""

    body: dict[str, object]
    moment: Moment
    sequence: int | None
    epoch: int | str | None

    def mark(self, point: str) -> int | None:
        """What a repeat of this is known by: epoch and sequence number, else all of it where it has a time of its own."""
        if self.sequence is not None and self.epoch is not None:
            return fingerprint(point, self.epoch, self.sequence)
        return fingerprint(point, sorted(self.body.items(), key=str)) if self.moment.own else None


def read_topic(topic: str) -> Place | None:
    """None for a topic of another form."""
    levels = topic.split("/")
    return Place(*levels[1:]) if len(levels) == 4 and levels[0] == ROOT and all(levels) else None


def read_telegram(payload: bytes, now_ms: int) -> Telegram:
    """The parts of a message. Raises ``Malformed``."""
    body = _object(payload)
    if "v" not in body:
        raise Malformed("without v")
    written = body.get("ts")
    moment = read_moment(written, _UNIX_MS if isinstance(written, int | float) else ISO, now_ms)
    return Telegram(body, moment, _sequence(body.get("seq")), _epoch(body.get("epoch")))


def read_status(payload: bytes) -> bool:
    """Whether a device says that it is online. Raises ``Malformed``."""
    word = payload.strip().strip(b'"').lower()
    if word not in (b"online", b"offline"):
        raise Malformed("a status that is neither online nor offline")
    return word == b"online"


def read_plate(payload: bytes) -> Nameplate:
    """The nameplate. Raises ``Malformed``."""
    body = _object(payload)
    maker, model, serial, version = (str(body.get(name, ""))[:64] for name in ("maker", "model", "serial", "version"))
    return Nameplate(maker, model, serial, version)


def reading_of(key: str, spec: PointSpec, telegram: Telegram) -> Reading:
    """What the telegram says of a point; a unit that cannot be that of the point leaves it without a value."""
    unit = telegram.body.get("u")
    found = conversion(unit, spec.unit) if isinstance(unit, str) else None
    if found is None and spec.unit not in _WITHOUT_UNIT:
        return Reading(key, telegram.moment.at_ms, None, Quality.BAD_CONFIGURATION_ERROR, telegram.moment.flags)
    source = Source(spec.name) if found is None else Source(spec.name, factor=found.factor, offset=found.offset)
    value, quality, _ = read_value(telegram.body["v"], source)
    said = _quality(telegram.body.get("q"))
    if value is not None:
        quality, value = said, None if said.is_bad else value
    elif said.is_bad:
        quality = said
    return Reading(key, telegram.moment.at_ms, value, quality, telegram.moment.flags)


def _object(payload: bytes) -> dict[str, object]:
    try:
        document = read_document(payload)
    except NotJson as error:
        raise Malformed(str(error)) from error
    if not isinstance(document, dict):
        raise Malformed("no JSON object")
    return cast("dict[str, object]", document)


def _sequence(written: object) -> int | None:
    return written if isinstance(written, int) and not isinstance(written, bool) else None


def _epoch(written: object) -> int | str | None:
    return written if isinstance(written, int | str) and not isinstance(written, bool) else None


def _quality(written: object) -> Quality:
    """Good where nothing is said; of a code that we do not use, how good it is at all."""
    if written is None:
        return Quality.GOOD
    if isinstance(written, str):
        return _WORDS.get(written.lower(), Quality.UNCERTAIN_SENSOR_NOT_ACCURATE)
    if not isinstance(written, int) or isinstance(written, bool) or not 0 <= written < 1 << 32:
        return Quality.UNCERTAIN_SENSOR_NOT_ACCURATE
    return _CODES.get(written, _GRADES[written >> 30])
