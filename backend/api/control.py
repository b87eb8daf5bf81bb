"""The local control channel: one JSON line asks, one JSON line answers, on loopback, with a token per start."""

import asyncio
import hmac
import json
import os
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import structlog

from backend.api.channel import QUESTION_LIMIT, Channel, withdraw_channel, write_channel
from backend.model.message import Message

Answer = dict[str, object]
Action = Callable[[Answer], Awaitable[Answer]]
_log = structlog.get_logger(__name__)
_IDLE_S = 30.0


class RefusedError(Exception):
    """The node understood and says no; the message is for the person who asked."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@asynccontextmanager
async def serve_control(path: Path, actions: Mapping[str, Action]) -> AsyncGenerator[None]:
    """Answer these actions until the context ends; ``path`` tells port and token to this user only."""
    token = secrets.token_urlsafe(32)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _converse(reader, writer, token, actions)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=QUESTION_LIMIT)
    channel = Channel(server.sockets[0].getsockname()[1], token, os.getpid())
    write_channel(path, channel)
    try:
        yield
    finally:
        server.close()
        withdraw_channel(path, channel)


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str, actions: Mapping[str, Action]
) -> None:
    try:
        async with asyncio.timeout(_IDLE_S):
            line = await reader.readline()
        answer = await _answer(line, token, actions)
        writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
        await writer.drain()
    except (OSError, TimeoutError, ValueError):
        pass
    finally:
        writer.close()


async def _answer(line: bytes, token: str, actions: Mapping[str, Action]) -> Answer:
    request = _request(line)
    if request is None or not hmac.compare_digest(str(request.get("token")).encode(), token.encode()):
        return _refusal(Message("The node does not know who is asking."))
    action = actions.get(str(request.get("do")))
    if action is None:
        return _refusal(Message("The running node does not know “{action}”.", {"action": str(request.get("do"))}))
    try:
        return {"ok": True, **await action(request)}
    except RefusedError as refused:
        return _refusal(refused.message)
    except Exception:  # noqa: BLE001 - supervisor of one conversation: a broken action must not end the node
        _log.exception("control action failed", action=request.get("do"))
        return _refusal(Message("The node could not do that; its log says why."))


def _request(line: bytes) -> Answer | None:
    try:
        parsed: object = json.loads(line)
    except ValueError:
        return None
    return cast("Answer", parsed) if isinstance(parsed, dict) else None


def _refusal(message: Message) -> Answer:
    return {"ok": False, "text": message.text, "values": message.values}
