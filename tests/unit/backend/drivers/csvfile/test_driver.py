"""Watched folders and fetched files, with real folders, a real HTTP server on loopback and a real store."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backend.drivers.csvfile.driver import FileDriver, Surroundings
from backend.drivers.csvfile.folder import Folder
from backend.model.device import Device, DeviceKind
from backend.model.event import EventKind
from backend.model.states import Connectivity
from tests.support import import_texts as made
from tests.support.importing import DEVICE, Rig, rig
from tests.support.until import until


@asynccontextmanager
async def serving(store: Rig, address: str, folder: Path) -> AsyncGenerator[None]:
    """The driver at work; fails where ending takes more than a second or leaves a task behind."""
    around = Surroundings({"school": "Asia/Tokyo"}, folder / "fetched", look_s=0.05, every_s=0.05)
    device = Device(DEVICE, "school", DeviceKind.SENSOR, {"en": "Logger"}, address)
    async with FileDriver(around, store.reader).serve([device], store.place.sink, store.place.clock, lambda key: None):
        yield
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 1
    assert [task for task in asyncio.all_tasks() if task.get_name().startswith("files ")] == []


async def count(store: Rig) -> int:
    return len((await store.values()).get("irradiance", {}))


async def kinds(store: Rig) -> list[EventKind]:
    return [event.kind for event in await store.events() if event.kind not in (EventKind.DEVICE_CONNECTED, EventKind.DEVICE_LOST)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


async def test_a_complete_file_is_taken_in_and_moved(tmp_path: Path, inbox: Path) -> None:
    async with rig(tmp_path) as store, serving(store, f"file://{inbox}", tmp_path):
        made.write(inbox, "ghi.csv", made.long_table(100))
        await until((inbox / "done" / "ghi.csv").exists)
        assert await count(store) == 100
        assert await kinds(store) == [EventKind.DATA_IMPORTED]
        (status,) = await store.reader.statuses()
        assert status.connectivity is Connectivity.CONNECTED


async def test_the_same_file_once_more_changes_nothing(tmp_path: Path, inbox: Path) -> None:
    async with rig(tmp_path) as store, serving(store, f"file://{inbox}", tmp_path):
        made.write(inbox, "ghi.csv", made.long_table(100))
        await until((inbox / "done" / "ghi.csv").exists)
        before = await store.everything()
        made.write(inbox, "ghi.csv", made.long_table(100))
        await until((inbox / "done" / "ghi-2.csv").exists)
        assert await store.everything() == before


async def test_what_cannot_be_taken_in_is_set_aside_with_the_reason(tmp_path: Path, inbox: Path) -> None:
    async with rig(tmp_path) as store, serving(store, f"file://{inbox}", tmp_path):
        made.write(inbox, "doubt.csv", made.hourly("2024-07-01T00:00", 3))
        made.write(inbox, "nonsense.csv", "nothing in here\n")
        await until((inbox / "set-aside" / "nonsense.csv.why.txt").exists)
        await until((inbox / "set-aside" / "doubt.csv.why.txt").exists)
        assert "zone" in (inbox / "set-aside" / "doubt.csv.why.txt").read_text("utf-8")
        told = [event.data["file"] for event in await store.events() if event.kind is EventKind.FILE_REFUSED]
        assert sorted(map(str, told)) == ["doubt.csv", "nonsense.csv"]
        made.write(inbox, "good.csv", made.long_table(10))
        await until((inbox / "done" / "good.csv").exists)


async def test_what_the_address_says_settles_doubts_and_files_may_stay(tmp_path: Path, inbox: Path) -> None:
    address = f"file://{inbox}#zone=site&done=keep"
    async with rig(tmp_path) as store, serving(store, address, tmp_path):
        path = made.write(inbox, "t.csv", made.hourly("2024-07-01T00:00", 3))
        await until(lambda: kinds_done(store))
        assert path.exists()
        assert len((await store.values())["ambient_temperature"]) == 12


async def kinds_done(store: Rig) -> bool:
    return EventKind.DATA_IMPORTED in await kinds(store)


async def test_a_folder_that_is_gone_is_told_once_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "later"
    async with rig(tmp_path) as store, serving(store, f"file://{folder}", tmp_path):
        folder.mkdir()
        await until(lambda: said(store, EventKind.DEVICE_CONNECTED))
        folder.rmdir()
        await until(lambda: said(store, EventKind.DEVICE_LOST))
        folder.mkdir()
        made.write(folder, "ghi.csv", made.long_table(5))
        await until((folder / "done" / "ghi.csv").exists)
        lost = [event for event in await store.events() if event.kind is EventKind.DEVICE_LOST]
        assert len(lost) == 1


async def said(store: Rig, kind: EventKind) -> bool:
    return kind in [event.kind for event in await store.events()]


def test_a_file_that_still_grows_or_is_not_finished_waits(inbox: Path) -> None:
    folder = Folder(inbox)
    path = made.write(inbox, "a.csv", "1")
    made.write(inbox, "b.csv.part", "1")
    made.write(inbox, ".c.csv", "1")
    assert folder.complete() == []
    made.write(inbox, "a.csv", "12")
    assert folder.complete() == []
    assert folder.complete() == [path]
    folder.deal_with(path, "")
    assert folder.complete() == []
    assert [each.name for each in (inbox / "done").iterdir()] == ["a.csv"]


@dataclass
class Source:
    """A file on a server, and what was asked."""

    body: bytes = b""
    etag: str = '"1"'
    status: int = 200
    asked: list[str | None] = field(default_factory=list)
    port: int = 0


@contextmanager
def http(source: Source) -> Generator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers.get("If-None-Match")
            source.asked.append(known)
            same = known == source.etag and source.status == 200
            self.send_response(304 if same else source.status)
            self.send_header("ETag", source.etag)
            self.send_header("Content-Length", "0" if same else str(len(source.body)))
            self.end_headers()
            if not same:
                self.wfile.write(source.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    source.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_file_is_fetched_when_it_has_changed_and_its_source_is_named(tmp_path: Path) -> None:
    source = Source(made.long_table(50).encode())
    async with rig(tmp_path) as store:
        with http(source):
            address = f"csv+http://127.0.0.1:{source.port}/today.csv#every=60&attribution=City%20of%20Aoba"
            async with serving(store, address, tmp_path):
                await until(lambda: len(source.asked) > 3)
                assert source.asked[0] is None
                assert set(source.asked[2:]) == {'"1"'}
                assert await count(store) == 50
                source.body, source.etag = made.long_table(80).encode(), '"2"'
                await until(lambda: source.asked[-1] == '"2"')
                assert await count(store) == 80
            asked = len(source.asked)
            async with serving(store, address, tmp_path):
                await until(lambda: len(source.asked) > asked)
            assert source.asked[asked] == '"2"'
        told = [event.data for event in await store.events() if event.kind is EventKind.DATA_IMPORTED]
        assert [(data["taken"], data["file"], data["attribution"]) for data in told] == [
            (50, "today.csv", "City of Aoba"),
            (30, "today.csv", "City of Aoba"),
        ]


async def counted(store: Rig, wanted: int) -> bool:
    return await count(store) == wanted


async def test_a_source_that_fails_is_lost_and_comes_back(tmp_path: Path) -> None:
    source = Source(made.long_table(50).encode())
    async with rig(tmp_path) as store:
        with http(source):
            async with serving(store, f"csv+http://127.0.0.1:{source.port}/today.csv", tmp_path):
                await until(lambda: counted(store, 50))
                source.status = 503
                await until(lambda: said(store, EventKind.DEVICE_LOST))
                source.status, source.etag, source.body = 200, '"3"', made.long_table(60).encode()
                await until(lambda: counted(store, 60))
