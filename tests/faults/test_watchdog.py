"""A node or a face that hangs (R16): noticed, ended and started again in time, and told by its work, not by a timer."""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import supervisor
from app.commands.children import node_child
from app.supervisor import BEAT_WITHIN_S, Budget, Child, Supervisor
from backend.intake import Limits
from backend.model.delivery import StorageError
from backend.simulation.sunspec import pseudo_inverter
from backend.store.reader import open_reader
from tests.support.node_process import ROOT, free_ports
from tests.support.small_site import write_settings
from tests.support.until import until

SHORT = 3
FACTOR = 1 / 8
"""Of the time that a beat may take; the node of the test commits twice a second."""
DETECT_S = 30.0
RESTART_S = 10.0
NODE = "tests.support.hanging_node"
FAULTS = (signal.SIGSTOP, signal.SIGUSR1, signal.SIGUSR2)


def test_the_bar_can_be_kept() -> None:
    assert Limits().heartbeat_s * 2 < BEAT_WITHIN_S
    assert BEAT_WITHIN_S + 2 * supervisor._LOOK_S < DETECT_S


class Watched:
    """A supervisor in a thread, and what it told."""

    def __init__(self, child: Child) -> None:
        self.ended: list[tuple[float, int]] = []
        """When the child ended, and with which code."""
        self._supervisor = Supervisor([child], Budget(restarts=1000), self._tell)
        self._thread = threading.Thread(target=self._supervisor.run)

    @property
    def pid(self) -> int | None:
        return next(iter(self._supervisor.processes().values()), None)

    def _tell(self, name: str, code: int) -> None:
        self.ended.append((time.monotonic(), code))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._supervisor.stop()
        self._thread.join()


@contextmanager
def watched(child: Child) -> Generator[Watched]:
    running = Watched(child)
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervisor, "BEAT_WITHIN_S", BEAT_WITHIN_S * FACTOR)
    monkeypatch.setattr(supervisor, "command_line", lambda arguments: [sys.executable, "-m", *arguments])
    monkeypatch.setenv("ENEMADO_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(ROOT)


@dataclass
class Scene:
    """A node under the supervisor, and its cache."""

    watched: Watched
    cache: Path

    async def works(self) -> None:
        """Wait until something new is committed and the node has beaten for it."""
        before, beat = await self._sequence(), self._beat()

        async def is_further() -> bool:
            return self._beat() > beat and await self._sequence() > before

        await until(is_further)

    async def ends(self, number: int, limit_s: float) -> None:
        """Wait until so many lives of the node have ended."""
        await until(lambda: len(self.watched.ended) >= number, limit_s)

    def _beat(self) -> int:
        file = self.cache.with_name(f"{self.cache.name}.beat")
        return file.stat().st_mtime_ns if file.exists() else 0

    async def _sequence(self) -> int:
        try:
            async with open_reader(self.cache) as reader:
                return (await reader.state()).sequence
        except StorageError:
            return 0


@asynccontextmanager
async def scene(folder: Path) -> AsyncGenerator[Scene]:
    """The supervisor keeps a node that polls a pseudo inverter."""
    modbus, ocpp = free_ports(2)
    cache = folder / "node.enemado"
    child = node_child(cache, ["--settings", str(write_settings(folder, modbus, ocpp))])
    device = pseudo_inverter("W-1")
    device.put(103, {"St": 4, "W": 4321})
    async with device.serve(port=modbus):
        with watched(Child(child.name, [NODE, *child.arguments], beat=child.beat)) as running:
            yield Scene(running, cache)


async def test_a_node_that_hangs_is_noticed_and_works_again_in_time(tmp_path: Path, times: int | None, seed: int) -> None:
    luck, slowest = random.Random(seed), [0.0, 0.0]
    async with scene(tmp_path) as place:
        for number in range(1, (times or SHORT) + 1):
            await place.works()
            pid, began = place.watched.pid, time.monotonic()
            assert pid is not None
            os.kill(pid, FAULTS[number - 1] if number <= len(FAULTS) else luck.choice(FAULTS))
            await place.ends(number, DETECT_S * FACTOR)
            ended, code = place.watched.ended[-1]
            assert code == -signal.SIGKILL
            await place.works()
            slowest = [max(slowest[0], ended - began), max(slowest[1], time.monotonic() - ended)]
            assert time.monotonic() - ended <= RESTART_S
    print(f"noticed in {slowest[0]:.1f} s of {DETECT_S * FACTOR:.1f}, worked again in {slowest[1]:.1f} s")  # noqa: T201


async def test_a_node_that_beats_by_a_timer_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENEMADO_TIMER_BEAT", "1")
    async with scene(tmp_path) as place:
        await place.works()
        pid = place.watched.pid
        assert pid is not None
        os.kill(pid, signal.SIGUSR2)
        with pytest.raises(TimeoutError):
            await place.ends(1, DETECT_S * FACTOR)


async def test_a_face_that_is_frozen_is_noticed_and_started_again(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    child = Child("face", ["tests.support.tiny_face", str(tmp_path / "cache"), str(tmp_path)], leads=True, beat=str(beat))
    with watched(child) as running:
        await until(lambda: beat.exists() and beat.stat().st_size == 0 and (tmp_path / "screen.png").exists())
        pid, before = running.pid, beat.stat().st_mtime_ns
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: running.ended)
        await until(lambda: beat.stat().st_mtime_ns > before)
        assert running.ended[0][1] == -signal.SIGKILL
