"""An edge node of Sparkplug B, its protobuf written byte by byte and independent of the product."""

import struct
from collections.abc import Sequence

from tests.support.mqtt_device import MqttDevice

INT32, UINT64, DOUBLE, BOOLEAN, STRING = 3, 8, 10, 11, 12
Value = float | int | str | bool | None


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def whole(field: int, number: int) -> bytes:
    return varint(field << 3) + varint(number)


def block(field: int, data: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(data)) + data


def metric(
    value: Value, name: str = "", alias: int | None = None, at_ms: int | None = None, kind: int = DOUBLE, historical: bool = False
) -> bytes:
    parts = [block(1, name.encode())] if name else []
    parts += [whole(2, alias)] if alias is not None else []
    parts += [whole(3, at_ms)] if at_ms is not None else []
    parts += [whole(4, kind)] + ([whole(5, 1)] if historical else [])
    if value is None:
        parts.append(whole(7, 1))
    elif kind == INT32:
        parts.append(whole(10, int(value) & 0xFFFFFFFF))
    elif kind == UINT64:
        parts.append(whole(11, int(value)))
    elif kind == BOOLEAN:
        parts.append(whole(14, int(value)))
    elif kind == STRING:
        parts.append(block(15, str(value).encode()))
    else:
        parts.append(varint(13 << 3 | 1) + struct.pack("<d", value))
    return b"".join(parts)


def payload(at_ms: int, seq: int | None, metrics: Sequence[bytes]) -> bytes:
    number = whole(3, seq) if seq is not None else b""
    return whole(1, at_ms) + b"".join(block(2, each) for each in metrics) + number


class SparkplugNode:
    """Group ``Town``, node ``Edge``: births, data and deaths as they are asked for."""

    def __init__(self, port: int, bd_seq: int = 0, name: str = "Edge") -> None:
        self._name, self._bd_seq, self._seq = name, bd_seq, 0
        will = payload(0, None, [metric(bd_seq, "bdSeq", kind=UINT64)])
        self.line = MqttDevice(port, f"edge{bd_seq}", (self.topic("NDEATH"), will, False))
        self.line.subscriptions.append(f"spBv1.0/Town/NCMD/{name}")

    def topic(self, kind: str, device: str = "") -> str:
        return f"spBv1.0/Town/{kind}/{self._name}{'/' + device if device else ''}"

    @property
    def asked(self) -> int:
        """How often somebody asked for a birth."""
        return sum(b"Node Control/Rebirth" in data for topic, data in self.line.heard if "/NCMD/" in topic)

    async def birth(self, at_ms: int, metrics: Sequence[bytes] = ()) -> None:
        self._seq = 0
        await self.line.publish(self.topic("NBIRTH"), payload(at_ms, 0, [metric(self._bd_seq, "bdSeq", kind=UINT64), *metrics]))

    async def say(self, kind: str, device: str, at_ms: int, metrics: Sequence[bytes], skip: int = 0) -> None:
        self._seq = (self._seq + 1 + skip) % 256
        await self.line.publish(self.topic(kind, device), payload(at_ms, self._seq, metrics))
