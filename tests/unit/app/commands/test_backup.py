"""``enemado backup``, ``restore``, and what a database server calls."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from app.commands.checkups import State, backup
from app.commands.places import remember_backup
from tests.support.small_site import write_settings
from tests.support.town import DAY_MS, town
from tests.unit.app.commands.test_commands import Run
from tests.unit.app.commands.test_commands import run as run  # noqa: PLC0414 - a fixture

START_MS = 20_700 * DAY_MS


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncGenerator[Path]:
    """Of a node that runs, and has written."""
    path = write_settings(tmp_path, 1, 2)
    async with town(tmp_path / "node.enemado", START_MS) as place:
        await place.write(place.power, [START_MS], [1.0])
        yield path


def test_there_and_back(run: Run, settings: Path, tmp_path: Path) -> None:
    file, new = str(tmp_path / "one"), str(tmp_path / "new" / "c.enemado")
    assert backup(tmp_path / "node.enemado").state is State.NOTE
    code, said, _ = run("backup", file, "--settings", str(settings))
    assert (code, "school is backed up to number" in said) == (0, True)
    assert run("backup", "--settings", str(settings), file)[0] == 1
    assert backup(tmp_path / "node.enemado").state is State.GOOD
    assert "is whole: school" in run("backup", "check", file)[1]
    assert json.loads(run("backup", "check", file, "--json")[1])["contents"]["node"] == "school"
    code, said, warned = run("restore", file, "--cache", new)
    assert (code, "school is back" in said, "enrolled again" in warned) == (0, True, True)
    assert run("restore", file, "--cache", new)[0] == 1
    code, said, _ = run("backup", str(tmp_path / "two"), "--cache", new)
    assert (code, "school" in said) == (0, True)


def test_wrong_questions_change_nothing(run: Run, settings: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert run("backup", "check", str(settings))[0] == 1
    assert "ではないか" in run("backup", "check", str(settings), language="ja")[2]
    assert run("restore", str(settings), "--cache", str(tmp_path / "new"), "--at", "2026-11-23")[0] == 2
    assert run("restore", str(tmp_path), "--into", str(tmp_path / "data"), "--at", "2026-11-23")[0] == 2
    assert run("restore", str(tmp_path), "--into", str(tmp_path / "data"), "--at", "noon", "--archive", "a")[0] == 2
    assert run("restore", str(tmp_path))[0] == 2
    assert run("restore", str(tmp_path), "--into", str(tmp_path / "data"))[0] == 1
    assert run("backup", "check", str(tmp_path))[0] == 1
    assert run("backup", str(tmp_path / "none" / "b"), "--cache", str(tmp_path / "none.enemado"))[0] == 1
    (tmp_path / "data").mkdir()
    database = write_settings(tmp_path / "data", 1, 2, "postgresql://tests@127.0.0.1:1/none")
    assert run("restore", str(settings), "--settings", str(database))[0] == 2
    assert run("backup", str(tmp_path / "b"), "--settings", str(database))[0] == 1
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before and "data" not in path.parts] == []


def test_whoever_interrupts_is_told_that_nothing_is_left(
    run: Run, settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_line: object, what: str, done: int, total: int) -> None:
        if what == "Packing":
            raise KeyboardInterrupt

    monkeypatch.setattr("app.commands.progress.ProgressLine.show", interrupt)
    code, _, warned = run("backup", str(tmp_path / "one"), "--settings", str(settings))
    assert (code, "Cancelled" in warned) == (130, True)
    assert not list(tmp_path.glob("*one*"))


def test_a_terminal_sees_how_far_it_is(run: Run, settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    said = run("backup", str(tmp_path / "one"), "--settings", str(settings))[2]
    assert "Copying 100 %" in said
    assert "Packing 100 %" in said
    assert said.endswith("\r\x1b[K")


def test_an_old_backup_is_told_of(tmp_path: Path) -> None:
    remember_backup(tmp_path / "c.enemado", START_MS)
    assert backup(tmp_path / "c.enemado").state is State.NOTE


def test_the_server_is_told_how_to_archive(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "100% wal's"
    said = run("backup", "archive", "--to", str(folder))[1]
    assert "archive_mode = on\n" in said
    (line,) = [line for line in said.splitlines() if line.startswith("archive_command")]
    command = line.partition("'")[2][:-1].replace("''", "'")
    name, log = "000000010000000000000001", tmp_path / "log file"
    log.write_bytes(b"log" * 1000)
    folder.mkdir()
    shell = command.replace("%p", str(log)).replace("%f", name).replace("%%", "%")
    for _ in range(2):
        subprocess.run(shell, shell=True, check=True, cwd="/")
    assert [path.name for path in folder.iterdir()] == [f"{name}.gz"]


def test_the_log_comes_back_with_nothing_but_the_standard_library(tmp_path: Path) -> None:
    def wal(*arguments: str | Path) -> int:
        blocked = "import sys; sys.modules.update(dict.fromkeys(('typer', 'numpy', 'msgspec', 'structlog', 'asyncpg')))"
        program = f"{blocked}; sys.argv[1:] = {list(map(str, arguments))!r}; from app.cli import main; main()"
        return subprocess.run([sys.executable, "-c", program], check=False, stderr=subprocess.DEVNULL).returncode

    name, log, back, folder = "000000010000000000000001", tmp_path / "log", tmp_path / "back", tmp_path / "archive"
    folder.mkdir()
    log.write_bytes(b"log" * 1000)
    assert wal("wal-fetch", name, back, "--from", folder) == 1
    assert wal("wal-keep", log, name, "--to", folder) == 0
    assert wal("wal-fetch", name, back, "--from", folder) == 0
    assert back.read_bytes() == log.read_bytes()
    log.write_bytes(b"other")
    assert wal("wal-keep", log, name, "--to", folder) == 1
    assert wal("wal-keep", log, "../escape", "--to", folder) == 1
    assert wal("wal-keep", log, "--to", folder) == 2
    kept = folder / f"{name}.gz"
    kept.write_bytes(kept.read_bytes()[:-9])
    assert wal("wal-fetch", name, back, "--from", folder) > 125
