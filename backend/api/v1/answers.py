"""An answer as it leaves: with its tag, compressed for whoever takes that, and not at all for whoever has it already."""

import hashlib
import zlib

import orjson
from fastapi import Response
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from backend.api import tokens

_SMALLEST = 1000
"""Shorter ones are not worth compressing."""
_LEVEL = 1
"""A day of minutes takes 1 ms; the usual level 6 takes seven times as long to save another twentieth."""
_GZIP = 31
"""``zlib`` puts the head and tail of gzip around its data."""
_ALWAYS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Authorization, Accept-Encoding"),
]


class Answer(Response):
    """A whole answer with the status 200, for any number of askers."""

    def __init__(self, content: object, scope: tokens.Scope) -> None:
        super().__init__(_encode(content))
        self.needs = scope
        """What a token must have to see it."""
        # Weak, because the same answer may also travel compressed.
        self._tag = b'W/"%b"' % hashlib.sha256(self.body).hexdigest()[:32].encode()
        self._compressed = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        headers = Headers(scope=scope)
        known = headers.get("if-none-match")
        if known is not None and {each.strip().encode() for each in known.split(",")} & {self._tag, b"*"}:
            await _send(send, 304, b"", [(b"etag", self._tag), *_ALWAYS[1:]])
            return
        body, head = bytes(self.body), [*_ALWAYS, (b"etag", self._tag)]
        if len(body) >= _SMALLEST and _takes_gzip(headers.get("accept-encoding", "")):
            self._compressed = self._compressed or zlib.compress(body, _LEVEL, _GZIP)
            body = self._compressed
            head.append((b"content-encoding", b"gzip"))
        head.append((b"content-length", str(len(body)).encode()))
        await _send(send, 200, body, head)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _takes_gzip(accepted: str) -> bool:
    for each in accepted.split(","):
        name, _, weight = each.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _encode(content: object) -> bytes:
    """Arrays become lists, NaN becomes null."""
    return orjson.dumps(content, _plain, orjson.OPT_SERIALIZE_NUMPY)


def _plain(shape: object) -> object:
    if isinstance(shape, BaseModel):
        return shape.model_dump(mode="json")
    raise TypeError(type(shape).__name__)
