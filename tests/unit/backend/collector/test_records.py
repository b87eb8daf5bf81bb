"""Records that wait for a node: taken once, whatever is cut short, and never lost for one that cannot be read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from backend.collector.records import folder, leave, record, take, waiting
from backend.model.delivery import Delivery
from backend.model.device import Nameplate
from backend.model.event import Event, EventKind
from backend.model.reading import Reading
from backend.store.contract import Reader
from tests.support.sink import RecordingSink


def kept_by(sink: RecordingSink) -> list[Event]:
    return [event for delivery in sink.deliveries for event in delivery.events]


class Kept:
    """What a reader gives of what is kept."""

    def __init__(self, sink: RecordingSink) -> None:
        self._sink = sink

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        return [each for each in kept_by(self._sink) if start_ms <= each.at_ms < end_ms and each.subject == subject]


def made(at_ms: int = 1000, **facts: Any) -> Event:
    readings = {"ac_power": Reading("a/b/ac_power", at_ms, 4.5), "soc": Reading("a/b/soc", at_ms, None)}
    return record(at_ms, "a/b", {"by": "Sato", **facts}, Nameplate("M", "T", "S-1"), readings, {}, ())


def test_a_record_holds_person_nameplate_and_readings() -> None:
    event = made()
    assert (event.kind, event.subject, event.at_ms) == (EventKind.DEVICE_COMMISSIONED, "a/b", 1000)
    assert event.data["by"] == "Sato"
    assert (event.data["serial"], event.data["reading.ac_power"], event.data["reading.soc"]) == ("S-1", 4.5, None)


async def test_each_is_taken_once_and_gone_afterwards(tmp_path: Path) -> None:
    cache, sink = tmp_path / "c.db", RecordingSink()
    leave(cache, made(1000))
    leave(cache, made(2000, act="checked"))
    assert [event.at_ms for _, event in waiting(cache)] == [1000, 2000]
    assert await take(cache, sink, cast("Reader", Kept(sink))) == 2
    assert [event.at_ms for event in kept_by(sink)] == [1000, 2000]
    assert list(folder(cache).iterdir()) == []
    assert folder(cache).stat().st_mode & 0o777 == 0o700


async def test_one_whose_file_outlived_a_power_cut_is_not_doubled(tmp_path: Path) -> None:
    cache, sink = tmp_path / "c.db", RecordingSink()
    leave(cache, made())
    sink.accept(Delivery(events=(made(),)))
    assert await take(cache, sink, cast("Reader", Kept(sink))) == 0
    assert len(kept_by(sink)) == 1
    assert waiting(cache) == []


async def test_what_cannot_be_read_is_left_and_hinders_nobody(tmp_path: Path) -> None:
    cache, sink = tmp_path / "c.db", RecordingSink()
    leave(cache, made())
    (folder(cache) / "0.json").write_text("{", "utf-8")
    (folder(cache) / "1.json").write_text("[]", "utf-8")
    assert await take(cache, sink, cast("Reader", Kept(sink))) == 1
    assert sorted(path.name for path in folder(cache).iterdir()) == ["0.json", "1.json"]


async def test_nothing_waits_where_there_is_no_folder(tmp_path: Path) -> None:
    assert waiting(tmp_path / "c.db") == []
