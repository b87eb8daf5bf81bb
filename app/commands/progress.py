"""Long work at a terminal: one line that says how far it is, a clean end at Ctrl+C, and words for what went wrong."""

import contextlib
import signal
import sys
from collections.abc import Generator

import typer

from app.commands.failure import CommandError
from app.commands.speech import say, warn
from backend.model.message import Message
from backend.store.backups.places import BackupError
from backend.store.backups.progress import Stage, Tell


@contextlib.contextmanager
def watched() -> Generator[Tell]:
    """Gives what the work tells its progress. SIGTERM ends it as Ctrl+C does. Raises ``CommandError``."""
    line = ProgressLine()
    try:
        with ending_at_sigterm():
            yield lambda stage, done, total: line.show(_word(stage), done, total)
    except KeyboardInterrupt:
        line.clear()
        warn(say("Cancelled. Nothing was kept of it."))
        raise
    except BackupError as error:
        raise CommandError(
            error.message,
            Message("Nothing was kept of it, and nothing that was there before was changed."),
            Message("See: enemado backup --help"),
        ) from error
    finally:
        line.clear()


@contextlib.contextmanager
def ending_at_sigterm() -> Generator[None]:
    """SIGTERM ends what runs here as Ctrl+C does."""
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


class ProgressLine:
    """Written over while it changes; where nobody watches, nothing is shown."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._shown = ""

    def show(self, what: str, done: int, total: int) -> None:
        """What is being done, as far as ``done`` of ``total``."""
        if not self._watched:
            return
        text = f"{what} {100 * done // max(total, 1)} %"
        if text != self._shown:
            self.clear()
            typer.echo(text, err=True, nl=False)
            self._shown = text

    def clear(self) -> None:
        """Leave the line to others."""
        if self._shown:
            # Return, and erase to the end of the line.
            typer.echo("\r\x1b[K", err=True, nl=False)
            self._shown = ""


def _word(stage: Stage) -> str:
    return {
        Stage.COPYING: say("Copying"),
        Stage.VERIFYING: say("Verifying"),
        Stage.PACKING: say("Packing"),
        Stage.UNPACKING: say("Unpacking"),
    }[stage]
