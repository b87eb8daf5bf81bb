"""Waiting under the test's control: nothing passes until the test lets time pass."""

import asyncio

from tests.support.clock import FakeClock


class FakeWait:
    """Stands in for ``asyncio.sleep``; ``pass_time`` wakes whoever is due, in order."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    async def __call__(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._count += 1
        self._sleepers.append((self._clock.monotonic() + seconds, self._count, woken))
        await woken.wait()

    async def pass_time(self, seconds: float) -> None:
        """Move the clock on step by step, giving every sleeper its turn at its own time."""
        end = self._clock.monotonic() + seconds
        await settle()
        while due := [sleeper for sleeper in self._sleepers if sleeper[0] <= end]:
            first = min(due)
            self._sleepers.remove(first)
            self._clock.advance(max(0.0, first[0] - self._clock.monotonic()))
            first[2].set()
            await settle()
        self._clock.advance(end - self._clock.monotonic())
        await settle()


async def settle() -> None:
    """Let every task run until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)
