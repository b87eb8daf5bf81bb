"""Run something beside a test, and end it with the test."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager


@asynccontextmanager
async def running(work: Coroutine[object, object, None]) -> AsyncGenerator[None]:
    """Cancel the work when the context ends; whatever it raises fails the test."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work, name="under test")
        try:
            yield
        finally:
            task.cancel()
