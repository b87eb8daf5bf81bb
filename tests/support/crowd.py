"""A crowd of other programs that ask a node's API, each with a token of its own, and what became of their questions."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from time import perf_counter

import httpx

CONNECTIONS = 64
IDLE_S = 2.0
"""So long is a connection kept that nobody uses: shorter than servers do, so that no question meets its end."""


@dataclass
class Crowd:
    """Answers that were given to all of them."""

    seconds: list[float] = field(default_factory=list[float])
    """How long each took."""
    statuses: Counter[int] = field(default_factory=Counter[int])
    failures: int = 0
    """Questions without any answer."""

    @property
    def wrong(self) -> float:
        """Share of questions that were not answered with what was asked for."""
        asked = self.statuses.total() + self.failures
        return (asked - self.statuses[200] - self.statuses[304]) / max(asked, 1)

    async def ask(self, client: httpx.AsyncClient, word: str, path: str) -> httpx.Response | None:
        """One question with this token."""
        began = perf_counter()
        try:
            response = await client.get(path, headers={"Authorization": f"Bearer {word}"})
        except httpx.HTTPError:
            self.failures += 1
            return None
        self.seconds.append(perf_counter() - began)
        self.statuses[response.status_code] += 1
        return response


@asynccontextmanager
async def crowd(url: str, words: Sequence[str], paths: Sequence[str], every_s: float, luck: Random) -> AsyncGenerator[Crowd]:
    """One client for each token asks again and again while the context is open, each about every so many seconds."""
    found = Crowd()
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=IDLE_S)

    async def live(client: httpx.AsyncClient, word: str) -> None:
        await asyncio.sleep(luck.uniform(0.0, every_s))
        while True:
            await found.ask(client, word, luck.choice(paths))
            await asyncio.sleep(luck.uniform(0.5, 1.5) * every_s)

    opened = httpx.AsyncClient(base_url=url, limits=limits, timeout=30.0, trust_env=False)
    async with opened as client, asyncio.TaskGroup() as tasks:
        living = [tasks.create_task(live(client, word), name="client") for word in words]
        try:
            yield found
        finally:
            for task in living:
                task.cancel()
