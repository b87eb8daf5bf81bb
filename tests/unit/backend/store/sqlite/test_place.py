"""What cannot be a cache is refused before anything is made beside it."""

import os
from pathlib import Path

import pytest

from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from backend.store.sqlite.place import StoreMisplaced
from tests.support.clock import FakeClock


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="folders are opened in another way there")
async def test_no_regular_file_is_refused_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (folder, pipe):
        with pytest.raises(StoreMisplaced, match="not a file"):
            async with open_store(path, "node", FakeClock(0)):
                pass
        with pytest.raises(StoreMisplaced, match="not a file"):
            await open_reader(path)
    assert names(tmp_path) == ["folder", "pipe"]


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreMisplaced, match="No cache can be kept at"):
        async with open_store(tmp_path / "file" / "deeper" / "x.enemado", "node", FakeClock(0)):
            pass


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="only Linux has a folder in which nobody may make a file")  # noqa: PTH112
async def test_a_place_where_no_lock_can_be_made_is_told() -> None:
    with pytest.raises(StoreMisplaced, match="No cache can be kept at"):
        async with open_store(Path("/proc/x.enemado"), "node", FakeClock(0)):
            pass


async def test_a_place_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreMisplaced, match="may not write"):
        async with open_store(tmp_path / "x.enemado", "node", FakeClock(0)):
            pass
    assert not names(tmp_path)


async def test_an_empty_file_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "x.enemado"
    path.touch()
    with pytest.raises(StoreMisplaced, match="holds no readings"):
        await open_reader(path)
