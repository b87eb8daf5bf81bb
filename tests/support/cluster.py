"""PostgreSQL servers that may be killed, frozen, cloned and promoted, each in a folder and on a port of its own."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

from tests.support.node_process import ROOT
from tests.support.postgres import _run, _servant

USUAL = {
    "listen_addresses": "127.0.0.1",
    # No lock beside a socket, which a killed server leaves for as long as the system remembers its process.
    "unix_socket_directories": "",
    "max_connections": "40",
    "wal_keep_size": "64MB",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "100ms",
    "log_min_messages": "warning",
}


class Cluster:
    """One server. What is in ``data`` outlives it."""

    def __init__(self, folder: Path, name: str, port: int) -> None:
        self.port = port
        self.data = folder / name
        self._log = folder / f"{name}.log"

    def create(self) -> None:
        """An empty server; whoever comes from this machine is let in."""
        _run(["initdb", "-D", str(self.data), "-U", "tests", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"])

    def clone(self, primary: "Cluster") -> None:
        """Become a standby of another one."""
        shutil.rmtree(self.data, ignore_errors=True)
        source = f"host=127.0.0.1 port={primary.port} user=tests application_name=standby"
        _run(["pg_basebackup", "-D", str(self.data), "-d", source, "--checkpoint=fast", "--no-sync", "-R"])
        self.set({"synchronous_standby_names": ""})

    def set(self, settings: Mapping[str, str]) -> None:
        """Settings that count from the next start or reload on."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self) -> None:
        """Start and wait until it answers."""
        self.set({**USUAL, "port": str(self.port)})
        self._control("start", "-w", "-l", str(self._log))

    def reload(self) -> None:
        """Take over settings."""
        self._control("reload")

    def promote(self) -> None:
        """Make a standby take writes."""
        self._control("promote", "-w")

    def stop(self, mode: str = "immediate") -> None:
        """As ``pg_ctl stop -m`` does."""
        self._control("stop", "-w", "-m", mode)

    def kill(self) -> None:
        """As a power cut does, but for what the operating system holds."""
        self._signal(signal.SIGKILL)

    def configure(self, lines: str) -> None:
        """More lines in its settings file, which count less than what is ``set``."""
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(lines)

    def freeze(self) -> None:
        """Hold every process of it, as a machine does that hangs: it neither answers nor hangs up."""
        self._signal(signal.SIGSTOP)

    @property
    def is_running(self) -> bool:
        """Whether there are processes of it, be they frozen."""
        try:
            state = Path(f"/proc/{self._postmaster()}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return state != "Z"

    async def ask(self, sql: str, *values: object) -> Any:
        """First column of the first row."""
        link = await asyncpg.connect(f"postgresql://tests@127.0.0.1:{self.port}/postgres")
        try:
            return await link.fetchval(sql, *values)
        finally:
            await link.close()

    def _control(self, *arguments: str) -> None:
        try:
            _run(["pg_ctl", "-D", str(self.data), *arguments])
        except subprocess.CalledProcessError as error:
            raise RuntimeError(self._log.read_text()[-2000:]) from error

    def _signal(self, number: int) -> None:
        postmaster = self._postmaster()
        # The parent first, so that it starts no more children.
        os.kill(postmaster, signal.SIGSTOP)
        for process in (*_children(postmaster), postmaster):
            os.kill(process, number)

    def _postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])


def enemado() -> str:
    """How a server's account starts our program: root's Python is nothing for it."""
    python = "/usr/bin/python3" if _servant() is not None else sys.executable
    return f"env PYTHONPATH={ROOT} {python} -P -m app.cli"


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(folder.name))
    return found


def _lasting_ports(count: int) -> list[int]:
    """Free ports that the system gives to no connection while a server that comes back is away."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return list(found)


@contextmanager
def clusters(*names: str) -> Generator[list[Cluster]]:
    """Servers that are not made yet; their folders and processes are gone afterwards."""
    folder = Path(mkdtemp(prefix="pg"))
    servant = _servant()
    if servant is not None:
        shutil.chown(folder, servant)
    found = [Cluster(folder, name, port) for name, port in zip(names, _lasting_ports(len(names)), strict=True)]
    try:
        yield found
    finally:
        for cluster in found:
            if cluster.is_running:
                cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)
