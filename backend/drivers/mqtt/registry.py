"""Which message is about which device: topics of our convention, and topics of devices with JSON of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from backend.drivers.mqtt.convention import ROOT
from backend.model.device import Device
from backend.model.mapping import Mapping, Source

SCHEME: Final = "mqtt://"


class Foreign(NamedTuple):
    """What one topic says of one device."""

    device: Device
    mapping: Mapping
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """The devices of the settings."""

    named: dict[tuple[str, str], Device]
    """By site and name, of those that keep to our convention."""
    foreign: dict[str, tuple[Foreign, ...]]
    """By topic."""

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to; strangers are heard too."""
        return (f"{ROOT}/#", *self.foreign)


def register(devices: Sequence[Device]) -> Registry:
    """Sort them by how they speak."""
    named: dict[tuple[str, str], Device] = {}
    foreign: dict[str, tuple[Foreign, ...]] = {}
    for device in devices:
        name = device.address.removeprefix(SCHEME)
        if "/" not in name:
            named[device.site, name] = device
        elif device.mapping is not None:
            for channel, sources in groupby(sorted(device.mapping.sources, key=attrgetter("channel")), attrgetter("channel")):
                topic = f"{name}/{channel}" if channel else name
                foreign[topic] = (*foreign.get(topic, ()), Foreign(device, device.mapping, tuple(sources)))
    return Registry(named, foreign)
