"""Read a node's cache from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.commands.failure import CommandError
from backend.model.clock import AnchoredClock, Clock, SystemClock
from backend.model.message import Message
from backend.model.node import NodeInfo
from backend.store.contract import Reader

T = TypeVar("T")


def read_cache(cache: Path | str, question: Callable[[Reader], Awaitable[T]]) -> T:
    """Answer a question from a cache file, or a database by its address. Raises ``CommandError`` where there is no file."""
    if isinstance(cache, Path) and not cache.exists():
        raise CommandError(
            Message("There is no cache at {cache}", {"cache": str(cache)}),
            Message("No node has kept anything there yet."),
            Message("Start the node, or name another cache with --cache."),
        )
    return asyncio.run(_ask(cache, question))


async def _ask(cache: Path | str, question: Callable[[Reader], Awaitable[T]]) -> T:
    from backend.store.reader import open_reader

    async with open_reader(cache) as reader:
        return await question(reader)


async def clock_of(reader: Reader) -> Clock:
    """The clock of the node that keeps this cache; a demo's may run fast."""
    info = await reader.document("node", "main", NodeInfo)
    return AnchoredClock(info.clock) if info else SystemClock()
