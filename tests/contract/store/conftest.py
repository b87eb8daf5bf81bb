"""Every test of the contract runs once per store."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract.store.shops import PostgresShop, Shop, SqliteShop
from tests.support.postgres import Server, missing, postgres_server


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    with postgres_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    return SqliteShop(tmp_path) if request.param == "sqlite" else PostgresShop(request.getfixturevalue("server"))
