"""The writer under strace, with errors put in its way, and what it said and did."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.node_process import ROOT

CALLS = "openat,close,write,pwrite64,fdatasync,fsync"


def missing() -> str | None:
    """Why nothing can be traced here; None where it can."""
    strace = shutil.which("strace")
    if strace is None:
        return "strace is not installed"
    tried = subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "this system lets nobody trace processes"


@dataclass(frozen=True)
class Fault:
    """A system call on the store's files that fails, so many times in a row from the n-th on."""

    call: str
    error: str
    first: int
    times: int = 1

    @property
    def rule(self) -> str:
        """In strace's words."""
        return f"inject={self.call}:error={self.error}:when={self.first}..{self.first + self.times - 1}"


@dataclass(frozen=True)
class Run:
    """One life of the writer."""

    opened: bool
    """Whether the store could be opened at all; where it could not, nothing was promised."""
    kept: list[int]
    refused: list[int]
    calls: list[str]
    """System calls on the store's files, in order, as strace writes them."""

    @property
    def trusted_again(self) -> list[str]:
        """Successful syncs of a file that had failed before, through the very same opening of it."""
        failed: set[str] = set()
        found: list[str] = []
        for call in self.calls:
            name, _, rest = call.partition("(")
            file = rest.partition(">")[0]
            if name == "close":
                failed.discard(file)
            elif name == "fdatasync" and "(INJECTED)" in call:
                failed.add(file)
            elif name == "fdatasync" and file in failed:
                found.append(call)
        return found


def write_traced(cache: Path, count: int, fault: Fault, *more: str) -> Run:
    """Run the writer to its end with this fault in its way."""
    trace = cache.with_name("trace")
    files = [part for suffix in ("", "-wal") for part in ("-P", f"{cache}{suffix}")]
    tracing = ["strace", "-f", "-y", "--seccomp-bpf", "-o", str(trace), *files, "-e", f"trace={CALLS}", "-e", fault.rule]
    command = [*tracing, sys.executable, "-m", "tests.support.writer", str(cache), str(count), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    words = [line.split() for line in done.stdout.splitlines()]
    calls = [line.partition(" ")[2].strip() for line in trace.read_text().splitlines()]
    return Run("unopened" not in done.stdout, _numbers(words, "kept"), _numbers(words, "refused"), calls)


def _numbers(words: list[list[str]], what: str) -> list[int]:
    return [int(line[1]) for line in words if line[0] == what]
