"""From letters to what they tell of registered edge nodes and devices."""

from collections.abc import Iterator, Sequence
from typing import Final

from backend.drivers.broker import LARGEST_BYTES, Letter
from backend.drivers.mapping import read_value
from backend.drivers.moment import read_moment
from backend.drivers.repeats import fingerprint
from backend.drivers.sparkplug.edge import Address, Edge, Heard, Kind, Sample, read_topic
from backend.drivers.sparkplug.payload import Undecodable, read_payload
from backend.drivers.tellers import Tellers, Told
from backend.model.clock import Clock
from backend.model.device import Device
from backend.model.event import Event
from backend.model.mapping import Mapping, TimeField
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading

SCHEME: Final = "sparkplug://"
_UNIX_MS: Final = TimeField("$", "unix_ms")
_AGAIN_S: Final = 10.0
"""A node is asked for a birth so often at most."""


class PayloadReader:
    """Understands what edge nodes say."""

    def __init__(self, devices: Sequence[Device], tellers: Tellers, clock: Clock, peer: str) -> None:
        self._devices = {device.address.removeprefix(SCHEME): device for device in devices}
        self._tellers, self._clock, self._peer = tellers, clock, peer
        self._edges = {tuple(name.split("/")[:2]): Edge() for name in self._devices}
        self._asked_s: dict[tuple[str, str], float] = {}
        self.events: list[Event] = []
        """What is to be recorded besides; whoever takes them empties the list."""
        self.unborn: set[tuple[str, str]] = set()
        """Group and node of those to be asked for a birth; whoever asks them empties the set."""

    @property
    def nodes(self) -> tuple[tuple[str, str], ...]:
        """Group and name of every edge node of the settings."""
        return tuple((group, node) for group, node in self._edges)

    def read(self, letter: Letter) -> Iterator[Told]:
        """What a letter tells, of nobody, one or several devices."""
        address = read_topic(letter.topic)
        if address is None:
            return
        edge = self._edges.get((address.group, address.node))
        device = self._devices.get("/".join(filter(None, (address.group, address.node, address.device))))
        if edge is None or (device is None and address.device):
            self._refuse(address)
        if edge is None:
            return
        try:
            if letter.retained or len(letter.payload) > LARGEST_BYTES:
                raise Undecodable("a retained message, which may be of any age" if letter.retained else "too long")
            heard = edge.hear(address, read_payload(letter.payload))
        except Undecodable as error:
            self._complain(device, f"{address.kind}: {error}", letter.payload)
            return
        self._ask(address, heard)
        yield from self._tell(address, device, heard, fingerprint(letter.topic, letter.payload))

    def _tell(self, address: Address, device: Device | None, heard: Heard, mark: int) -> Iterator[Told]:
        if heard.died and address.kind is Kind.NODE_DEATH:
            prefix = f"{address.group}/{address.node}"
            for name, each in self._devices.items():
                if name == prefix or name.startswith(f"{prefix}/"):
                    yield Told(each.key, gone="death")
        elif heard.died and device is not None:
            yield Told(device.key, gone="death")
        elif device is not None and address.kind is not Kind.NODE_DEATH:
            yield Told(device.key, self._readings(device, heard.samples), mark=mark)

    def _readings(self, device: Device, samples: Sequence[Sample]) -> tuple[Reading, ...]:
        now_ms = self._clock.now_ms()
        sources = {source.channel: source for source in (device.mapping or Mapping(())).sources}
        readings: list[Reading] = []
        for sample in samples:
            source = sources.get(sample.name)
            if source is not None:
                value, quality, _ = read_value(sample.value, source)
                at_ms, flags, _ = read_moment(sample.at_ms, _UNIX_MS, now_ms)
                late = Flag.LATE if sample.is_historical else Flag.NONE
                readings.append(Reading(f"{device.key}/{source.point}", at_ms, value, Quality(quality), flags | late))
        return tuple(readings)

    def _ask(self, address: Address, heard: Heard) -> None:
        node = (address.group, address.node)
        now_s = self._clock.monotonic()
        if heard.wants_birth and now_s - self._asked_s.get(node, -_AGAIN_S) >= _AGAIN_S:
            self._asked_s[node] = now_s
            self.unborn.add(node)

    def _refuse(self, address: Address) -> None:
        claimed = "/".join(filter(None, (address.group, address.node, address.device)))
        event = self._tellers.strangers.refused(claimed, self._peer, "unknown", address.kind.value, self._clock.now_ms())
        self.events += [event] if event else []

    def _complain(self, device: Device | None, what: str, data: bytes) -> None:
        key = device.key if device else "node"
        event = self._tellers.strangers.malformed(key, what, data, self._clock.now_ms())
        self.events += [event] if event else []
