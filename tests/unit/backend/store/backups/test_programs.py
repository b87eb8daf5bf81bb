"""Programs of PostgreSQL, found and run: how far they are, what they said last, and an end when nobody wants them any more."""

import contextlib
import os
import select
from pathlib import Path

import pytest

from backend.store.backups import programs
from backend.store.backups.places import BackupError


def ignore(done: int, total: int) -> None:
    """Nobody is waiting."""


def test_it_tells_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    programs.run(
        ("sh", "-c", "echo ' 512/ 2048 kB (25%), 0/1 tablespace' >&2; echo \"$LC_ALL$WHERE\" >&2"),
        {"WHERE": "there"},
        lambda done, total: seen.append((done, total)),
    )
    assert seen == [(512, 2048)]


def test_its_last_words_are_the_reason() -> None:
    with pytest.raises(BackupError, match="no way: Cthere"):
        programs.run(("sh", "-c", 'echo "no way: $LC_ALL$WHERE" >&2; exit 3'), {"WHERE": "there"}, ignore)
    with pytest.raises(BackupError, match="false"):
        programs.run(("false",), {}, ignore)


def test_whoever_interrupts_ends_it_and_its_children(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! > {pids}; echo '1/ 2 kB (50%)' >&2; wait"
    with pytest.raises(KeyboardInterrupt):
        programs.run(("sh", "-c", script), {}, interrupt)
    with contextlib.suppress(ProcessLookupError):
        child = os.pidfd_open(int(pids.read_text()))
        ended, _, _ = select.select([child], [], [], 10)
        os.close(child)
        assert ended


def test_the_servers_own_version_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match="pg_nothing of PostgreSQL 15"):
        programs.find("pg_nothing", 15)
    (tmp_path / "pg_nothing").write_text("#!/bin/sh\n")
    (tmp_path / "pg_nothing").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert programs.find("pg_nothing", 15) == str(tmp_path / "pg_nothing")
