"""The node of the devices bench: the real engine on the loop it usually has, and a stopwatch beside it."""

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
import structlog
import uvloop

from backend.node import open_node
from backend.settings import load

TICK_S = 0.01


class Stopwatch:
    """How late the loop comes back to whoever asked to be woken."""

    def __init__(self) -> None:
        self.lags_ms: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.lags_ms.append((loop.time() - due) * 1000)


async def main(settings: Path) -> None:
    """Tells when it is ready; ``start`` on the input begins what ``stop`` ends and tells; then ``end``."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    watch, began = Stopwatch(), 0.0
    async with open_node(load(settings)), asyncio.TaskGroup() as tasks:
        _say(ready=True)
        watching = tasks.create_task(watch.run(), name="stopwatch")
        while (word := (await reader.readline()).strip()) != b"end":
            if word == b"start":
                watch.lags_ms.clear()
                began = time.process_time()
            elif word == b"stop":
                lags = np.percentile(watch.lags_ms, (50, 99, 100)).tolist()
                _say(cpu_s=time.process_time() - began, lags_ms=lags)
        watching.cancel()


def _say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # The output carries the protocol.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(Path(sys.argv[1])))
