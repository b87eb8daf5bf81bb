"""HTTP pull against a real server on loopback."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from backend.drivers.contract import DeviceGarbled, DeviceMisconfigured, DeviceUnreachable
from backend.drivers.pull.driver import PullDriver
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.quality import Flag, Quality
from backend.model.quantities import GRID_POWER
from backend.simulation.web import WebDevice
from tests.support.clock import FakeClock
from tests.support.one_answer import answer_once
from tests.support.until import until

AT = "2026-11-23T02:41:59Z"
AT_MS = 1_795_401_719_000


class _Meter:
    """What the device says now."""

    def __init__(self) -> None:
        self.document: Any = {"sn": "A1", "meters": [{"p": -1.5}]}


@pytest.fixture
def meter() -> _Meter:
    return _Meter()


@pytest.fixture
async def server(meter: _Meter) -> AsyncGenerator[WebDevice]:
    server = WebDevice(lambda: meter.document)
    await server.start()
    yield server
    await server.stop()


def device(server: WebDevice, time: TimeField | None = None, options: str = "timeout=2") -> Device:
    mapping = Mapping((Source("grid_power", "$.meters[0].p", 1000.0),), time, "sn")
    address = f"http://127.0.0.1:{server.port}/status?x=1#{options}"
    return Device("hall/m", "hall", DeviceKind.METER, {}, address, points=(GRID_POWER,), mapping=mapping)


async def test_the_time_of_asking_is_that_of_the_value(server: WebDevice) -> None:
    clock = FakeClock()
    session = await PullDriver().open(device(server), clock)
    (reading,) = (await session.poll()).readings
    assert reading == ("hall/m/grid_power", clock.now_ms(), -1500.0, Quality.GOOD, Flag.NONE)
    (raw,) = await session.inspect()
    assert (raw.path, raw.raw, raw.value, raw.unit, raw.name) == ("$.meters[0].p", -1.5, -1500.0, "W", "grid_power")
    await session.close()


async def test_what_has_not_changed_is_not_sent_again_and_not_told_twice(server: WebDevice, meter: _Meter) -> None:
    meter.document = {**meter.document, "t": AT}
    session = await PullDriver().open(device(server, TimeField("t")), FakeClock())
    (first,) = (await session.poll()).readings
    assert first.at_ms == AT_MS
    assert (await session.poll()).readings == ()
    assert server.answered == [200, 304, 304]
    meter.document = {**meter.document, "t": "2026-11-23T02:42:00Z"}
    assert [reading.at_ms for reading in (await session.poll()).readings] == [AT_MS + 1000]
    await session.close()


async def test_redirects_lead_to_the_same_host_only(server: WebDevice) -> None:
    session = await PullDriver().open(device(server), FakeClock())
    server.redirect = f"http://127.0.0.1:{server.port}/again"
    with pytest.raises(DeviceMisconfigured, match="without end"):
        await session.poll()
    for elsewhere in ("http://localhost/", "https://127.0.0.1/", "http://127.0.0.1:1/", "//evil.example/", "file:///etc/passwd"):
        server.redirect = elsewhere
        with pytest.raises(DeviceMisconfigured, match="another host"):
            await session.poll()
    await session.close()


async def test_another_device_in_its_place_is_noticed(server: WebDevice, meter: _Meter) -> None:
    session = await PullDriver().open(device(server), FakeClock())
    meter.document = {**meter.document, "sn": "B2"}
    with pytest.raises(DeviceUnreachable, match="another device"):
        await session.poll()
    await session.close()


async def test_a_document_that_is_too_long_is_refused(server: WebDevice, meter: _Meter) -> None:
    meter.document = {"x": "y" * 300_000}
    with pytest.raises(DeviceGarbled, match="longer than"):
        await PullDriver().open(device(server), FakeClock())


async def test_without_a_mapping_every_number_is_shown(server: WebDevice) -> None:
    session = await PullDriver().open(replace(device(server), mapping=None, points=()), FakeClock())
    assert [(raw.path, raw.value) for raw in await session.inspect()] == [("$['meters'][0]['p']", -1.5)]
    await session.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", DeviceMisconfigured),
        (b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", DeviceMisconfigured),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", DeviceUnreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", DeviceGarbled),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", DeviceGarbled),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", DeviceUnreachable),
    ],
)
async def test_every_bad_answer_has_its_kind(answer: bytes, error: type[Exception]) -> None:
    server, _ = await answer_once(answer)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/#timeout=1"
    async with server:
        with pytest.raises(error):
            await PullDriver().open(Device("a/b", "a", DeviceKind.METER, {}, address), FakeClock())


async def test_an_answer_that_drips_is_cut_off() -> None:
    server, heard = await answer_once(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b" " * 900, slowly=True)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/#timeout=1"
    async with server:
        with pytest.raises(DeviceUnreachable):
            await PullDriver().open(Device("a/b", "a", DeviceKind.METER, {}, address), FakeClock())
        await until(lambda: heard[1:] == [b"gone"], 3)


@pytest.mark.parametrize(("secret", "sent"), [("user:word", b"Basic dXNlcjp3b3Jk"), ("a-token", b"Bearer a-token")])
async def test_a_secret_is_sent_as_password_or_token(secret: str, sent: bytes) -> None:
    server, heard = await answer_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        session = await PullDriver(lambda key: secret).open(Device("a/b", "a", DeviceKind.METER, {}, address), FakeClock())
        await session.close()
    assert b"Authorization: " + sent in heard[0]
