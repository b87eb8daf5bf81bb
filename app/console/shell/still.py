"""A console that stands still, for pictures."""

from collections.abc import Coroutine
from typing import Any

from app.console.screens.contract import Desk, RawAnswer, Trend
from app.console.screens.device.screen import DeviceScreen
from app.console.shell.shell import Shell
from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts


class _NoTasks:
    """Starts nothing: what a picture shows is known before."""

    def create_task(self, coro: Coroutine[Any, Any, None], *, name: str) -> "_Ended":
        """Drop the question."""
        coro.close()
        return _Ended()


class _Ended:
    def cancel(self) -> None:
        """Nothing runs."""


async def _no_trend(point: str, start_ms: int, end_ms: int) -> Trend | None:
    return None


async def _no_answer(device: str, texts: Texts) -> RawAnswer:
    return RawAnswer()


def still_console(name: str, snapshot: Snapshot, language: str, key: str = "", trend: Trend | None = None) -> Shell:
    """A console on one snapshot, at one screen. Raises ``KeyError`` for an unknown one."""
    shell = Shell(Desk(_NoTasks(), _no_trend, _no_answer), language)
    shell.show_snapshot(snapshot, snapshot.now_ms)
    shell.go(name, key)
    device = shell.screens["device"]
    if trend is not None and isinstance(device, DeviceScreen):
        device.show_trend(trend)
    return shell
