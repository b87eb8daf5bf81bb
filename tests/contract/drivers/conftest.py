"""What holds in every test of the contract: nothing is logged as an error, nothing reaches the loop's own handler."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
async def quiet(caplog: pytest.LogCaptureFixture) -> AsyncGenerator[None]:
    """Fail where a driver let an exception escape into the loop or into the log."""
    escaped: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    yield
    await asyncio.sleep(0)
    assert escaped == []
    assert [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR] == []
