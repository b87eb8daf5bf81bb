"""The local control channel over a real socket."""

import asyncio
import json
import socket
import stat
import sys
from pathlib import Path

import pytest

from backend.api.channel import Channel, channel_file, read_channel, withdraw_channel, write_channel
from backend.api.client import NodeNotRunning, NodeRefused, ask, is_running
from backend.api.control import Answer, RefusedError, serve_control
from backend.model.message import Message


async def echo(request: Answer) -> Answer:
    return {"said": request["words"]}


async def refuse(request: Answer) -> Answer:
    raise RefusedError(Message("Not {when}.", {"when": "today"}))


async def burst(request: Answer) -> Answer:
    raise ZeroDivisionError


ACTIONS = {"echo": echo, "refuse": refuse, "burst": burst}


async def test_a_question_is_answered(tmp_path: Path) -> None:
    path = channel_file(tmp_path / "x.enemado")
    async with serve_control(path, ACTIONS):
        answer = await asyncio.to_thread(ask, path, "echo", words="こんにちは")
        assert answer["said"] == "こんにちは"
        assert await asyncio.to_thread(is_running, tmp_path / "x.enemado")
    assert not path.exists()
    assert not await asyncio.to_thread(is_running, tmp_path / "x.enemado")


async def test_a_refusal_comes_through_as_a_message_and_a_bug_does_not_end_the_node(tmp_path: Path) -> None:
    path = tmp_path / "c"
    async with serve_control(path, ACTIONS):
        with pytest.raises(NodeRefused) as refused:
            await asyncio.to_thread(ask, path, "refuse")
        assert refused.value.message == Message("Not {when}.", {"when": "today"})
        with pytest.raises(NodeRefused):
            await asyncio.to_thread(ask, path, "burst")
        with pytest.raises(NodeRefused):
            await asyncio.to_thread(ask, path, "unheard-of")
        assert await asyncio.to_thread(ask, path, "echo", words=1)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"nonsense\n", b"[]\n", b'{"do":"echo"}\n', b'{"token":"x","do":"echo"}\n', b"\xff\n"]
)
async def test_without_the_token_nothing_is_done(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "c"
    async with serve_control(path, ACTIONS):
        channel = read_channel(path)
        assert channel is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", channel.port)
        writer.write(line)
        writer.write_eof()
        answer = json.loads(await reader.read())
        writer.close()
        assert answer["ok"] is False
        assert "said" not in answer


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps access in lists, not in modes")
def test_only_this_user_can_read_the_token(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("old")
    path.chmod(0o644)
    write_channel(path, Channel(1, "t", 2))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_channel(path) == Channel(1, "t", 2)


def test_a_newer_nodes_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "c"
    write_channel(path, Channel(1, "new", 2))
    withdraw_channel(path, Channel(1, "old", 2))
    assert path.exists()


def test_a_stale_file_means_that_nobody_runs(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    path = tmp_path / "c"
    write_channel(path, Channel(port, "t", 1))
    with pytest.raises(NodeNotRunning):
        ask(path, "echo")
    path.write_text("{half")
    with pytest.raises(NodeNotRunning):
        ask(path, "echo")
