"""A PostgreSQL server of the tests' own: private folder, private port, gone afterwards."""

import asyncio
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

from tests.support.node_process import PATIENCE_S, free_ports
from tests.support.until import until

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_NUMBERS = count(1)


def missing() -> str | None:
    """Why no server can be had here, None where one can."""
    if not _PLACES or not (_PLACES[0] / "initdb").exists():
        return "no PostgreSQL server is installed (Debian: apt-get install postgresql-15)"
    if os.geteuid() == 0 and not _servant():
        return "PostgreSQL does not run as root, and there is no other account for it"
    return None


class Server:
    """Runs until its context ends, except between ``crash`` and ``start``."""

    def __init__(self, folder: Path, port: int, options: str) -> None:
        self._folder = folder
        self._port = port
        self._options = options

    def address(self, database: str) -> str:
        return f"postgresql://tests@127.0.0.1:{self._port}/{database}"

    async def new_database(self) -> str:
        """The address of an empty database."""
        name = f"store{next(_NUMBERS)}"
        link = await asyncpg.connect(self.address("postgres"))
        try:
            await link.execute(f"CREATE DATABASE {name}")
        finally:
            await link.close()
        return self.address(name)

    def start(self) -> None:
        """Returns when it answers."""
        _run(["pg_ctl", "-D", str(self.data), "-l", str(self._folder / "log"), "-w", "-o", self._options, "start"])

    def stop(self) -> None:
        """As an operator stops it: everything is on disk."""
        _run(["pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop"])

    def crash(self) -> None:
        """Every process of the server ends at once, without a word to anybody."""
        crash(self.data)

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self._folder / "data"

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return (self.data / "postmaster.pid").exists()


@contextmanager
def postgres_server(*, durable: bool = False, kept: Path | None = None) -> Generator[Server]:
    """A server that trusts whoever comes from this machine; ``durable`` where figures are taken.

    What it holds is gone afterwards, unless there is a folder to keep it in for the next time.
    """
    folder = kept or Path(mkdtemp(prefix="pg"))
    folder.mkdir(parents=True, exist_ok=True)
    servant = _servant()
    if servant is not None:
        shutil.chown(folder, servant)
    data, port = folder / "data", free_ports(1)[0]
    try:
        if not data.exists():
            _run(["initdb", "-D", str(data), "-U", "tests", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"])
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=60 -c max_wal_size=2GB"
        if not durable:
            options += " -c fsync=off -c full_page_writes=off"
        server = Server(folder, port, options)
        server.start()
        try:
            yield server
        finally:
            if server.runs and kept is None:
                server.crash()
            elif server.runs:
                server.stop()
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


async def lose_connection(address: str, work: Coroutine[Any, Any, object]) -> None:
    """Let this go on until it writes a batch, and end its connection there, within its transaction. Raises what it raises."""
    link = await asyncpg.connect(address)
    try:
        await link.execute("BEGIN; LOCK TABLE ledger IN EXCLUSIVE MODE")
        await asyncio.gather(work, _end_who_waits(link))
    finally:
        await link.close()


async def _end_who_waits(link: Any) -> None:
    await until(lambda: link.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
    await link.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")


async def end_connections(address: str) -> int:
    """End every connection to this database, as a server that starts again does; how many."""
    link = await asyncpg.connect(address)
    try:
        ended = await link.fetch(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    finally:
        await link.close()
    return len(ended)


def crash(data: Path) -> None:
    """End the server with this data folder as ``pg_ctl -m immediate`` does; its next start recovers.

    pg_ctl itself would wait for the next server too where that starts at once.
    """
    postmaster = int((data / "postmaster.pid").read_text().partition("\n")[0])
    handle = os.pidfd_open(postmaster)
    try:
        signal.pidfd_send_signal(handle, signal.SIGQUIT)
        select.select([handle], [], [], PATIENCE_S)
    finally:
        os.close(handle)


def _servant() -> str | None:
    """The account a server runs as where the tests themselves run as root."""
    if os.geteuid() != 0:
        return None
    return next((name for name in ("postgres", "nobody") if _exists(name)), None)


def _exists(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(command: list[str]) -> None:
    command = [str(_PLACES[0] / command[0]), *command[1:]]
    subprocess.run(command, check=True, user=_servant(), cwd="/", stdout=subprocess.DEVNULL, env={"LC_ALL": "C"})
