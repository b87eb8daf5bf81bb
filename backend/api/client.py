"""Ask a running node on this computer; blocking and standard library only, so that tools and faces start fast."""

import json
import socket
from pathlib import Path
from typing import cast

from backend.api.channel import ANSWER_LIMIT, channel_file, read_channel
from backend.model.message import Message, MessageValue

Answer = dict[str, object]


class NodeError(Exception):
    """The question was not answered."""


class NodeNotRunning(NodeError):
    """Nobody listens beside this cache."""


class NodeRefused(NodeError):
    """The node said no, and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def is_running(cache: Path) -> bool:
    """Whether a node listens beside this cache file."""
    try:
        ask(channel_file(cache), "status", timeout_s=2.0)
    except NodeNotRunning:
        return False
    except NodeRefused:
        return True
    return True


def ask(path: Path, action: str, timeout_s: float = 10.0, **values: object) -> Answer:
    """One question to whoever wrote the channel file ``path``. Raises ``NodeNotRunning`` or ``NodeRefused``."""
    channel = read_channel(path)
    if channel is None:
        raise NodeNotRunning(str(path))
    line = json.dumps({"token": channel.token, "do": action, **values}, ensure_ascii=False).encode() + b"\n"
    try:
        with socket.create_connection(("127.0.0.1", channel.port), timeout=timeout_s) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as stream:
                answer = cast("Answer", json.loads(stream.readline(ANSWER_LIMIT)))
    except (OSError, ValueError) as error:
        raise NodeNotRunning(str(path)) from error
    if answer.get("ok") is not True:
        values_given = cast("dict[str, MessageValue]", answer.get("values") or {})
        raise NodeRefused(Message(str(answer.get("text", "")), values_given))
    return answer
