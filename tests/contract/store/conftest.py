"""Every test of the contract runs once per store."""

from pathlib import Path

import pytest

from tests.contract.store.shops import Shop, SqliteShop


@pytest.fixture(params=["sqlite"])
def shop(tmp_path: Path) -> Shop:
    return SqliteShop(tmp_path)
