"""When a command cannot do what it was asked: what happened, what it means, what to do. Never a traceback."""

import errno
import sys
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from backend.model.delivery import StorageError, StoreDamaged
from backend.model.message import Message

if TYPE_CHECKING:
    from app.kit.i18n import Texts
    from backend.settings.problem import Problem


class CommandError(Exception):
    """Something a person can act on."""

    def __init__(self, happened: Message, means: Message, do: Message, code: int = 1) -> None:
        super().__init__(str(happened))
        self.happened = happened
        self.means = means
        self.do = do
        self.code = code
        """Exit code: 1 cannot be done now, 2 asked in a wrong way or wrong settings, 3 no node running."""


def report(error: BaseException) -> int:
    """Tell the person at the terminal, keep the details in the log, give the exit code."""
    from app.commands.speech import texts, warn

    error = _innermost(error)
    known = error if isinstance(error, CommandError) else _known(error)
    if known is None:
        known = _unknown(error)
    say = texts().say_message
    warn(say(known.happened))
    warn("  " + say(known.means))
    warn("  " + say(known.do))
    return known.code


def _innermost(error: BaseException) -> BaseException:
    """What really happened, inside the groups in which tasks hand up their errors."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return _innermost(group.exceptions[0]) if len(group.exceptions) == 1 else group


def _known(error: BaseException) -> CommandError | None:
    """Errors of lower rooms that need no log."""
    from backend.api.client import NodeNotRunning, NodeRefused
    from backend.settings.problem import SettingsError

    if isinstance(error, SettingsError):
        return settings_failure(error)
    if isinstance(error, NodeNotRunning):
        return CommandError(
            Message("No node is running here."),
            Message("Nobody is collecting readings; screens show what was last known."),
            Message("Start it with: enemado node --settings FILE"),
            code=3,
        )
    if isinstance(error, NodeRefused):
        return CommandError(error.message, Message("Nothing was changed."), Message("See: enemado node status"))
    if isinstance(error, StorageError):
        return _of_the_store(error)
    return _of_the_system(error) if isinstance(error, OSError) else None


def _of_the_store(error: StorageError) -> CommandError:
    """The cache cannot be used; errors of the store that carry a message say why themselves."""
    from backend.store.sqlite.place import StoreMisplaced

    if isinstance(error, StoreMisplaced):
        return CommandError(
            error.message,
            Message("Nothing can be kept or shown from there, and nothing was changed."),
            Message("Name a file in a folder of this user: node.cache in the settings, or --cache."),
            code=2,
        )
    if isinstance(error, StoreDamaged):
        return CommandError(
            Message("The cache turned out to be damaged: {reason}", {"reason": str(error)}),
            Message(
                "The node has stopped. When it starts again it takes over whatever can still be read, and tells what is lost."
            ),
            Message("Start the node again, then look after the disk: it may be failing."),
        )
    said: object = getattr(error, "message", None)
    happened = said if isinstance(said, Message) else Message("The cache cannot be used: {reason}", {"reason": str(error)})
    return CommandError(
        happened,
        Message("Nothing was started, and nothing that was stored before is lost."),
        Message("See: enemado doctor"),
    )


def settings_failure(error: "BaseException") -> CommandError:
    """The list of mistakes, as one message."""
    from app.commands.speech import texts
    from backend.settings.problem import SettingsError

    problems = error.problems if isinstance(error, SettingsError) else ()
    voice = texts()
    lines = [_line(problem, voice) for problem in problems]
    return CommandError(
        Message("{lines}", {"lines": "\n".join(lines)}),
        Message("Nothing was started with these settings."),
        Message("Mend these lines, then run: enemado settings check FILE"),
        code=2,
    )


def _line(problem: "Problem", voice: "Texts") -> str:
    words = {
        "file": problem.file,
        "line": str(problem.line),
        "key": problem.key,
        "found": voice.say_message(problem.found),
        "expected": voice.say_message(problem.expected),
    }
    if problem.key:
        return voice.say("{file}, line {line}, {key}: found {found}; expected {expected}", **words)
    if not problem.line:
        return voice.say("{file}: found {found}; expected {expected}", **words)
    return voice.say("{file}, line {line}: found {found}; expected {expected}", **words)


def _of_the_system(error: OSError) -> CommandError | None:
    name = str(error.filename or "")
    usual = Message("It was about this file or folder: {name}", {"name": name}) if name else None
    means = {
        errno.ENOSPC: Message("The disk is full."),
        errno.EACCES: Message("This user may not use it: {name}", {"name": name}),
        errno.EROFS: Message("The disk can only be read."),
        errno.ENOENT: Message("There is no such file: {name}", {"name": name}),
        errno.EADDRINUSE: Message("Another program uses this port already."),
    }.get(error.errno or 0, usual)
    if means is None:
        return None
    return CommandError(
        Message("The system refused: {reason}", {"reason": error.strerror or str(error)}), means, Message("See: enemado doctor")
    )


def _unknown(error: BaseException) -> CommandError:
    return CommandError(
        Message("Enemado ran into something it does not know: {kind}", {"kind": type(error).__name__}),
        Message("This is a fault of the program. What was stored before is safe."),
        Message("Send this file to whoever maintains it: {file}", {"file": _keep_details(error)}),
    )


def _keep_details(error: BaseException) -> str:
    from app.commands.places import log_folder

    try:
        log_folder().mkdir(exist_ok=True)
        path = log_folder() / f"failure-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
        lines = traceback.format_exception(error)
        path.write_text(f"{sys.version}\n{sys.platform}\n{''.join(lines)}", encoding="utf-8")
    except (OSError, CommandError) as refused:
        return str(refused)
    return str(path)
