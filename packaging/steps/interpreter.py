"""Finds a Python that the project supports, and moves over to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from steps.texts import Trouble, text

SUPPORTED = ((3, 13), (3, 12), (3, 11))


def use_supported_python() -> None:
    """Return if this Python will do; else start again with one that does, or say what to install."""
    if sys.version_info[:2] in SUPPORTED:
        return
    for major, minor in SUPPORTED:
        command = _command_for(major, minor)
        if command:
            sys.exit(subprocess.call([*command, *sys.argv]))
    found = ".".join(str(part) for part in sys.version_info[:3])
    script = sys.argv[0]
    raise Trouble(text("python_wrong", found=found), text("python_wrong_means"), text("python_wrong_do", script=script), 2)


def _command_for(major: int, minor: int) -> list[str] | None:
    path = shutil.which(f"python{major}.{minor}")
    command = [path] if path else ["py", f"-{major}.{minor}"] if os.name == "nt" and shutil.which("py") else None
    if command is None:
        return None
    # A shim of a version manager may exist without the version behind it.
    works = subprocess.run([*command, "-c", ""], capture_output=True, check=False).returncode == 0
    return command if works else None
