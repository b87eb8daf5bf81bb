"""What one caller can take of the API before it is asked anything: on real sockets."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backend.api.v1 import server
from backend.http import bounds
from tests.support.api import Api, running_api
from tests.support.until import until

GET = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


async def call(api: Api) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", urlsplit(api.url).port)


async def say(api: Api, words: bytes) -> bytes:
    """Everything that is answered until the line ends; fails where it does not."""
    reader, writer = await call(api)
    writer.write(words)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def is_hung_up_on(api: Api) -> bool:
    try:
        return await say(api, b"") == b""
    except ConnectionResetError:
        return True


async def is_answered(api: Api) -> bool:
    return (await say(api, GET + b"\r\n")).split()[1:2] == [b"200"]


async def test_headers_have_an_end(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        assert (await say(api, GET + b"\r\n")).split()[1] == b"200"
        assert (await say(api, GET + b"X: " + b"y" * 20_000 + b"\r\n\r\n")).split()[1] == b"400"
        assert (await say(api, b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\n\r\n")).split()[1] == b"400"
        assert (await say(api, GET + b"".join(b"X%d: y\r\n" % number for number in range(4000)) + b"\r\n")).split()[1] == b"400"


async def test_who_keeps_us_waiting_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_HEADERS_S", 0.1)
    async with running_api(tmp_path) as api:
        assert await say(api, b"") == b""
        assert await say(api, GET) == b""


async def test_connections_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 4)
    async with running_api(tmp_path) as api:
        idle = [await call(api) for _ in range(8)]
        assert await is_hung_up_on(api)
        idle[0][1].write(GET + b"\r\n")
        assert (await idle[0][0].read()).split()[1] == b"503"
        for _, writer in idle:
            writer.close()
        await until(lambda: is_answered(api))
