"""One edge node as its births, data and deaths tell of it; pure. A birth names the metrics, data may only give their aliases."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from backend.drivers.sparkplug.payload import Metric, Payload

NAMESPACE: Final = "spBv1.0"
_SEQUENCES: Final = 256


class Kind(StrEnum):
    """Message types that edge nodes send."""

    NODE_BIRTH = "NBIRTH"
    NODE_DATA = "NDATA"
    NODE_DEATH = "NDEATH"
    DEVICE_BIRTH = "DBIRTH"
    DEVICE_DATA = "DDATA"
    DEVICE_DEATH = "DDEATH"


class Address(NamedTuple):
    """What a topic names."""

    group: str
    kind: Kind
    node: str
    device: str
    """Empty for the node itself."""


class Sample(NamedTuple):
    """A value with its name."""

    name: str
    value: float | str | bool | None
    at_ms: int | None
    is_historical: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message came to."""

    samples: tuple[Sample, ...] = ()
    died: bool = False
    """The node, with all its devices, or the device that the topic names."""
    wants_birth: bool = False
    """Something was missed: ask for a birth."""


class _Known(NamedTuple):
    name: str
    datatype: int


@dataclass
class Edge:
    """What is known since the last birth."""

    is_born: bool = False
    is_sure: bool = False
    """Nothing was missed since the birth, so that aliases can be believed."""
    bd_seq: int | None = None
    seq: int | None = None
    _aliases: dict[tuple[str, int], _Known] = field(default_factory=dict[tuple[str, int], _Known])
    _types: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])

    def hear(self, address: Address, payload: Payload) -> Heard:
        """Take a message."""
        match address.kind:
            case Kind.NODE_DEATH:
                return self._node_death(payload)
            case Kind.NODE_BIRTH:
                self.is_born = self.is_sure = True
                self.bd_seq, self.seq = payload.bd_seq, payload.seq
                self._aliases.clear()
                self._types.clear()
                self._learn("", payload)
                return Heard(self._samples("", payload)[0])
            case Kind.DEVICE_DEATH:
                return Heard(died=True, wants_birth=not self._follows(payload))
            case Kind.DEVICE_BIRTH:
                follows = self._follows(payload)
                self._learn(address.device, payload)
                return Heard(self._samples(address.device, payload)[0], wants_birth=not follows)
            case Kind.NODE_DATA | Kind.DEVICE_DATA:
                follows = self._follows(payload)
                samples, all_known = self._samples(address.device, payload)
                return Heard(samples, wants_birth=not follows or not all_known)

    def _node_death(self, payload: Payload) -> Heard:
        """The will of an earlier connection may arrive after the birth of the next one: its bdSeq tells."""
        if self.is_born and self.bd_seq is not None and payload.bd_seq != self.bd_seq:
            return Heard()
        self.is_born = self.is_sure = False
        return Heard(died=True)

    def _follows(self, payload: Payload) -> bool:
        """Whether nothing is missing between the last message and this one."""
        expected = None if self.seq is None else (self.seq + 1) % _SEQUENCES
        self.seq = payload.seq
        if not self.is_born or payload.seq is None or payload.seq != expected:
            self.is_sure = False
        return self.is_sure

    def _learn(self, device: str, payload: Payload) -> None:
        for metric in payload.metrics:
            self._types[device, metric.name] = metric.datatype
            if metric.alias is not None:
                self._aliases[device, metric.alias] = _Known(metric.name, metric.datatype)

    def _samples(self, device: str, payload: Payload) -> tuple[tuple[Sample, ...], bool]:
        """The values that have a name, and whether all have one."""
        found = [self._sample(device, metric, payload) for metric in payload.metrics]
        return tuple(each for each in found if each is not None), None not in found

    def _sample(self, device: str, metric: Metric, payload: Payload) -> Sample | None:
        if metric.name:
            known = _Known(metric.name, self._types.get((device, metric.name), 0))
        else:
            found = self._aliases.get((device, metric.alias)) if metric.alias is not None and self.is_sure else None
            if found is None:
                return None
            known = found
        at_ms = payload.at_ms if metric.at_ms is None else metric.at_ms
        return Sample(known.name, metric.typed(known.datatype), at_ms, metric.is_historical)


def read_topic(topic: str) -> Address | None:
    """None for a topic that no edge node sends at."""
    levels = topic.split("/")
    if len(levels) not in (4, 5) or levels[0] != NAMESPACE or not all(levels) or levels[2] not in set(Kind):
        return None
    kind = Kind(levels[2])
    if kind.value.startswith("D") != (len(levels) == 5):
        return None
    return Address(levels[1], kind, levels[3], levels[4] if len(levels) == 5 else "")
