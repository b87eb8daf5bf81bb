"""An empty database for each test."""

from collections.abc import Generator

import pytest

from tests.support.postgres import Server, missing, postgres_server


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with postgres_server() as running:
        yield running


@pytest.fixture
async def address(server: Server) -> str:
    return await server.new_database()
