"""Which devices a broker hears of: for commissioning, with a session that leaves nothing behind."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, cast

import aiomqtt

from backend.drivers.contract import DeviceUnreachable
from backend.drivers.document import NotJson, read_document
from backend.drivers.mqtt.convention import ACK, META, STATUS, read_topic
from backend.settings.node import MqttBroker

_MOST_DEVICES: Final = 500
_MOST_POINTS: Final = 200
_BIRTHS: Final = "spBv1.0"


@dataclass(slots=True)
class Found:
    """One device as its messages tell of it."""

    address: str
    """As settings would have it: ``mqtt://roof-sensor``, ``mqtt://any/topic``, ``sparkplug://Group/Node``."""
    site: str = ""
    """Where it says that it stands; empty for a device that does not keep to our convention."""
    points: set[str] = field(default_factory=set[str])
    """Names of its points; of foreign JSON the keys at the top."""


async def discover(
    broker: MqttBroker, password: str | None, seconds: float, tell: Callable[[int], None] = lambda count: None
) -> list[Found]:
    """Everybody heard within this time; ``tell`` hears how many so far. Raises ``DeviceUnreachable``."""
    found: dict[str, Found] = {}
    client = aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=password if broker.username else None,
        tls_params=aiomqtt.TLSParameters(ca_certs=str(broker.ca) if broker.ca else None) if broker.tls else None,
        max_queued_incoming_messages=10_000,
        timeout=5,
    )
    try:
        async with client:
            await client.subscribe("#", qos=0)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    async for message in client.messages:
                        _note(found, str(message.topic), message.payload)
                        tell(len(found))
    except aiomqtt.MqttError as error:
        raise DeviceUnreachable(f"broker {broker.host}:{broker.port}: {error}") from error
    return sorted(found.values(), key=lambda each: each.address)


def _note(found: dict[str, Found], topic: str, payload: bytes) -> None:
    named = _named(topic, payload)
    if named is None or (named.address not in found and len(found) >= _MOST_DEVICES):
        return
    known = found.setdefault(named.address, named)
    if len(known.points) < _MOST_POINTS:
        known.points |= named.points


def _named(topic: str, payload: bytes) -> Found | None:
    place = read_topic(topic)
    if place is not None:
        own = {place.point} - {STATUS, META, ACK}
        return Found(f"mqtt://{place.device}", place.site, own)
    levels = topic.split("/")
    if levels[0] == _BIRTHS:
        is_birth = len(levels) in (4, 5) and levels[2] in ("NBIRTH", "DBIRTH")
        return Found(f"sparkplug://{'/'.join([levels[1], *levels[3:]])}") if is_birth else None
    try:
        document = read_document(payload)
    except NotJson:
        return None
    if not isinstance(document, dict) or len(levels) < 2:
        return None
    return Found(f"mqtt://{topic}", points=set(cast("dict[str, object]", document)))
