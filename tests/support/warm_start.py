"""Processes that are born quickly: one process has loaded the libraries, and forks whenever a node is to start.

Only what is not ours is loaded beforehand: every child loads the program itself, as ``python -m`` does.
"""

import asyncio
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

LIBRARIES = (
    *("aiosqlite", "asyncpg", "babel.dates", "babel.numbers", "cryptography.x509", "fastapi", "httptools", "keyring"),
    *("msgspec", "numpy", "ocpp", "pydantic", "pymodbus.client", "requests", "starlette", "structlog", "typer"),
    *("uvicorn", "uvicorn.protocols.http.httptools_impl", "uvloop", "websockets.asyncio.server", "yaml", "zstandard"),
    *("cryptography.hazmat.primitives.asymmetric.ec", "cryptography.hazmat.primitives.asymmetric.ed25519"),
    *("pydantic.main", "fastapi.openapi.utils", "websockets.asyncio.client", "asyncio.subprocess", "logging.handlers"),
)
ROOT = Path(__file__).parents[2]


class Newborn:
    """A running child; used like ``asyncio.subprocess.Process``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def __del__(self) -> None:
        os.close(self._handle)

    @property
    def returncode(self) -> int | None:
        """None while it runs; then 0, whatever it ended with: only its parent could tell."""
        return 0 if select.select([self._handle], [], [], 0)[0] else None

    def send_signal(self, number: int, /) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    async def wait(self) -> int:
        """Until it has ended."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._handle, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._handle)
        return 0


class WarmStart:
    """Gives birth to processes; use ``warm_start``. A ``tests.support.node_process.Start``."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    async def __call__(self, command: Sequence[str], log: Path) -> Newborn:
        """``python -m MODULE ARGUMENT…``, its output going to a file."""
        _, module, *arguments = command
        return Newborn(await asyncio.to_thread(self._order, [module, arguments, str(log)]))

    def _order(self, order: list[object]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def warm_start() -> Generator[WarmStart]:
    """A loaded process; its children are ended with the context if they still run."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", __name__], cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        yield WarmStart(process)


def main() -> None:
    """Load, and fork for every order that comes; at the end, end every child that is left."""
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    compiled, parent = tempfile.mkdtemp(prefix="compiled-"), os.getpid()
    # The first child compiles the program, the others find it compiled, wherever the tests run.
    sys.dont_write_bytecode, sys.pycache_prefix = False, compiled
    try:
        _give_birth()
    finally:
        if os.getpid() == parent:
            shutil.rmtree(compiled)


def _give_birth() -> None:
    children: set[int] = set()
    for line in sys.stdin.buffer:
        module, arguments, log = json.loads(line)
        _bury(children)
        pid = os.fork()
        if pid == 0:
            _become(module, arguments, log)
        children.add(pid)
        os.write(1, f"{pid}\n".encode())
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _bury(children: set[int]) -> None:
    for pid in [*children]:
        if os.waitpid(pid, os.WNOHANG)[0]:
            children.discard(pid)


def _become(module: str, arguments: list[str], log: str) -> None:
    """Be that program, and end as it ends."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
