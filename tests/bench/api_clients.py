"""The process that asks in the API's bench: 100 clients with tokens of their own, each asks again once it was answered."""

import asyncio
import json
import random
import statistics
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter
from typing import Any, cast

import httptools
import uvloop

from tests.bench.api_past import HOURS, SITES, town
from tests.bench.past import DAY_MS, END_MS, HOUR_MS

Question = Callable[[random.Random], str]
CLIENTS = 100
_ROWS = ("items", "at_ms", "start_ms")


def questions(millions: int) -> dict[str, Question]:
    """What is asked, by name; each draws its own place and time."""
    main, hours = town(millions).main, HOURS[millions][0]
    energy = [key for key in main if "energy" in key]

    def span(point: str, level: str, length_ms: int, chance: random.Random) -> str:
        first = END_MS // HOUR_MS - hours + 1
        start_ms = chance.randrange(first, (END_MS - length_ms) // HOUR_MS + 1) * HOUR_MS
        return f"/v1/history?point={point}&level={level}&from_ms={start_ms}&to_ms={start_ms + length_ms}&limit=10000"

    def site(chance: random.Random) -> str:
        return f"school{chance.randrange(SITES)}"

    return {
        "fixed bytes": lambda chance: "/fixed",
        "latest of a site": lambda chance: f"/v1/latest?site={site(chance)}",
        "a point's hour": lambda chance: span(chance.choice(main), "raw", HOUR_MS, chance),
        "a point's day at 1 min": lambda chance: span(chance.choice(main), "1min", DAY_MS, chance),
        "a point's day at 15 min": lambda chance: span(chance.choice(main), "15min", DAY_MS, chance),
        "a point's day at 1 h": lambda chance: span(chance.choice(main), "1h", DAY_MS, chance),
        "energy of a day": lambda chance: f"/v1/energy?point={chance.choice(energy)}&first=2026-09-04&last=2026-09-04",
        "events of a day": lambda chance: f"/v1/events?from_ms={END_MS - DAY_MS}&to_ms={END_MS}",
        "points of a site": lambda chance: f"/v1/points?site={site(chance)}",
        "devices of a site": lambda chance: f"/v1/devices?site={site(chance)}",
        "sites": lambda chance: "/v1/sites",
        "the node": lambda chance: "/v1/node",
    }


@dataclass
class Tally:
    """What happened to all clients."""

    ends: float
    seconds: list[float] = field(default_factory=list[float])
    errors: int = 0
    bytes: int = 0

    def figures(self, lasted_s: float) -> dict[str, float]:
        """For the bench's table."""
        cuts = statistics.quantiles(self.seconds, n=100) if len(self.seconds) > 1 else [0.0] * 99
        return {
            "answers": len(self.seconds),
            "seconds": lasted_s,
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
            "errors": self.errors,
            "bytes": self.bytes,
        }


class Client(asyncio.Protocol):
    """One connection; asks, waits for the whole answer, asks again."""

    def __init__(self, tally: Tally, draw: Callable[[], str], token: str, compressed: bool) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tally, self._draw = tally, draw
        encoding = "gzip" if compressed else "identity"
        self._headers = f" HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: {encoding}\r\n\r\n"
        self._checked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self._tally.errors += 1
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._tally.bytes += len(data)
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if not self._checked:
            self._body += body

    def on_message_complete(self) -> None:
        now = perf_counter()
        self._tally.seconds.append(now - self._asked)
        self._tally.errors += self._parser.get_status_code() != 200 or not self._is_sound()
        if now < self._tally.ends:
            self._ask()
        else:
            self.ended.set_result(None)
            self._transport.close()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._asked = perf_counter()
        self._transport.write(f"GET {self._draw()}{self._headers}".encode())

    def _is_sound(self) -> bool:
        """The first answer of every client is looked at: it holds something."""
        if self._checked:
            return True
        self._checked = True
        body = zlib.decompress(self._body, 31) if self._body.startswith(b"\x1f\x8b") else self._body
        answer: Any = json.loads(body)
        if isinstance(answer, dict):
            answer = next((answer[key] for key in _ROWS if key in answer), answer)
        return len(answer) > 0


async def ask(job: dict[str, Any]) -> dict[str, float]:
    """Ask for so many seconds."""
    known = questions(job["millions"])
    asked = [known[name] for name in job["questions"]]
    began = perf_counter()
    tally = Tally(began + job["seconds"])
    loop, clients = asyncio.get_running_loop(), list[Client]()
    for number, token in enumerate(job["tokens"]):
        chance = random.Random(job["seed"] * CLIENTS + number)
        draw = partial(_draw, asked, chance)
        _, client = await loop.create_connection(partial(Client, tally, draw, token, number % 2 == 0), "127.0.0.1", job["port"])
        clients.append(client)
    await asyncio.gather(*(client.ended for client in clients))
    return tally.figures(perf_counter() - began)


def _draw(asked: list[Question], chance: random.Random) -> str:
    return chance.choice(asked)(chance)


def main() -> None:
    """One job a line in, one line of figures out."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(runner.run(ask(json.loads(line)))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
