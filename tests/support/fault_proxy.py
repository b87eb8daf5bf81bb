"""A bad line: a TCP proxy that lets everything through, TLS too, until the fault strikes that was planned for the connection."""

import asyncio
import random
import socket
import struct
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum, auto

PIECE = 65_536
LAST_WORDS_S = 1.0
"""So long may the other side take to fetch what it was sent before the line ends."""


class Kind(StrEnum):
    """What may happen to a connection."""

    PASS = auto()
    """Nothing."""
    CUT_UP = auto()
    """Ended after so many bytes of the caller; the rest never arrives."""
    CUT_DOWN = auto()
    """Ended after so many bytes of the answering side."""
    RESET = auto()
    """Like the first, with an RST on both sides."""
    REFUSE = auto()
    """An RST in place of the first byte."""
    HALF_OPEN = auto()
    """Accepted, and never a byte from it; an RST at last."""
    HANG = auto()
    """After so many bytes of the caller no further one moves for a while; then all goes on."""
    DRIP = auto()
    """So many bytes of each side arrive a few at a time."""
    LOST_ANSWER = auto()
    """The caller's bytes arrive whole; from the n-th time on that the other side speaks its bytes vanish, and the line ends."""


FAULTS = tuple(kind for kind in Kind if kind is not Kind.PASS)


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one connection."""

    kind: Kind
    after: int = 0
    """Bytes, or for ``LOST_ANSWER`` turns of the answering side, that still pass."""
    seconds: float = 0.2
    """How long a hang or a half-open line lasts, and how quiet a lost answer's line must be before it ends."""
    drop: int = 64
    """Bytes of one drop of a drip."""
    pause_s: float = 0.002
    """Between two drops."""


Plan = Callable[[], Fault]
"""Asked once for each connection, in the order in which they come."""


def random_plan(luck: random.Random, kinds: Sequence[Kind] = FAULTS, *, most_bytes: int = 60_000, seconds: float = 0.2) -> Plan:
    """Every connection ends badly, sooner or later: half of the time within the handshake, else later."""

    def draw() -> Fault:
        kind = luck.choice(kinds)
        if kind is Kind.LOST_ANSWER:
            return Fault(kind, luck.randrange(1, 6), seconds)
        after = round(2 ** luck.uniform(0, luck.choice((11.5, most_bytes.bit_length()))))
        return Fault(kind, min(after, most_bytes), seconds)

    return draw


class FaultProxy:
    """Listens on ``port`` of loopback and passes on to other ports there, as a load balancer does; use ``fault_proxy``."""

    def __init__(self, targets: Sequence[int], plan: Plan, tasks: asyncio.TaskGroup) -> None:
        self.struck: Counter[Kind] = Counter()
        """Faults that really came to pass: a cut after bytes that nobody sent is none."""
        self.connections = 0
        self.port = 0
        self.plan = plan
        """May be exchanged at any time; counts for connections to come."""
        self._targets = deque(targets)
        self._tasks = tasks
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        """Let callers in."""
        self._server = await asyncio.start_server(self._admit, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """As a pulled cable does: every connection ends, and nobody gets one until ``mend``."""
        if self._server is not None:
            self._server.close()
            self._server = None
        open_now = set(self._open)
        for task in open_now:
            task.cancel()
        if open_now:
            await asyncio.wait(open_now)

    def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._targets.rotate()
        line = _Line(self.plan(), list(self._targets), reader, writer, self._strike)
        task = self._tasks.create_task(line.run(), name=f"bad line {self.connections}")
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    def _strike(self, kind: Kind) -> None:
        self.struck[kind] += 1


@asynccontextmanager
async def fault_proxy(*targets: int, plan: Plan = lambda: Fault(Kind.PASS)) -> AsyncGenerator[FaultProxy]:
    """A bad line to ports of loopback while the context is open; each connection goes to the next that lets it in."""
    async with asyncio.TaskGroup() as tasks:
        proxy = FaultProxy(targets, plan, tasks)
        await proxy.mend()
        try:
            yield proxy
        finally:
            await proxy.cut()


class _Over(Exception):
    """The fault, or either end, ended this connection."""


class _Line:
    """One connection and its fate."""

    def __init__(
        self,
        fault: Fault,
        targets: Sequence[int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        strike: Callable[[Kind], None],
    ) -> None:
        self._fault, self._targets = fault, targets
        self._reader, self._writer = reader, writer
        self._strike = strike
        self._struck = False
        self._left = {"up": fault.after, "down": fault.after}
        self._turns = 0
        self._speaker = "up"
        self._moved = asyncio.Event()

    async def run(self) -> None:
        try:
            match self._fault.kind:
                case Kind.REFUSE:
                    self._mark()
                case Kind.HALF_OPEN:
                    self._mark()
                    await asyncio.sleep(self._fault.seconds)
                case _:
                    await self._connect()
        finally:
            await _end(self._writer, hard=self._ends_hard)

    @property
    def _ends_hard(self) -> bool:
        return self._struck and self._fault.kind in (Kind.REFUSE, Kind.HALF_OPEN, Kind.RESET)

    async def _connect(self) -> None:
        for target in self._targets:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", target)
            except OSError:
                continue
            try:
                await self._pass_on(reader, writer)
            finally:
                await _end(writer, hard=self._ends_hard)
            return

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump("up", self._reader, writer), name="pump up")
                pumps.create_task(self._pump("down", reader, self._writer), name="pump down")
                if self._fault.kind is Kind.LOST_ANSWER:
                    pumps.create_task(self._end_when_quiet(), name="pump quiet")
        except* (_Over, OSError):
            pass

    async def _pump(self, way: str, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(PIECE):
            self._moved.set()
            await self._let_through(way, data, sink)
        raise _Over

    async def _let_through(self, way: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        match self._fault.kind:
            case Kind.CUT_DOWN if way == "down":
                await self._cut(way, data, sink)
            case Kind.CUT_UP | Kind.RESET if way == "up":
                await self._cut(way, data, sink)
            case Kind.HANG if way == "up":
                await self._hang(way, data, sink)
            case Kind.DRIP:
                await self._drip(way, data, sink)
            case Kind.LOST_ANSWER:
                await self._lose(way, data, sink)
            case _:
                await _send(sink, data)

    async def _cut(self, way: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        await _send(sink, data[: self._left[way]])
        self._left[way] -= len(data)
        if self._left[way] < 0:
            self._mark()
            raise _Over

    async def _hang(self, way: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        left, self._left[way] = max(self._left[way], 0), self._left[way] - len(data)
        await _send(sink, data[:left])
        if left < len(data) and not self._struck:
            self._mark()
            await asyncio.sleep(self._fault.seconds)
        await _send(sink, data[left:])

    async def _drip(self, way: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        while data and self._left[way] > 0:
            self._mark()
            drop, data = data[: self._fault.drop], data[self._fault.drop :]
            self._left[way] -= len(drop)
            await _send(sink, drop)
            await asyncio.sleep(self._fault.pause_s)
        await _send(sink, data)

    async def _lose(self, way: str, data: bytes, sink: asyncio.StreamWriter) -> None:
        if way == "down" and self._speaker == "up":
            self._turns += 1
        self._speaker = way
        if way == "down" and self._turns > self._fault.after:
            self._mark()
        if way == "up" or not self._struck:
            await _send(sink, data)

    async def _end_when_quiet(self) -> None:
        """Ends the line whose answer was lost once nothing has moved for a while: the request has arrived whole by then."""
        while True:
            self._moved.clear()
            try:
                async with asyncio.timeout(self._fault.seconds):
                    await self._moved.wait()
            except TimeoutError:
                if self._struck:
                    raise _Over from None

    def _mark(self) -> None:
        if not self._struck:
            self._struck = True
            self._strike(self._fault.kind)


async def _send(sink: asyncio.StreamWriter, data: bytes) -> None:
    if data:
        sink.write(data)
        await sink.drain()


async def _end(writer: asyncio.StreamWriter, *, hard: bool) -> None:
    """Deliver what was passed on, then end; ``hard`` at once and with an RST."""
    if hard:
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        return
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LAST_WORDS_S):
            await writer.wait_closed()
    writer.transport.abort()
