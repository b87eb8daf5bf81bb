"""What holds for every test: no screen is needed, and nothing a test started outlives it."""

import asyncio
import asyncio.runners
import atexit
import os
import tempfile
from collections.abc import Generator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")
# Keys of tests never go into the keyring of whoever runs them.
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")

# Nor are nodes of tests remembered beside those of whoever runs them.
_own_data = tempfile.TemporaryDirectory(prefix="enemado-tests-")
atexit.register(_own_data.cleanup)
os.environ["ENEMADO_DATA"] = _own_data.name

_leaked: list[str] = []
_forgotten: list[str] = []
_cancel_all_tasks = vars(asyncio.runners)["_cancel_all_tasks"]


def _remember_and_cancel(loop: asyncio.AbstractEventLoop) -> None:
    """Stands in for the clean-up of a closing loop, which would end forgotten tasks in silence."""
    _leaked.extend(f"{task.get_name()} ({task.get_coro()!r})" for task in asyncio.all_tasks(loop))
    _cancel_all_tasks(loop)


setattr(asyncio.runners, "_cancel_all_tasks", _remember_and_cancel)  # noqa: B010 - private to the library's stubs


_handle_loop_error = asyncio.BaseEventLoop.default_exception_handler


def _remember_loop_error(loop: asyncio.BaseEventLoop, context: dict[str, Any]) -> None:
    """Stands in for the log line that nobody reads when a task fails and nobody asks for its result."""
    if "never retrieved" in context["message"]:
        _forgotten.append(f"{context['message']}: {context.get('exception')!r}")
    _handle_loop_error(loop, context)


setattr(asyncio.BaseEventLoop, "default_exception_handler", _remember_loop_error)  # noqa: B010 - its argument is named self


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run fault tests in their long form too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="long form: ask for it with --long"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Fail a test whose tasks still ran when its loop closed, or failed unheard: nobody owned them."""
    yield
    leaked, _leaked[:] = list(_leaked), []
    forgotten, _forgotten[:] = list(_forgotten), []
    if leaked or forgotten:
        pytest.fail("\n".join([f"task left running: {task}" for task in leaked] + forgotten), pytrace=False)
