"""The process that answers in the API's bench: an engine with readings coming in, and a FastAPI route of fixed bytes."""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI, Response

from backend.api.v1.server import serving
from backend.intake import Intake, open_intake
from backend.model.clock import AnchoredClock, ClockAnchor, SystemClock
from backend.model.delivery import Delivery, StorageError
from backend.model.reading import Reading
from backend.settings import ApiListener
from backend.store.opening import open_store
from tests.bench.api_past import town
from tests.bench.past import END_MS, KEEP_ALL
from tests.support.node_process import free_ports
from tests.support.until import until

FIXED = b'{"items":[' + b",".join([b'{"point":"school0/main/power1","at_ms":1795413599000,"value":14800.0}'] * 14) + b"]}"
"""A kilobyte of JSON."""


class Arrivals:
    """1,000 readings a second: each of 25 sites delivers its 40 points once a second, one site after the other."""

    def __init__(self, intake: Intake, clock: AnchoredClock, millions: int) -> None:
        self._intake, self._clock = intake, clock
        points = [stream.point for stream in town(millions).streams]
        self.points = points
        self._sites = [[point.key for point in points[first : first + 40]] for first in range(0, len(points), 40)]
        self.kept = self.failed = 0
        self.first_ms = clock.now_ms()

    async def run(self, ended: asyncio.Event) -> None:
        """Until ended."""
        await self._intake.declare(self.points)
        loop, told = asyncio.get_running_loop(), 0
        began = loop.time()
        while not ended.is_set():
            self._deliver(self._sites[told % len(self._sites)])
            told += 1
            await asyncio.sleep(max(began + told / len(self._sites) - loop.time(), 0))

    def _deliver(self, keys: list[str]) -> None:
        now_ms = self._clock.now_ms()
        future = self._intake.accept(Delivery([Reading(key, now_ms, float(now_ms // 100_000)) for key in keys]))
        future.add_done_callback(lambda done: self._count(done, len(keys)))

    def _count(self, done: "asyncio.Future[None]", readings: int) -> None:
        if isinstance(done.exception(), StorageError):
            self.failed += readings
        else:
            self.kept += readings


@asynccontextmanager
async def fixed_route(port: int) -> AsyncGenerator[None]:
    """FastAPI and the same server as the product's, and nothing behind it."""
    application = FastAPI()

    @application.get("/fixed")
    async def fixed() -> Response:
        return Response(FIXED, media_type="application/json")

    config = uvicorn.Config(
        application, port=port, loop="none", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(), name="fixed")
        yield
        server.should_exit = True


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def told_to_end() -> None:
    """Until the bench closes our input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def say(**words: Any) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


async def main(place: Path | str, cache: Path, millions: int) -> None:
    """Serve until the input ends; the tokens lie beside ``cache``."""
    clock = AnchoredClock(ClockAnchor(END_MS + 600_000, SystemClock().now_ms()))
    ports, ended = free_ports(2), asyncio.Event()
    async with open_store(place, "bench", clock, KEEP_ALL) as store, open_intake(store, clock) as intake:
        there = town(millions)
        await intake.define(there.sites, there.devices)
        arrivals = Arrivals(intake, clock, millions)
        async with (
            serving(ApiListener(port=ports[0], per_second=100_000), cache, place),
            fixed_route(ports[1]),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(arrivals.run(ended), name="arrivals")
            gc.collect()
            gc.freeze()  # As the node does.
            for port in ports:
                await until(partial(_answers, port))
            say(api=ports[0], fixed=ports[1])
            await told_to_end()
            ended.set()
    say(kept=arrivals.kept, failed=arrivals.failed, first_ms=arrivals.first_ms, last_ms=clock.now_ms())


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # The output carries the protocol.
    where, tokens_beside, size = sys.argv[1:4]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(where if "://" in where else Path(where), Path(tokens_beside), int(size)))
