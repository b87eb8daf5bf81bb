"""The door over real sockets: what it refuses before anybody is asked, and how its certificate stays valid."""

import asyncio
import socket
import ssl

import pytest

from backend.http import bounds
from backend.identity.certificates import ends_ms, read_certificate
from backend.identity.gate import Gate
from backend.identity.tls import blind_context
from backend.model.clock import SystemClock
from backend.sync import porch
from backend.sync.audit import Audit, Refusals
from backend.sync.door import door
from backend.sync.line import Line
from tests.support.applicant import Applicant
from tests.support.clock import FakeClock
from tests.support.tasks import running
from tests.support.until import until
from tests.unit.backend.sync.conftest import NOW_MS, Town

DAY_S = 86_400


async def say(town: Town, text: bytes, context: ssl.SSLContext | None = None) -> bytes:
    """What the door answers until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", town.port, ssl=context or blind_context())
    writer.write(text)
    answered = await reader.read()
    writer.close()
    return answered


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"TRACE /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"405"),
        (b"DELETE /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"405"),
        (b"BREW /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET /open HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 20_000 + b"\r\nConnection: close\r\n\r\n", b"400"),
        (b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"400"),
        (b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n", b"413"),
        (b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
    ],
)
async def test_what_nobody_needs_is_refused(town: Town, asked: bytes, status: bytes) -> None:
    async with town.open():
        assert (await say(town, asked)).split()[1] == status


async def test_a_body_without_end_is_refused(town: Town) -> None:
    head = b"POST /take HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    async with town.open():
        assert (await say(town, head + b"200\r\n" + b"x" * 512 + b"\r\n200\r\n" + b"x" * 512 + b"\r\n")).split()[1] == b"413"


async def test_who_says_nothing_is_hung_up_on(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_HEADERS_S", 0.1)
    monkeypatch.setattr(porch, "_HANDSHAKE_S", 0.1)
    async with town.open():
        assert await say(town, b"") == b""
        assert await say(town, b"GET /open HTTP/1.1\r\nHost: ") == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", town.port)
        assert await reader.read() == b""
        writer.close()
        await until(lambda: town.told)
    assert town.refused() == {"no_handshake": 1}


async def test_old_versions_of_tls_are_refused_and_told(town: Town) -> None:
    context = blind_context()
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with town.open():
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await say(town, b"", context)
        await until(lambda: town.told)
    assert town.refused() == {"no_handshake": 1}


async def test_a_port_that_is_taken_is_tried_again_and_told_once(town: Town) -> None:
    made = door(town.listener, town.folder / "cloud.enemado", [], SystemClock(), Audit(SystemClock(), town.told.append))
    made._try_again_s = 0.05
    with socket.socket() as other:
        other.bind(("127.0.0.1", town.port))
        other.listen()
        async with running(made.run()):
            await until(lambda: made.trouble)
            other.close()
            await until(lambda: not made.trouble)


async def test_without_an_authority_there_is_no_door_but_a_reason(town: Town) -> None:
    (town.authority.folder / "authority-001.pem").unlink()
    made = door(town.listener, town.folder / "cloud.enemado", [], SystemClock(), Audit(SystemClock(), town.told.append))
    async with running(made.run()):
        await until(lambda: "authority" in made.trouble)


def gate_of(town: Town, clock: FakeClock, *hosts: str) -> Gate:
    return Gate(town.authority, hosts or ("localhost",), town.folder / "cloud.enemado", clock)


def shown(town: Town) -> bytes:
    return (town.folder / "cloud.enemado.server").read_bytes()


def test_a_listener_renews_its_certificate_at_a_third_of_its_life(town: Town) -> None:
    clock = FakeClock(NOW_MS)
    gate = gate_of(town, clock)
    gate.refresh()
    first, context = shown(town), gate.context
    clock.advance(240 * DAY_S)
    gate.refresh()
    assert (shown(town), gate.context) == (first, context)
    clock.advance(5 * DAY_S)
    gate.refresh()
    assert ends_ms(read_certificate(shown(town))) > ends_ms(read_certificate(first))
    assert gate.context is not context


def test_a_start_takes_the_certificate_that_is_there_and_a_new_name_a_new_one(town: Town) -> None:
    clock = FakeClock(NOW_MS)
    gate_of(town, clock).refresh()
    first = shown(town)
    gate_of(town, clock).refresh()
    assert shown(town) == first
    gate_of(town, clock, "localhost", "elsewhere.example").refresh()
    assert shown(town) != first


def test_an_authority_whose_key_cannot_be_had_stops_no_listener_that_has_a_certificate(town: Town) -> None:
    clock = FakeClock(NOW_MS)
    gate = gate_of(town, clock)
    gate.refresh()
    (town.authority.folder / "authority-001.key").write_bytes(b"nonsense")
    clock.advance(250 * DAY_S)
    gate.refresh()
    assert gate.context
    with pytest.raises(OSError, match="authority"):
        gate_of(town, clock).refresh()


async def test_members_of_a_new_authority_get_in_without_a_new_door(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.sync.door._REFRESH_S", 0.05)
    old = Applicant("old").settle(town.authority, town.folder / "old", NOW_MS)
    async with town.open():
        town.authority.rotate(NOW_MS)
        new = Applicant("new").settle(town.authority, town.folder / "new", NOW_MS)
        lines = [Line.of_member(town.url, each) for each in (old, new)]
        await until(lambda: _gets_in(lines[1]))
        assert (await lines[0].get("/who")).body == b"old"
        for line in lines:
            await line.close()


async def _gets_in(line: Line) -> bool:
    from backend.sync.line import LineCut

    try:
        return (await line.get("/who")).body == b"new"
    except LineCut:
        return False


def test_refusals_are_told_at_once_then_once_a_minute_and_none_is_forgotten() -> None:
    clock, told = FakeClock(), list[Refusals]()
    audit = Audit(clock, told.append)
    for _ in range(100):
        audit.refused("10.0.0.1", "unknown")
    assert told == [Refusals("10.0.0.1", "unknown", 1)]
    clock.advance(61)
    audit.settle()
    assert told[1:] == [Refusals("10.0.0.1", "unknown", 99)]
    for number in range(3000):
        audit.refused(f"10.1.{number // 256}.{number % 256}", "unknown")
    audit.close()
    assert sum(each.count for each in told) == 3100
    assert len(told) < 1100
