"""``enemado kiosk`` on a computer without a display: it starts the node beside it, keeps a picture, survives its node."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from backend.api.channel import channel_file, read_channel
from backend.api.client import is_running
from tests.support.node_process import ROOT, free_ports
from tests.support.small_site import write_settings
from tests.support.until import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a kiosk without a display is a matter of Linux")


async def test_a_kiosk_brings_its_node_and_outlives_its_death(tmp_path: Path) -> None:
    modbus, ocpp = free_ports(2)
    settings, data = write_settings(tmp_path, modbus, ocpp), tmp_path / "data"
    cache, picture = tmp_path / "node.enemado", data / "pictures" / "screen.png"
    hidden = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app.cli", "kiosk", "--settings", str(settings)),
        cwd=ROOT,
        env={**hidden, "ENEMADO_DATA": str(data), "ENEMADO_LANGUAGE": "en"},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert str(picture.parent) in (await process.stdout.readline()).decode()
        await until(lambda: asyncio.to_thread(is_running, cache), 40)
        await until(picture.exists, 40)

        channel = read_channel(channel_file(cache))
        assert channel is not None
        os.kill(channel.pid, signal.SIGKILL)
        await until(lambda: is_another(cache, channel.pid), 40)
        before = picture.stat().st_mtime_ns
        await until(lambda: picture.stat().st_mtime_ns > before, 40)
    finally:
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        code = await process.wait()
    assert code == 0
    assert time.monotonic() - began < 6.0
    assert not is_running(cache)


async def is_another(cache: Path, pid: int) -> bool:
    channel = read_channel(channel_file(cache))
    return channel is not None and channel.pid != pid and await asyncio.to_thread(is_running, cache)
