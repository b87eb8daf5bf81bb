"""A pseudo device in a thread with a loop of its own, for commands that run a loop themselves."""

import asyncio
import threading
from types import TracebackType

from backend.simulation.modbus import ModbusServer


class Background:
    """Serves while the context is open."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> ModbusServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self._server

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._loop is not None
        assert self._ending is not None
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        async with self._server:
            self._ready.set()
            await self._ending.wait()
