"""Habits that ruff cannot see: owned tasks, no modal loops, broad excepts only where a supervisor stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import PRODUCT, calls, functions, modules

# Owners of tasks outside a TaskGroup: each keeps, names and cancels what it starts.
TASK_OWNERS = {"backend/drivers/ocpp/porch.py"}

# Supervisors, which must outlive what they watch: the only places that may catch everything.
CATCH_ALL = {
    "app/cli.py:main",  # the command: nobody ever sees a traceback
    "backend/api/control.py:_answer",  # a request of a local client
    "backend/collector/device_task.py:_converse",  # a device
    "backend/collector/listening.py:run",  # a driver that is called
    "backend/drivers/ocpp/conversation.py:_answer",  # a frame of a charger
    "backend/drivers/ocpp/hall.py:receive",  # a line of a charger
    "backend/store/gathering.py:_outcome",  # hands the error to whoever asked
    "backend/store/thread.py:_serve",  # hands the error to whoever waits for the work
    "kiosk/player/guard.py:attempt",  # a scene
}

# Tests that measure what happens in an idle second.
IDLE_SECONDS = {"tests/unit/backend/simulation/test_ocpp.py"}


def attribute(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def receiver(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def where(path: Path, node: ast.AST) -> str:
    return f"{path.as_posix()}:{getattr(node, 'lineno', 0)}"


def broad_handlers(path: Path) -> Iterator[str]:
    for function in functions(path):
        for node in ast.walk(function):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node):
                yield f"{path.as_posix()}:{function.name}"


def _is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    caught = {ast.unparse(kind) for kind in kinds if kind is not None}
    re_raises = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return not re_raises and (handler.type is None or bool(caught & {"Exception", "BaseException"}))


def test_every_task_has_an_owner() -> None:
    loops = ("asyncio", "loop", "get_running_loop()", "get_event_loop()")
    naked = [
        where(path, call)
        for path in modules(*PRODUCT, "tests")
        for call in calls(path)
        if attribute(call) in {"create_task", "ensure_future"} and receiver(call).endswith(loops)
    ]
    assert [place for place in naked if place.split(":")[0] not in TASK_OWNERS] == []


def test_every_created_task_is_named() -> None:
    nameless = [
        where(path, call)
        for path in modules(*PRODUCT)
        for call in calls(path)
        if attribute(call) == "create_task" and not any(keyword.arg == "name" for keyword in call.keywords)
    ]
    assert nameless == []


def test_no_dialog_runs_a_loop_of_its_own() -> None:
    modal = [where(path, call) for path in modules(*PRODUCT) for call in calls(path) if attribute(call) in {"exec", "exec_"}]
    assert modal == []


def test_nothing_is_printed() -> None:
    printed = [
        where(path, call)
        for path in modules(*PRODUCT)
        for call in calls(path)
        if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]
    assert printed == []


def test_only_supervisors_catch_everything() -> None:
    assert {place for path in modules(*PRODUCT) for place in broad_handlers(path)} == CATCH_ALL


def test_tests_wait_on_conditions() -> None:
    suites = [path for path in modules("tests") if path.name.startswith("test_") and path.as_posix() not in IDLE_SECONDS]
    sleeps = [
        where(path, call)
        for path in suites
        for call in calls(path)
        if attribute(call) == "sleep" and receiver(call) in {"asyncio", "time"} and ast.unparse(call.args[0]) != "0"
    ]
    assert sleeps == []
