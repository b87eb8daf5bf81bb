"""From letters to what they tell: who is meant, what is said, and what nobody understands."""

from collections.abc import Iterator

from backend.drivers.broker import LARGEST_BYTES, Letter
from backend.drivers.document import NotJson, read_document
from backend.drivers.mapping import moment_of, readings_of
from backend.drivers.mqtt.convention import (
    ACK,
    META,
    STATUS,
    Malformed,
    Place,
    Telegram,
    read_plate,
    read_status,
    read_telegram,
    read_topic,
    reading_of,
)
from backend.drivers.mqtt.registry import Foreign, Registry
from backend.drivers.repeats import fingerprint
from backend.drivers.tellers import Tellers, Told
from backend.model.clock import Clock
from backend.model.device import Device
from backend.model.event import Event
from backend.model.point import PointSpec
from backend.model.quantities import quantity_named


class LetterReader:
    """Understands the letters of one broker."""

    def __init__(self, registry: Registry, tellers: Tellers, clock: Clock, peer: str) -> None:
        """``peer`` names the broker: it does not tell who left a message with it."""
        self._registry, self._tellers, self._clock, self._peer = registry, tellers, clock, peer
        self.events: list[Event] = []
        """What is to be recorded besides; whoever takes them empties the list."""
        self.received: dict[tuple[str, str], list[Telegram]] = {}
        """Telegrams with a sequence number, by site and name of the device that waits to hear of them."""

    def read(self, letter: Letter) -> Iterator[Told]:
        """What a letter tells, of nobody, one or several devices."""
        if len(letter.payload) > LARGEST_BYTES:
            self._refuse(letter.topic, "too_large", letter.topic)
            return
        for foreign in self._registry.foreign.get(letter.topic, ()):
            yield from self._foreign(foreign, letter)
        place = read_topic(letter.topic)
        if place is not None and place.point != ACK:
            yield from self._ours(place, letter)
        elif place is None and letter.topic not in self._registry.foreign:
            self._refuse(letter.topic, "topic", letter.topic)

    def _ours(self, place: Place, letter: Letter) -> Iterator[Told]:
        device = self._registry.named.get((place.site, place.device))
        if device is None:
            self._refuse(f"{place.site}/{place.device}", "unknown", letter.topic)
            return
        try:
            told = self._told(device, place, letter)
        except Malformed as error:
            self._complain(device, f"{place.point}: {error}", letter.payload)
            return
        if told is not None:
            yield told

    def _told(self, device: Device, place: Place, letter: Letter) -> Told | None:
        point = place.point
        if point == STATUS:
            online = read_status(letter.payload)
            return Told(device.key, gone="" if online else "offline", is_alive=not letter.retained)
        if point == META:
            return Told(device.key, plate=read_plate(letter.payload), is_alive=not letter.retained)
        if letter.retained:
            raise Malformed("a retained value, which may be of any age")
        telegram = read_telegram(letter.payload, self._clock.now_ms())
        spec = self._spec(device, point)
        if telegram.sequence is not None:
            self.received.setdefault((place.site, place.device), []).append(telegram)
        return Told(device.key, (reading_of(f"{device.key}/{point}", spec, telegram),), (spec,), telegram.mark(point))

    def _spec(self, device: Device, point: str) -> PointSpec:
        spec = self._tellers.spec(device.key, point) or quantity_named(point)
        if spec is None:
            raise Malformed("neither in the settings nor a known quantity")
        if self._tellers.spec(device.key, point) is None and not self._tellers.has_room(device.key):
            raise Malformed("more points than a device may have")
        return spec

    def _foreign(self, foreign: Foreign, letter: Letter) -> Iterator[Told]:
        now_ms = self._clock.now_ms()
        try:
            document = read_document(letter.payload)
        except NotJson as error:
            self._complain(foreign.device, f"{letter.topic}: {error}", letter.payload)
            return
        moment = moment_of(foreign.mapping, document, now_ms)
        if letter.retained and not moment.own:
            self._complain(foreign.device, f"{letter.topic}: a retained value, which may be of any age", letter.payload)
            return
        mark = fingerprint(letter.topic, letter.payload) if moment.own else None
        readings = readings_of(foreign.device, foreign.sources, document, moment)
        yield Told(foreign.device.key, readings, mark=mark, is_alive=not letter.retained)

    def _refuse(self, claimed: str, reason: str, detail: str) -> None:
        event = self._tellers.strangers.refused(claimed, self._peer, reason, detail, self._clock.now_ms())
        self.events += [event] if event else []

    def _complain(self, device: Device, what: str, data: bytes) -> None:
        event = self._tellers.strangers.malformed(device.key, what, data, self._clock.now_ms())
        self.events += [event] if event else []
