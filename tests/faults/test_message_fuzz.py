"""Whatever a broker or a device sends: no exception, no hang, and a good message is understood afterwards.

Short in CI; ``--n 100000`` for the long form.
"""

import json
import math
import random
import time

import pytest

from backend.drivers.broker import Letter
from backend.drivers.mqtt.reader import LetterReader
from backend.drivers.mqtt.registry import register
from backend.drivers.push.door import Door
from backend.drivers.sparkplug.reader import PayloadReader
from backend.drivers.tellers import Tellers
from backend.http.problems import Problem
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.point import PointSpec, Unit
from backend.model.reading import Reading
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink
from tests.support.sparkplug_node import BOOLEAN, INT32, STRING, UINT64, metric, payload

AT_MS = 1_795_401_719_000
AT = "2026-11-23T02:41:59Z"
SPEC = (PointSpec("grid_power", Unit.WATT),)
OURS = Device("hall/roof", "hall", DeviceKind.SENSOR, {}, "mqtt://roof")
FOREIGN = Device(
    "hall/em", "hall", DeviceKind.METER, {}, "mqtt://shellies/em", points=SPEC,
    mapping=Mapping((Source("grid_power", "$.e[0].p", 1000.0),), TimeField("$.t")),
)  # fmt: skip
EDGE = Device(
    "hall/edge", "hall", DeviceKind.METER, {}, "sparkplug://Town/Edge", points=SPEC,
    mapping=Mapping((Source("grid_power", channel="P"),)),
)  # fmt: skip
PUSH = Device("hall/push", "hall", DeviceKind.METER, {}, "push://push", points=SPEC, mapping=FOREIGN.mapping)
TELEGRAM = json.dumps({"v": 21.5, "u": "degC", "ts": AT, "q": 0, "seq": 1, "epoch": 7}).encode()
DOCUMENT = json.dumps({"e": [{"p": -1.5, "x": None}], "t": AT, "s": "text"}).encode()
METRICS = [
    metric(1.5, "P", 1),
    metric(-3, "I", 2, kind=INT32),
    metric(True, "B", 3, kind=BOOLEAN),
    metric("x", "S", 4, kind=STRING),
]
BIRTH = payload(AT_MS, 0, [metric(0, "bdSeq", kind=UINT64), *METRICS])
DATA = payload(AT_MS, 1, [metric(2.5, alias=1), metric(None, "P")])
SLOWEST_S = 1.0
TOPIC = "enemado/hall/roof/ambient_temperature"
STATUS, META = "enemado/hall/roof/status", "enemado/hall/roof/meta"
GOOD = {
    "mqtt": ((TOPIC, TELEGRAM), ("shellies/em", DOCUMENT), (STATUS, b"online"), (META, b'{"serial": "A1"}')),
    "sparkplug": tuple(
        (f"spBv1.0/Town/{kind}/Edge", data) for kind, data in (("NBIRTH", BIRTH), ("NDATA", DATA), ("NDEATH", BIRTH))
    ),
}


def spoil(data: bytes, luck: random.Random) -> bytes:
    """One to four places changed, removed, doubled or cut."""
    found = bytearray(data)
    for _ in range(luck.randint(1, 4)):
        at = luck.randrange(len(found) + 1)
        match luck.randrange(6):
            case 0:
                found[at : at + 1] = luck.randbytes(1)
            case 1:
                del found[at : at + luck.randint(1, 4)]
            case 2:
                found[at:at] = luck.randbytes(luck.randint(1, 8))
            case 3:
                found[at:at] = found[: luck.randint(0, 40)]
            case 4:
                found = found[:at]
            case _:
                found[at:at] = luck.choice((b"[", b"{", b'"', b"1e999", b"NaN", b"null", b"-", b"\xff", b"\x00", b"true"))
    return bytes(found)


def check(readings: list[Reading]) -> None:
    for reading in readings:
        assert (reading.value is None) == reading.quality.is_bad
        assert reading.value is None or math.isfinite(reading.value)


async def opened(*devices: Device) -> tuple[Tellers, RecordingSink, FakeClock]:
    sink, clock = RecordingSink(), FakeClock()
    tellers = Tellers(devices, sink, clock)
    await tellers.open(None)
    return tellers, sink, clock


@pytest.mark.parametrize("protocol", ["mqtt", "sparkplug"])
async def test_spoilt_letters(protocol: str, times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    tellers, sink, clock = await opened(OURS, FOREIGN) if protocol == "mqtt" else await opened(EDGE)
    mqtt = LetterReader(register([OURS, FOREIGN]), tellers, clock, "broker")
    reader = mqtt if protocol == "mqtt" else PayloadReader([EDGE], tellers, clock, "broker")
    for number in range(times or 2000):
        clock.advance(0.01)
        name, data = luck.choice(GOOD[protocol])
        if luck.random() < 0.1:
            name = spoil(name.encode(), luck).decode("utf-8", "replace")
        began = time.perf_counter()
        told = list(reader.read(Letter(name, spoil(data, luck), luck.random() < 0.05)))
        events, reader.events = reader.events, []
        sink.deliveries.clear()
        await tellers.keep(told, events)
        assert time.perf_counter() - began < SLOWEST_S
        check(sink.readings)
        if number % 100 == 0:
            (answer,) = reader.read(fresh(protocol, number))
            assert [reading.value for reading in answer.readings] == [21.5 if protocol == "mqtt" else 1.5]


def fresh(protocol: str, number: int) -> Letter:
    """A good message that was not sent before."""
    if protocol == "mqtt":
        return Letter(TOPIC, TELEGRAM.replace(b'"seq": 1', b'"seq": %d' % (1_000_000 + number)))
    return Letter(GOOD[protocol][0][0], BIRTH + b"\x18" + bytes([number // 100 % 128]))


async def test_spoilt_posts(times: int | None, seed: int) -> None:
    luck = random.Random(seed)
    tellers, sink, clock = await opened(PUSH)
    statuses: set[int] = set()
    door = Door([PUSH], tellers, clock, lambda key: "key")
    for number in range(times or 2000):
        clock.advance(1)
        sink.deliveries.clear()
        began = time.perf_counter()
        try:
            await door.take(await door.admit("push", "key", "192.0.2.1"), spoil(DOCUMENT, luck), "")
        except Problem as problem:
            statuses.add(problem.status)
        assert time.perf_counter() - began < SLOWEST_S
        check(sink.readings)
        if number % 100 == 0:
            assert await door.take(PUSH, DOCUMENT, f"good{number}") == 1
    assert statuses <= {422}
