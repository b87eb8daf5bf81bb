"""Who leaves something with the broker: listens for a few seconds in a session of its own, and publishes nothing."""

import asyncio
import secrets
import ssl
from collections.abc import Callable
from typing import Final

import aiomqtt

from backend.drivers.contract import Area, DeviceUnreachable, Found
from backend.drivers.mqtt.convention import META, ROOT, Malformed, read_plate, read_topic
from backend.model.device import Nameplate
from backend.settings.addresses import address_fault
from backend.settings.node import MqttBroker

LISTEN_S: Final = 4.0
"""Nameplates and states are retained and come at once; measured values come when they come."""
MOST: Final = 500
_CONNECT_S: Final = 5.0
_BIRTHS: Final = ("spBv1.0/+/NBIRTH/+", "spBv1.0/+/DBIRTH/+/+")


class BrokerScanner:
    """Devices of our convention, and births of Sparkplug B; without a broker in the settings there is nothing to ask."""

    def __init__(self, broker: MqttBroker | None, password: Callable[[], str | None], listen_s: float = LISTEN_S) -> None:
        self._broker, self._password, self._listen_s = broker, password, listen_s

    async def scan(self, area: Area, tell: Callable[[Found], None], step: Callable[[int, int], None]) -> None:
        """Raises ``DeviceUnreachable`` where the broker cannot be had. What was heard is told at the end, or when cancelled."""
        step(0, 1)
        if self._broker is not None:
            heard: dict[str, Nameplate] = {}
            try:
                async with asyncio.timeout(self._listen_s + _CONNECT_S):
                    await self._listen(self._broker, heard)
            except (aiomqtt.MqttError, OSError, TimeoutError) as error:
                if not heard:
                    raise DeviceUnreachable(f"broker {self._broker.host}:{self._broker.port}: {error}") from error
            finally:
                for address, plate in heard.items():
                    if address_fault(address) is None:
                        tell(Found(address, plate))
        step(1, 1)

    async def _listen(self, broker: MqttBroker, heard: dict[str, Nameplate]) -> None:
        password = await asyncio.to_thread(self._password) if broker.username else None
        client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.username or None,
            password=password,
            identifier=f"enemado-scan-{secrets.token_hex(4)}",
            timeout=_CONNECT_S,
            tls_context=await asyncio.to_thread(ssl.create_default_context, cafile=broker.ca) if broker.tls else None,
        )
        async with client:
            for topic in (f"{ROOT}/+/+/+", *_BIRTHS):
                await client.subscribe(topic)
            try:
                async with asyncio.timeout(self._listen_s):
                    async for message in client.messages:
                        _note(str(message.topic), message.payload, heard)
            except TimeoutError:
                return


def _note(topic: str, payload: bytes, heard: dict[str, Nameplate]) -> None:
    levels = topic.split("/")
    if levels[0] != ROOT:
        address = "sparkplug://" + "/".join([levels[1], *levels[3:]])
        if len(heard) < MOST:
            heard.setdefault(address, Nameplate())
        return
    place = read_topic(topic)
    if place is None or (len(heard) >= MOST and f"mqtt://{place.device}" not in heard):
        return
    known = heard.setdefault(f"mqtt://{place.device}", Nameplate())
    if place.point == META and known == Nameplate():
        try:
            heard[f"mqtt://{place.device}"] = read_plate(payload)
        except Malformed:
            return
