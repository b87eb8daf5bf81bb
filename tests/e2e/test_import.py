"""``enemado import`` as people use it: beside a running node and without one, at a terminal, stopped half way."""

import asyncio
import json
import os
import pty
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from backend.model.delivery import StorageError
from backend.store.reader import open_reader
from tests.support import import_texts as made
from tests.support.command import Enemado
from tests.support.importing import FAR_MS
from tests.support.node_process import ROOT, NodeProcess, free_ports
from tests.support.until import until

SETTINGS = """\
node: {{name: Test node, cache: node.enemado, batch_seconds: 0.2}}
sites:
  school:
    name: {{en: School}}
    place: {{latitude: 35.68, longitude: 139.77}}
    timezone: Asia/Tokyo
    devices:
      logger:
        kind: sensor
        name: {{en: Logger}}
        address: gateway://logger
        points: {{ambient_temperature: {{unit: degC}}}}
api: {{port: {port}}}
"""
POINT = "school/logger/irradiance"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "node.yaml"
    (port,) = free_ports(1)
    path.write_text(SETTINGS.format(port=port), encoding="utf-8")
    return path


@asynccontextmanager
async def running(settings: Path) -> AsyncGenerator[None]:
    """A node with these settings."""
    text = await asyncio.to_thread(settings.read_text, "utf-8")
    process = NodeProcess(settings, int(text.rpartition("port: ")[2].rstrip("}\n")))
    await process.start()
    yield
    await process.stop()


async def count(settings: Path) -> int:
    async with open_reader(settings.with_name("node.enemado")) as reader:
        return len(await reader.raw(POINT, 0, FAR_MS))


async def test_through_a_running_node_and_once_only(settings: Path, tmp_path: Path) -> None:
    enemado = Enemado(tmp_path)
    path = made.write(tmp_path, "ghi.csv", made.long_table(5000))
    arguments = ("import", path, "--device", "school/logger", "--cache", settings.with_name("node.enemado"), "--json")
    async with running(settings):
        first, second = await enemado(*arguments), await enemado(*arguments)
        assert (first.code, second.code) == (0, 0), first.err
        assert (json.loads(first.out)["taken"], json.loads(second.out)["taken"]) == (5000, 0)
        assert json.loads(second.out)["refused"]["known"]["count"] == 5000
        assert await count(settings) == 5000


async def test_without_a_node_straight_into_its_cache(settings: Path, tmp_path: Path) -> None:
    enemado = Enemado(tmp_path)
    path = made.write(tmp_path, "ghi.csv", made.long_table(3000))
    said = await enemado("import", path, "--device", "school/logger", "--settings", settings)
    assert (said.code, "Rows taken: 3,000" in said.out) == (0, True)
    assert await count(settings) == 3000


async def test_a_preview_shows_everything_and_writes_nothing(settings: Path, tmp_path: Path) -> None:
    path = made.write(tmp_path, "pv.csv", made.GERMAN.replace("[kW]", ""), "latin-1")
    said = await Enemado(tmp_path)("import", path, "--preview", "--settings", settings, "--device", "school/logger")
    assert said.code == 0
    for shown in ("semicolon", "comma", "ac_power", "--set power=", "--set encoding=", "--set zone=Asia/Tokyo", "Rows read: 3"):
        assert shown in said.out
    assert not settings.with_name("node.enemado").exists()


async def test_a_preview_tells_what_lies_before_the_beginning_of_time(settings: Path, tmp_path: Path) -> None:
    path = made.write(tmp_path, "old.csv", made.long_table(5, "1960-06-01T00:00"))
    arguments = ("import", path, "--preview", "--settings", settings, "--device", "school/logger", "--json")
    said = await Enemado(tmp_path)(*arguments)
    assert json.loads(said.out)["report"]["refused"]["before_1970"]["count"] == 5


async def test_doubts_are_refused_where_nobody_can_be_asked(settings: Path, tmp_path: Path) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-07-01T00:00", 5))
    said = await Enemado(tmp_path)("import", path, "--device", "school/logger", "--settings", settings)
    assert said.code == 2
    assert "--set zone=Asia/Tokyo" in said.err
    assert not settings.with_name("node.enemado").exists()


@pytest.mark.parametrize(("language", "word"), [("en", "Rows taken: 20"), ("ja", "取り込んだ行: 20")])
async def test_doubts_are_asked_at_a_terminal(settings: Path, tmp_path: Path, language: str, word: str) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-07-01T00:00", 5))
    ours, theirs = pty.openpty()
    environment = {**os.environ, "ENEMADO_DATA": str(tmp_path), "ENEMADO_LANGUAGE": language, "PYTHONIOENCODING": "utf-8"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "import", str(path), "--device", "school/logger", "--settings", str(settings)),
        cwd=ROOT,
        env=environment,
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(theirs)
    os.write(ours, b"Asia/Tokyo\n")
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    os.close(ours)
    assert (process.returncode, word in out.decode()) == (0, True)


@pytest.mark.parametrize("beside_a_node", [True, False])
async def test_ctrl_c_leaves_a_whole_state_and_the_same_command_goes_on(
    settings: Path, tmp_path: Path, beside_a_node: bool
) -> None:
    rows = 120_000
    path = made.write(tmp_path, "ghi.csv", made.long_table(rows))
    enemado = Enemado(tmp_path)
    arguments = ("import", path, "--device", "school/logger", "--settings", settings, "--json")
    async with AsyncExitStack() as stack:
        if beside_a_node:
            await stack.enter_async_context(running(settings))
        process = await enemado.start(*arguments)
        await until(settings.with_name("node.enemado").exists)

        async def begun() -> bool:
            with suppress(StorageError):
                return await count(settings) > 0
            return False

        await until(begun)
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
        report = json.loads(out)
        assert (process.returncode, report["cancelled"]) == (130, True), err
        kept = await count(settings)
        assert kept == report["taken"]
        assert 0 < kept < rows
        again = json.loads((await enemado(*arguments)).out)
        assert (again["taken"], again["refused"]["known"]["count"]) == (rows - kept, kept)
        assert await count(settings) == rows


async def test_a_device_that_does_not_exist_and_a_file_that_does_not(settings: Path, tmp_path: Path) -> None:
    enemado = Enemado(tmp_path)
    path = made.write(tmp_path, "ghi.csv", made.long_table(3))
    wrong = await enemado("import", path, "--device", "school/other", "--settings", settings)
    assert (wrong.code, "school/logger" in wrong.err) == (2, True)
    missing = await enemado("import", tmp_path / "nothing.csv", "--device", "school/logger", "--settings", settings)
    assert (missing.code, "nothing.csv" in missing.err) == (1, True)


@pytest.fixture
def inbox(settings: Path, tmp_path: Path) -> Path:
    """The folder that the logger of the settings is from now on."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    text = settings.read_text("utf-8").replace("address: gateway://logger", f"address: 'file://{folder}'")
    settings.write_text(text.replace("        points: {ambient_temperature: {unit: degC}}\n", ""), encoding="utf-8")
    return folder


async def test_a_node_takes_in_what_comes_into_its_watched_folder(settings: Path, inbox: Path) -> None:
    async with running(settings):
        made.write(inbox, "ghi.csv", made.long_table(500))
        await until((inbox / "done" / "ghi.csv").exists)
        assert await count(settings) == 500
