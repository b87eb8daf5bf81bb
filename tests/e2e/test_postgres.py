"""A whole node that keeps everything in PostgreSQL, over real sockets: from what a device says to what a command tells."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from backend.api.channel import channel_file
from backend.api.client import ask
from backend.model.event import EventKind
from backend.node import open_node
from backend.settings import load
from backend.simulation.sunspec import pseudo_inverter
from backend.store.postgres.ledger import StoreTaken
from backend.store.reader import open_reader
from tests.support.node_process import ROOT, free_ports
from tests.support.postgres import missing, postgres_server
from tests.support.small_site import write_settings
from tests.support.until import until

POINT = "school/pcs1/ac_power"


async def told(settings: Path, *arguments: str) -> list[dict[str, object]]:
    command = ("-m", "app.cli", *arguments, "--json", "--settings", str(settings))
    process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return json.loads(said)


async def test_a_node_keeps_everything_in_a_database(tmp_path: Path) -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    inverter = pseudo_inverter("SN-1", strings=0)
    inverter.put(103, {"W": 14_800, "WH": 52_600, "St": 4})
    with postgres_server() as postgres:
        address = await postgres.new_database()
        async with inverter.serve((126,)) as server:
            settings = load(path := write_settings(tmp_path, server.port, free_ports(1)[0], address))
            async with open_node(settings), open_reader(address) as reader:

                async def heard() -> bool:
                    return POINT in await reader.latest([POINT])

                await until(heard)
                (row,) = await told(path, "latest", POINT)
                assert (row["value"], row["unit"]) == (14_800, "W")
                status = await asyncio.to_thread(lambda: ask(channel_file(settings.cache), "status", 10.0))
                assert int(str(status["sequence"])) > 0
                with pytest.raises(StoreTaken):
                    async with open_node(settings):
                        pass
        async with open_reader(settings.place) as reader:
            kinds = [event.kind for event in await reader.events(0, 1 << 60)]
            assert kinds[0] is EventKind.NODE_STOPPED
        assert not settings.cache.exists()
