"""A live console: the shell on a bridge, told once a second what time it is."""

from asyncio import TaskGroup
from functools import partial

from PySide6.QtCore import QTimer

from app.console.shell.choice import chosen_language, keep_language
from app.console.shell.desk import make_desk
from app.console.shell.shell import Shell
from app.kit.bridge.bridge import CacheBridge

_SECOND_MS = 1000


def open_console(bridge: CacheBridge, tasks: TaskGroup, language: str = "ja") -> Shell:
    """Build the window on a cache file; it ends with the tasks. ``language`` is for whoever has not chosen one yet."""
    shell = Shell(make_desk(bridge, tasks), chosen_language(bridge.cache) or language)
    shell.language_chosen.connect(partial(keep_language, bridge.cache))

    def refresh() -> None:
        shell.show_snapshot(bridge.snapshot, bridge.now_ms())

    bridge.changed.connect(refresh)
    timer = QTimer(shell, interval=_SECOND_MS)
    timer.timeout.connect(refresh)
    timer.start()
    refresh()
    return shell
