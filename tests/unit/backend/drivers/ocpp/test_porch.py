"""Whoever is connected but not in: handshakes that fail, the wrong port, and crowds."""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.exceptions import InvalidMessage, InvalidStatus

from backend.drivers.contract import DeviceUnreachable
from backend.drivers.ocpp.central import CentralSystem
from backend.drivers.ocpp.porch import ROOM
from backend.model.device import Device, Security
from backend.model.event import EventKind
from backend.settings.node import OcppListener
from tests.support.certificates import listener_files, make_certificates, trusting
from tests.support.charge_point import calling, charger, serving, until
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

DEVICES = [charger("CP-01", Security.TLS_CERTIFICATE), charger("CP-03", Security.BASIC), charger("CP-04", Security.NONE)]
PASSWORD = {"additional_headers": {"Authorization": "Basic Q1AtMDM6cHc="}}
"""CP-03:pw"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@asynccontextmanager
async def both(folder: Path, sink: RecordingSink, devices: list[Device]) -> AsyncGenerator[tuple[str, str]]:
    """A central system with two listeners; their addresses."""
    system = CentralSystem(OcppListener("127.0.0.1", 0, listener_files(folder), tls_port=0), settle_s=3600.0)
    async with system.serve(devices, sink, FakeClock(), lambda key: "pw"):
        assert system.port != system.tls_port
        yield f"ws://127.0.0.1:{system.port}", f"wss://127.0.0.1:{system.tls_port}"


def told(sink: RecordingSink) -> list[tuple[object, ...]]:
    refused = [event.data for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    return [(data["claimed"], data["reason"], data["detail"]) for data in refused]


async def test_chargers_with_and_without_tls_at_once(certificates: Path) -> None:
    sink = RecordingSink()
    async with both(certificates, sink, DEVICES) as (plain, tls):
        async with (
            calling(tls, "CP-01", ssl=trusting(certificates, "one")) as one,
            calling(plain, "CP-03", **PASSWORD) as three,
            calling(plain, "CP-04") as four,
        ):
            for cp in (one, three, four):
                assert (await cp.ask("Heartbeat", {}))[0] == 3
        async with calling(tls, "CP-04", ssl=trusting(certificates, None)) as cp:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
        for url, identity, options in (
            (plain, "CP-01", {}),
            (tls, "CP-03", {"ssl": trusting(certificates, None), **PASSWORD}),
        ):
            with pytest.raises(InvalidStatus):
                async with calling(url, identity, **options):
                    pass
    assert told(sink) == [("CP-01", "not_encrypted", ""), ("CP-03", "encrypted", "")]


async def test_a_failed_handshake_is_remembered(certificates: Path) -> None:
    doubting = ssl.create_default_context()
    sink = RecordingSink()
    async with both(certificates, sink, DEVICES) as (_, tls):
        for context in (trusting(certificates, "self"), doubting):
            with pytest.raises((OSError, InvalidMessage)):
                async with calling(tls, "CP-01", ssl=context) as cp:
                    await cp.ask("Heartbeat", {})
        await until(lambda: len(told(sink)) == 1)
        async with calling(tls, "CP-01", ssl=trusting(certificates, "one")) as cp:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
    (event,) = [event for event in sink.events if event.kind is EventKind.DEVICE_REFUSED]
    assert (event.data["peer"], event.data["reason"]) == ("127.0.0.1", "handshake")
    assert "self" in str(event.data["detail"])


async def test_who_took_the_wrong_port_is_told_apart(certificates: Path) -> None:
    for wrong, reason in ((True, "not_encrypted"), (False, "encrypted")):
        sink = RecordingSink()
        async with both(certificates, sink, DEVICES) as (plain, tls):
            url = tls.replace("wss", "ws") if wrong else plain.replace("ws", "wss")
            options = {} if wrong else {"ssl": trusting(certificates, "one")}
            with pytest.raises((OSError, InvalidMessage)):
                async with calling(url, "CP-01", **options):
                    pass
            await until(lambda sink=sink: len(told(sink)) == 1)
        assert told(sink)[0][:2] == ("", reason)


async def test_a_taken_tls_port_frees_the_plain_one_again(certificates: Path) -> None:
    async with both(certificates, RecordingSink(), DEVICES) as (_, tls):
        taken = int(tls.rpartition(":")[2])
        system = CentralSystem(OcppListener("127.0.0.1", 0, listener_files(certificates), tls_port=taken))
        with pytest.raises(DeviceUnreachable, match=str(taken)):
            await system.serve([], RecordingSink(), FakeClock(), lambda key: None).__aenter__()
        with pytest.raises(RuntimeError):
            _ = system.port


async def crowd(url: str, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = url.partition("://")[2].partition("/")[0].partition(":")
    return [await asyncio.open_connection(host, int(port)) for _ in range(count)]


async def is_cut_off(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_crowd_outside_is_kept_small_and_chargers_still_get_in(certificates: Path, encrypted: bool) -> None:
    sink = RecordingSink()
    async with both(certificates, sink, DEVICES) as (plain, tls):
        strangers = await crowd(tls if encrypted else plain, ROOM + 40)
        async with asyncio.timeout(5):
            for reader, _ in strangers[:40]:
                assert await is_cut_off(reader)
        options = {"ssl": trusting(certificates, "one")} if encrypted else {}
        async with calling(tls if encrypted else plain, "CP-01" if encrypted else "CP-04", **options) as cp:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
        assert told(sink) == [("", "crowded", "")], "a crowd from one address is told once"
        assert sum(reader.at_eof() or reader.exception() is not None for reader, _ in strangers) <= 42
        began = time.perf_counter()
    assert time.perf_counter() - began < 1.0
    for _, writer in strangers:
        writer.close()


async def test_chargers_inside_do_not_count(certificates: Path) -> None:
    many = [charger(f"CP-{number}") for number in range(ROOM + 10)]
    sink = RecordingSink()
    async with serving(sink, many) as url:
        inside = [calling(url, device.names["en"]) for device in many]
        chargers = [await each.__aenter__() for each in inside]
        for cp in chargers:
            assert (await cp.ask("Heartbeat", {}))[0] == 3
        for each in inside:
            await each.__aexit__(None, None, None)
    assert told(sink) == []
