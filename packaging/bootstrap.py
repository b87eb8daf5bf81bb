"""The two commands: `run` opens the kiosk on the demo town, `test` runs all that CI runs. Needs nothing but Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from steps.environment import COMMAND, PYTHON, provide_environment
from steps.interpreter import use_supported_python
from steps.peers import provide_peers
from steps.system import provide_system
from steps.texts import Trouble, let_any_terminal_read_this, say, text

ROLES = ("desktop", "cloud", "dev")


def main(arguments: list[str]) -> int:
    """Do what the arguments ask; every trouble ends as three plain lines, never as a traceback."""
    let_any_terminal_read_this()
    try:
        use_supported_python()
        return _dispatch(arguments)
    except Trouble as trouble:
        print("\n".join(("", *trouble.lines)), file=sys.stderr, flush=True)
        return trouble.code
    except KeyboardInterrupt:
        say("stopped")
        return 130


def _dispatch(arguments: list[str]) -> int:
    command, rest = (arguments or [""])[0], arguments[1:]
    if command == "run":
        _set_up("desktop")
        return _start(["demo", *rest])
    if command == "test" and not rest:
        _set_up("dev")
        from steps.checks import run_checks

        return run_checks()
    if command == "setup" and len(rest) <= 1 and set(rest) <= set(ROLES):
        _set_up(rest[0] if rest else "desktop")
        return 0
    print(text("usage", script=sys.argv[0]), file=sys.stderr)
    return 64


def _set_up(role: str) -> None:
    began = time.monotonic()
    provide_system(role)
    provide_environment(role)
    provide_peers(role)
    if time.monotonic() - began > 1:
        say("ready", seconds=time.monotonic() - began)


def _start(arguments: list[str]) -> int:
    command = [str(PYTHON), str(COMMAND), *arguments]
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    # Windows cannot replace a process; Ctrl+C belongs to the child.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
