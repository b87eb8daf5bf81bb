"""Every mishap of the bad door, before an application that counts."""

import asyncio
import random

import httpx
import pytest

from tests.support.bad_door import MISHAPS, BadDoor, Message, Mishap, Receive, Scope, Send, random_mishaps


class Counting:
    """Answers with the number of the request; remembers bodies in the order in which they were handled."""

    def __init__(self) -> None:
        self.handled: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message: Message = await receive()
        self.handled.append(message["body"])
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(len(self.handled)).encode()})


async def told(*mishaps: Mishap) -> tuple[list[bytes], list[int], BadDoor]:
    """Send a, b, c … one after the other through a door with these mishaps."""
    app, fates = Counting(), iter(mishaps)
    door = BadDoor(app, lambda: next(fates), delay_s=0.01)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:
        answers = [(await client.post("/", content=bytes([97 + n]))).status_code for n in range(len(mishaps))]
    return app.handled, answers, door


@pytest.mark.parametrize(
    ("mishap", "handled", "status"),
    [
        (Mishap.NONE, [b"a", b"b"], 200),
        (Mishap.BUSY, [b"b"], 503),
        (Mishap.FORGOTTEN, [b"a", b"b"], 504),
        (Mishap.DOUBLED, [b"a", b"a", b"b"], 200),
        (Mishap.AT_ONCE, [b"a", b"a", b"b"], 200),
        (Mishap.DELAYED, [b"a", b"b"], 200),
        (Mishap.REPEATED, [b"a", b"b", b"a"], 200),
    ],
)
async def test_mishaps(mishap: Mishap, handled: list[bytes], status: int) -> None:
    found, answers, door = await told(mishap, Mishap.NONE)
    assert (found, answers) == (handled, [status, 200])
    assert door.met[mishap] >= 1


async def test_a_delayed_request_is_overtaken() -> None:
    app, fates = Counting(), iter((Mishap.DELAYED, Mishap.NONE))
    door = BadDoor(app, lambda: next(fates), delay_s=0.05)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:
        await asyncio.gather(client.post("/", content=b"first"), client.post("/", content=b"second"))
    assert app.handled == [b"second", b"first"]


def test_a_share_meets_with_mishaps() -> None:
    draw = random_mishaps(random.Random(3), 0.5)
    drawn = [draw() for _ in range(400)]
    assert set(drawn) == {*MISHAPS, Mishap.NONE}
    assert 120 < drawn.count(Mishap.NONE) < 280
