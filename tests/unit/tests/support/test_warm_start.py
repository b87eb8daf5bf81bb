"""A quickly born process is a process like any other: its arguments, its output, its end."""

import os
import signal
from pathlib import Path

from tests.support.until import until
from tests.support.warm_start import warm_start


async def test_a_child_is_the_program_that_was_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with warm_start() as start:
        child = await start(("-m", "json.tool", "--help"), log)
        assert await child.wait() == 0
        assert child.pid != os.getpid()
        assert log.read_text().startswith("usage:")
        log.unlink()
        assert await (await start(("-m", "json.tool", "missing"), log)).wait() == 0
        assert "usage:" in log.read_text()


async def test_a_child_can_be_killed_and_none_outlives_its_parent(tmp_path: Path) -> None:
    with warm_start() as start:
        first, second = [await start(("-m", "http.server", "0"), tmp_path / "log") for _ in range(2)]
        assert first.returncode is None
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert first.returncode == 0
        assert second.returncode is None
    await until(lambda: second.returncode == 0)
