"""A damaged file becomes a new one, whatever happens on the way."""

import asyncio
from pathlib import Path

import pytest

from backend.model.event import EventKind
from backend.store.reader import open_reader
from backend.store.sqlite.salvage import mend as mending
from backend.store.sqlite.salvage.mend import finish, mend
from tests.support.town import DAY_MS, POWER, town

START_MS = 20_700 * DAY_MS
READINGS = 50
STAMP = "20260904T000000Z"


def harmed(path: Path) -> bytes:
    """A cache whose first page is gone; its bytes."""
    asyncio.run(_write(path))
    data = bytes(4096) + path.read_bytes()[4096:]
    path.write_bytes(data)
    return data


async def _write(path: Path) -> None:
    async with town(path, START_MS) as place:
        await place.write(place.power, [START_MS + 1000 * number for number in range(READINGS)], [1.5] * READINGS)


async def told(path: Path) -> tuple[int, list[str]]:
    """Readings, and causes of epochs."""
    async with town(path, START_MS + DAY_MS), open_reader(path) as reader:
        events = await reader.events(0, 1 << 60)
        causes = [str(event.data["cause"]) for event in events if event.kind is EventKind.EPOCH_STARTED]
        return len(await reader.raw(POWER.key, START_MS, START_MS + DAY_MS)), causes


def cut_at(name: str, path: Path) -> None:
    """Lose power where this would have been called."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mending, name, _lose_power)
        with pytest.raises(RuntimeError):
            mend(path, STAMP, START_MS, None)


def test_a_power_cut_before_the_new_file_is_whole_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    data = harmed(path)
    cut_at("_sync", path)
    assert path.read_bytes() == data
    assert asyncio.run(told(path)) == (READINGS, ["damaged", "new"])
    assert not list(tmp_path.glob("*.mending*"))


@pytest.mark.parametrize("is_aside", [False, True], ids=["before it is set aside", "after it is set aside"])
def test_a_power_cut_while_files_change_names_is_made_good(tmp_path: Path, is_aside: bool) -> None:
    path = tmp_path / "c.db"
    data = harmed(path)
    cut_at("finish", path)
    kept = tmp_path / f"c.db.damaged-{STAMP}"
    if is_aside:
        path.rename(kept)
    assert asyncio.run(told(path)) == (READINGS, ["damaged", "new"])
    assert kept.read_bytes() == data


def test_nothing_is_brought_into_use_where_nothing_was_mended(tmp_path: Path) -> None:
    finish(tmp_path / "c.db")
    assert list(tmp_path.iterdir()) == []


def _lose_power(path: Path) -> None:
    raise RuntimeError
