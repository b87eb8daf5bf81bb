"""A real MQTT broker of the tests' own: private folder, private port, gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.support.node_process import PATIENCE_S, free_ports
from tests.support.until import until

PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def missing() -> str | None:
    """Why no broker can be had here, None where one can."""
    return None if PROGRAM else "no MQTT broker is installed (Debian: apt-get install mosquitto)"


class Broker:
    """Runs until its context ends, except between ``kill`` or ``stop`` and ``start``."""

    def __init__(self, folder: Path, port: int, lines: str = "") -> None:
        self.port = port
        self._configuration = folder / "mosquitto.conf"
        self._configuration.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\npersistence true\n"
            f"persistence_location {folder}/\nlog_dest file {folder}/log\nlog_type all\nmax_queued_messages 100000\n"
            f"max_inflight_messages 500\n{'user root' if os.geteuid() == 0 else ''}\n{lines}\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Returns when it answers."""
        self._launch()
        await until(lambda: _answers(self.port), PATIENCE_S)

    def _launch(self) -> None:
        self._process = subprocess.Popen([str(PROGRAM), "-c", str(self._configuration)], stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """As an operator stops it: sessions are on disk."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """At once, without a word to anybody."""
        self._end(signal.SIGKILL)

    def freeze(self, frozen: bool = True) -> None:
        """Let it be silent with its connections open."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(PATIENCE_S)
            self._process = None

    def close(self) -> None:
        """It is gone, if it was there."""
        if self._process is not None and self._process.poll() is None:
            self._end(signal.SIGKILL)


@contextmanager
def broker_folder(port: int | None = None, lines: str = "") -> Generator[Broker]:
    """A broker that is not started yet."""
    folder = Path(mkdtemp(prefix="mqtt"))
    broker = Broker(folder, port or free_ports(1)[0], lines)
    try:
        yield broker
    finally:
        broker.close()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
