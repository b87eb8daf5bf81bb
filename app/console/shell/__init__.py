"""The window of the console: navigation and nothing else."""

from app.console.shell.live import open_console
from app.console.shell.still import still_console

__all__ = ["open_console", "still_console"]
