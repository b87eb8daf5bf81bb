"""Kill -9 at a moment that a stopwatch never meets: at the n-th call of a kind that a process makes of its system."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.support.node_process import NodeProcess
from tests.support.until import until

SYNCS = ("fdatasync", "fsync")
WRITES = ("write", "writev", "sendto", "sendmsg")
"""What a client of a database or of a parent does, of which it may be any."""


def missing() -> str | None:
    """Why nobody can be killed so here, None where it can be done."""
    return None if shutil.which("strace") else "no strace is installed (Debian: apt-get install strace)"


async def die_at_call(node: NodeProcess, calls: Sequence[str], number: int, patience_s: float = 5.0) -> None:
    """Let a node die at its n-th call of these, or after a while where it does not make so many."""
    strace = await kill_at_call(node.pid, calls, number, node.log.with_suffix(".strace"))
    if not await node.ended(patience_s):
        await node.kill()
    await strace.wait()


async def kill_at_call(pid: int, calls: Sequence[str], number: int, log: Path) -> asyncio.subprocess.Process:
    """From now on each thread of the process dies, and all others with it, as it enters its n-th such call.

    Ends with the process; end it to let the process live.
    """
    kinds = ",".join(calls)
    command = ["strace", "-f", "-o", str(log), "-e", f"trace={kinds}", "-e", f"inject={kinds}:signal=KILL:when={number}"]
    pipe = asyncio.subprocess.PIPE
    strace = await asyncio.create_subprocess_exec(*command, "-p", str(pid), stderr=pipe)
    assert strace.stderr is not None
    await until(lambda: _said(strace.stderr))
    return strace


async def _said(stderr: asyncio.StreamReader | None) -> bool:
    """Whether it told that it holds the process."""
    assert stderr is not None
    return b"attached" in await stderr.readline()
