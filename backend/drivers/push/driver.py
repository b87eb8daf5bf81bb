"""HTTP push: a device sends JSON to ``POST /v1/push/<name>`` with its key; the answer leaves once it is on disk."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from backend.drivers.contract import DeviceUnreachable, Secret
from backend.drivers.memory import Memory
from backend.drivers.push.door import Door
from backend.drivers.push.routes import create_application
from backend.drivers.tellers import Tellers, watching
from backend.http.server import Server, bind, configure
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device
from backend.settings.node import PushListener

_MOST_CONNECTIONS = 400
_GRACE_S = 1
"""For posts that are under way when we end."""


class PushDriver:
    """Devices that post."""

    def __init__(self, listener: PushListener, memory: Memory | None = None, *, tick_s: float = 1.0) -> None:
        self._listener, self._memory, self._tick_s = listener, memory, tick_s
        self.port = 0
        """Where we really listen, while serving."""

    @asynccontextmanager
    async def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AsyncGenerator[None]:
        """Listen until the context ends. Raises ``DeviceError`` where listening is not possible."""
        tls = self._listener.tls
        tellers = Tellers(devices, sink, clock, insecure=tls is None)
        await tellers.open(self._memory)
        files = (tls.certificate, tls.key) if tls else (None, None)
        try:
            config = configure(create_application(Door(devices, tellers, clock, secret)), _MOST_CONNECTIONS, *files)
            socket = bind(self._listener.host, self._listener.port)
            socket.listen()
        except OSError as error:
            raise DeviceUnreachable(f"port {self._listener.port}: {error}") from error
        config.timeout_graceful_shutdown = _GRACE_S
        with socket:
            self.port = int(socket.getsockname()[1])
            server = Server(config)
            async with asyncio.TaskGroup() as tasks, watching(tellers, self._tick_s):
                running = tasks.create_task(server.serve([socket]), name="push server")
                try:
                    yield
                finally:
                    server.should_exit = True
                    await asyncio.wait([running])
