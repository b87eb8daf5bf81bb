"""How often, and with which luck: ``pytest tests/faults/test_kill9.py --n 50 --seed 7``."""

import random
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.folders import quick_folder
from tests.support.warm_start import WarmStart, warm_start


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--n", type=int, default=None, help="how often a fault is made (each test has its short form)")
    parser.addoption("--seed", type=int, default=None, help="repeats a run; printed by every test that used one")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Given or drawn, and printed with a failing test's output."""
    given: int | None = request.config.getoption("--seed", default=None)
    chosen = random.SystemRandom().randrange(2**31) if given is None else given
    print(f"--seed {chosen}")  # noqa: T201 - pytest shows it where a test fails
    return chosen


@pytest.fixture
def times(request: pytest.FixtureRequest) -> int | None:
    """How often; None asks for the short form."""
    return request.config.getoption("--n", default=None)


@pytest.fixture
def ram() -> Generator[Path]:
    """A folder in memory where there is one."""
    with quick_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def warm() -> Generator[WarmStart]:
    """Starts nodes quickly."""
    with warm_start() as start:
        yield start
