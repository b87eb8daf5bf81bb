"""Wait for what another task or process brings about."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], object | Awaitable[object]], limit_s: float = 20.0) -> None:
    """Look again and again until the condition holds; fails after ``limit_s``."""
    async with asyncio.timeout(limit_s):
        while True:
            found = condition()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.02)
