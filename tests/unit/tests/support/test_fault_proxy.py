"""Every fault of the bad line, seen from both ends of real sockets."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

import pytest

from tests.support.fault_proxy import FAULTS, Fault, FaultProxy, Kind, fault_proxy, random_plan
from tests.support.until import until

REQUEST = b"q" * 1000
ANSWER = b"a" * 1000


class Parent:
    """Answers every 1,000 bytes with as many, and remembers what arrived."""

    def __init__(self) -> None:
        self.heard = 0
        self.ends: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(len(REQUEST)):
                self.heard += len(data)
                if self.heard % len(REQUEST) == 0:
                    writer.write(ANSWER)
            self.ends.append("end")
        except ConnectionResetError:
            self.ends.append("reset")
        finally:
            writer.close()


@asynccontextmanager
async def bad_line(*faults: Fault) -> AsyncGenerator[tuple[FaultProxy, Parent]]:
    """A parent behind a line whose connections end so, one after the other."""
    parent, fates = Parent(), iter(faults)
    async with await asyncio.start_server(parent.answer, "127.0.0.1", 0) as server:
        async with fault_proxy(server.sockets[0].getsockname()[1], plan=lambda: next(fates)) as proxy:
            yield proxy, parent
        await until(lambda: parent.ends or not parent.heard)


async def ask(port: int, requests: int = 1) -> bytes:
    """What comes back before the line ends, or so many answers are whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    told = b""
    try:
        for number in range(requests):
            writer.write(REQUEST)
            while len(told) < (number + 1) * len(ANSWER) and (data := await reader.read(4096)):
                told += data
    except ConnectionError:
        return told + b"!"
    finally:
        writer.close()
    return told


async def test_what_is_not_planned_to_fail_passes() -> None:
    async with bad_line(Fault(Kind.PASS)) as (proxy, parent):
        assert await ask(proxy.port, 5) == ANSWER * 5
        assert (proxy.struck.total(), proxy.connections, parent.heard) == (0, 1, 5000)


@pytest.mark.parametrize(("after", "heard", "told"), [(0, 0, 0), (400, 400, 0), (1400, 1400, 1000)])
async def test_a_cut_ends_a_request_after_so_many_bytes(after: int, heard: int, told: int) -> None:
    async with bad_line(Fault(Kind.CUT_UP, after)) as (proxy, parent):
        assert await ask(proxy.port, 2) == ANSWER[:told]
        await until(lambda: parent.heard == heard)
        assert proxy.struck == {Kind.CUT_UP: 1}


async def test_a_cut_ends_an_answer_after_so_many_bytes() -> None:
    async with bad_line(Fault(Kind.CUT_DOWN, 1300)) as (proxy, parent):
        assert await ask(proxy.port, 2) == (ANSWER * 2)[:1300]
        assert (proxy.struck, parent.heard) == ({Kind.CUT_DOWN: 1}, 2000)


async def test_a_reset_reaches_both_sides() -> None:
    async with bad_line(Fault(Kind.RESET, 500)) as (proxy, parent):
        assert await ask(proxy.port) == b"!"
        await until(lambda: parent.ends == ["reset"])
        assert proxy.struck == {Kind.RESET: 1}


async def test_a_refused_caller_gets_a_reset_and_the_parent_nothing() -> None:
    async with bad_line(Fault(Kind.REFUSE)) as (proxy, parent):
        assert await ask(proxy.port) == b"!"
        assert (proxy.struck, parent.heard) == ({Kind.REFUSE: 1}, 0)


async def test_a_half_open_line_says_nothing_until_it_is_reset() -> None:
    async with bad_line(Fault(Kind.HALF_OPEN, seconds=0.3)) as (proxy, parent):
        began = monotonic()
        assert await ask(proxy.port) == b"!"
        assert monotonic() - began >= 0.3
        assert (proxy.struck, parent.heard) == ({Kind.HALF_OPEN: 1}, 0)


async def test_a_hanging_line_goes_on_after_a_while() -> None:
    async with bad_line(Fault(Kind.HANG, 1500, seconds=0.3)) as (proxy, parent):
        began = monotonic()
        assert await ask(proxy.port, 3) == ANSWER * 3
        assert monotonic() - began >= 0.3
        assert (proxy.struck, parent.heard) == ({Kind.HANG: 1}, 3000)


async def test_a_drip_takes_its_time_and_loses_nothing() -> None:
    async with bad_line(Fault(Kind.DRIP, 2000, drop=100, pause_s=0.005)) as (proxy, parent):
        began = monotonic()
        assert await ask(proxy.port, 3) == ANSWER * 3
        assert monotonic() - began >= 0.1
        assert (proxy.struck, parent.heard) == ({Kind.DRIP: 1}, 3000)


async def test_a_lost_answer_leaves_the_request_whole() -> None:
    async with bad_line(Fault(Kind.LOST_ANSWER, 1, seconds=0.1)) as (proxy, parent):
        assert await ask(proxy.port, 2) == ANSWER
        assert (proxy.struck, parent.heard) == ({Kind.LOST_ANSWER: 1}, 2000)


async def test_a_fault_that_did_not_come_to_pass_is_not_counted() -> None:
    async with bad_line(*(Fault(kind, 5000) for kind in (Kind.CUT_UP, Kind.RESET, Kind.HANG, Kind.LOST_ANSWER))) as (proxy, _):
        for _ in range(4):
            assert await ask(proxy.port) == ANSWER
        assert proxy.struck.total() == 0


async def test_a_pulled_cable_ends_every_line_and_lets_nobody_in_until_it_is_mended() -> None:
    async with bad_line(*[Fault(Kind.PASS)] * 2) as (proxy, parent):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(REQUEST)
        await until(lambda: parent.heard)
        await proxy.cut()
        assert await reader.read() in (b"", ANSWER)
        writer.close()
        with pytest.raises(ConnectionError):
            await ask(proxy.port)
        await proxy.mend()
        assert await ask(proxy.port) == ANSWER


async def test_connections_go_to_whoever_lets_them_in() -> None:
    parents = [Parent(), Parent()]
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(await asyncio.start_server(parent.answer, "127.0.0.1", 0)) for parent in parents
        ]
        ports = [server.sockets[0].getsockname()[1] for server in servers]
        async with fault_proxy(*ports) as proxy:
            assert [await ask(proxy.port) for _ in range(4)] == [ANSWER] * 4
            assert [parent.heard for parent in parents] == [2000, 2000]
            servers[0].close()
            assert [await ask(proxy.port) for _ in range(4)] == [ANSWER] * 4
            assert [parent.heard for parent in parents] == [2000, 6000]


def test_a_plan_is_its_seed() -> None:
    first, second = (random_plan(random.Random(7)) for _ in range(2))
    planned = [first() for _ in range(200)]
    assert planned == [second() for _ in range(200)]
    assert {fault.kind for fault in planned} == set(FAULTS)
