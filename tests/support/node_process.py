"""A real node in its own process, to be started, killed and started again."""

import asyncio
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
PATIENCE_S = 40.0
NODE = ("-m", "app.cli", "node", "--settings")


class Process(Protocol):
    """A running program, whoever started it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...

    async def wait(self) -> int: ...


Start = Callable[[Sequence[str], Path], Awaitable[Process]]
"""Starts Python with these arguments, its output going to a file."""


async def cold_start(command: Sequence[str], log: Path) -> Process:
    """As everybody does; ``tests.support.warm_start`` is quicker."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=output, stderr=output)


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that nobody uses now."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


class NodeProcess:
    """Owns one node process at a time; its output goes to a file beside the settings."""

    def __init__(self, settings: Path, port: int, command: Sequence[str] = NODE, start: Start = cold_start) -> None:
        """``port`` is one the node listens on: when it answers, the node is up."""
        self._port = port
        self.command = command
        """Arguments of Python in front of the settings; counts from the next start on."""
        self._settings = settings
        self._start = start
        self.log = settings.with_suffix(".log")
        """What it says."""
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = await self._start((*self.command, str(self._settings)), self.log)
        async with asyncio.timeout(PATIENCE_S):
            while not await self._listens():
                if self._process.returncode is not None:
                    raise RuntimeError(f"the node ended with {self._process.returncode}:\n{self.output()}")
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """As a power cut does, but for what the operating system holds."""
        await self._end(signal.SIGKILL)

    async def ended(self, limit_s: float) -> bool:
        """Whether it ends by itself before that."""
        assert self._process is not None
        try:
            async with asyncio.timeout(limit_s):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        """Ask it to stop and wait until everything is on disk."""
        await self._end(signal.SIGTERM)

    def output(self) -> str:
        """The last it said."""
        return self.log.read_text("utf-8", "replace")[-4000:]

    async def _end(self, how: signal.Signals) -> None:
        if self._process is None or not self.runs:
            return
        self._process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            await self._process.wait()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True
