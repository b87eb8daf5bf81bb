"""Where a running node listens for its own user, and the key that lets that user in."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

QUESTION_LIMIT = 64 << 10
"""Longest question the node takes, in bytes."""
ANSWER_LIMIT = 16 << 20
"""Longest answer the asker takes, in bytes."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Port on loopback and token, as kept in a file that only this user can read."""

    port: int
    token: str
    pid: int


def channel_file(cache: Path) -> Path:
    """The channel's file lies beside the cache."""
    return cache.with_name(cache.name + ".control")


def write_channel(path: Path, channel: Channel) -> None:
    """Put the file in place in one step, readable by this user only from its first moment on."""
    draft = path.with_name(f"{path.name}.{channel.pid}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"port": channel.port, "token": channel.token, "pid": channel.pid}, file)
    draft.replace(path)


def read_channel(path: Path) -> Channel | None:
    """What the file says; None where there is none or it is not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Channel(int(content["port"]), str(content["token"]), int(content["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def withdraw_channel(path: Path, channel: Channel) -> None:
    """Remove the file, unless somebody else has written another one since."""
    if read_channel(path) == channel:
        path.unlink(missing_ok=True)
