"""A bad way to an ASGI application: what reverse proxies, load balancers and impatient senders do to its requests."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from enum import StrEnum, auto
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Mishap(StrEnum):
    """What may happen to a request that arrived whole."""

    NONE = auto()
    BUSY = auto()
    """503 with ``Retry-After``; the application never hears of it."""
    FORGOTTEN = auto()
    """Handled, and answered with 504 all the same."""
    DOUBLED = auto()
    """Handled twice, one right after the other; the second answer is told."""
    AT_ONCE = auto()
    """Handled twice at the same time; the first answer is told."""
    DELAYED = auto()
    """Handled later, so that others overtake it."""
    REPEATED = auto()
    """Handled and answered, and handled once more after the next one."""


MISHAPS = tuple(mishap for mishap in Mishap if mishap is not Mishap.NONE)
RETRY_AFTER_S = 1


def random_mishaps(luck: random.Random, share: float = 1.0) -> Callable[[], Mishap]:
    """A share of all requests meets with one."""
    return lambda: luck.choice(MISHAPS) if luck.random() < share else Mishap.NONE


class BadDoor:
    """Stands before the application. Requests are read whole first: they are parcels of a few MiB at most."""

    def __init__(self, app: App, plan: Callable[[], Mishap], delay_s: float = 0.1) -> None:
        self.met: Counter[Mishap] = Counter()
        """Mishaps that came to pass."""
        self._app, self._plan, self._delay_s = app, plan, delay_s
        self._stale: tuple[Scope, bytes] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        mishap = self._plan()
        self.met[mishap] += 1
        await self._handle(mishap, scope, body, send)
        if mishap is not Mishap.BUSY:
            stale, self._stale = self._stale, (scope, body) if mishap is Mishap.REPEATED else None
            if stale is not None:
                await self._ask(*stale)

    async def _handle(self, mishap: Mishap, scope: Scope, body: bytes, send: Send) -> None:
        match mishap:
            case Mishap.BUSY:
                await _answer(send, 503)
            case Mishap.FORGOTTEN:
                await self._ask(scope, body)
                await _answer(send, 504)
            case Mishap.DOUBLED:
                await self._ask(scope, body)
                await self._ask(scope, body, send)
            case Mishap.AT_ONCE:
                await asyncio.gather(self._ask(scope, body, send), self._ask(scope, body))
            case Mishap.DELAYED:
                await asyncio.sleep(self._delay_s)
                await self._ask(scope, body, send)
            case Mishap.NONE | Mishap.REPEATED:
                await self._ask(scope, body, send)

    async def _ask(self, scope: Scope, body: bytes, send: Send | None = None) -> None:
        """Let the application handle it; without ``send`` nobody hears its answer."""
        told = False

        async def receive() -> Message:
            nonlocal told
            if told:
                return {"type": "http.disconnect"}
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app({**scope}, receive, send or _ignore)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts)


async def _answer(send: Send, status: int) -> None:
    headers = [(b"retry-after", str(RETRY_AFTER_S).encode())] if status == 503 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _ignore(message: Message) -> None:
    """An answer that nobody waits for."""
