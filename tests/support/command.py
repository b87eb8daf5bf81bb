"""The ``enemado`` command as a process beside a running test."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.support.node_process import ROOT


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


class Enemado:
    """Commands of one user, whose data folder is ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "ENEMADO_DATA": str(folder), "ENEMADO_LANGUAGE": "en"}
        self._environment.pop("ENEMADO_CACHE", None)

    async def start(self, *arguments: object, err: int = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
        """A command that goes on by itself; ``err`` is where it complains to."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", *map(str, arguments)),
            cwd=ROOT,
            env=self._environment,
            stdin=pipe,
            stdout=pipe,
            stderr=err,
            # Who runs the tests in the background has interrupts ignored; a terminal has not.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    async def __call__(self, *arguments: object, typed: str = "") -> Said:
        """A whole command."""
        process = await self.start(*arguments)
        async with asyncio.timeout(60):
            out, err = await process.communicate(typed.encode())
        assert b"Traceback" not in err, err.decode()
        return Said(process.returncode or 0, out.decode(), err.decode())
