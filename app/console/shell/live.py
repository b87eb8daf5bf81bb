"""A live console: the shell on a bridge, told once a second what time it is."""

from asyncio import TaskGroup

from PySide6.QtCore import QTimer

from app.console.shell.desk import make_desk
from app.console.shell.shell import Shell
from app.kit.bridge.bridge import CacheBridge

_SECOND_MS = 1000


def open_console(bridge: CacheBridge, tasks: TaskGroup, language: str = "ja") -> Shell:
    """Build the window on a cache file; it ends with the tasks."""
    shell = Shell(make_desk(bridge, tasks), language)

    def refresh() -> None:
        shell.show_snapshot(bridge.snapshot, bridge.now_ms())

    bridge.changed.connect(refresh)
    timer = QTimer(shell, interval=_SECOND_MS)
    timer.timeout.connect(refresh)
    timer.start()
    refresh()
    return shell
