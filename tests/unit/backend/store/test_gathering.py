"""Questions that wait together share a view, and nothing else: neither errors nor cancellation."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from backend.model.delivery import StorageError
from backend.store.calendar import HOUR_MS
from backend.store.contract import Level
from backend.store.gathering import MOST_TOGETHER, Gathering
from backend.store.sqlite.source import FileSource, connect
from backend.store.thread import ServingThread
from backend.store.tiers.keys import LARGEST_POINT
from backend.store.tiers.look import Look, Span
from backend.wire.numbers import Damaged
from tests.support.small_cache import EIGHT_MS, ENERGY, NOON_MS, POWER, Writer, small_cache
from tests.support.until import until


class CountedLook(Look):
    """Counts its views."""

    views = 0

    @contextmanager
    def view(self) -> Generator[None]:
        self.views += 1
        with super().view():
            yield


class Bench:
    """A gathering whose thread can be held."""

    def __init__(self, path: Path, thread: ServingThread) -> None:
        self.look = CountedLook(FileSource(connect(path)))
        self.gathering = Gathering(thread.run, self.look)
        self._held, self._release = threading.Event(), threading.Event()

    async def hold(self) -> "asyncio.Future[bool]":
        """Keep the thread busy with one question until ``release``."""
        answer = self.gathering.ask(self._hold)
        await until(self._held.is_set)
        return answer

    def _hold(self, look: Look) -> bool:
        self._held.set()
        return self._release.wait(20)

    def release(self) -> None:
        self._release.set()


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncGenerator[Writer]:
    async with small_cache(tmp_path / "c.db") as writer:
        yield writer


@pytest.fixture
async def bench(tmp_path: Path, writer: Writer) -> AsyncGenerator[Bench]:
    thread = ServingThread("test")
    bench = Bench(tmp_path / "c.db", thread)
    yield bench
    bench.release()
    thread.stop()
    bench.look._source.connection.close()  # pyright: ignore[reportAttributeAccessIssue]


async def test_what_waits_together_is_answered_in_one_view(bench: Bench) -> None:
    held = await bench.hold()
    first = bench.gathering.ask(Look.version)
    asked = [bench.gathering.ask(Look.version) for _ in range(MOST_TOGETHER)]
    bench.release()
    await held
    assert len(set(await asyncio.gather(first, *asked))) == 1
    assert bench.look.views == 3


async def test_a_question_sees_what_was_committed_before_it_was_asked(bench: Bench, writer: Writer) -> None:
    held = await bench.hold()
    early = bench.gathering.ask(lambda look: look.latest([POWER.key]))
    bench.release()
    await held
    await early
    for count in range(1, 30):
        await writer.write(POWER, np.array([NOON_MS + count]), np.array([float(count)]))
        found = await asyncio.gather(*(bench.gathering.ask(lambda look: look.latest([POWER.key])) for _ in range(5)))
        assert {row[POWER.key].value for row in found} == {float(count)}


def fails(look: Look) -> None:
    raise Damaged("on purpose")


def breaks(look: Look) -> None:
    raise KeyError("on purpose")


async def test_trouble_belongs_to_whoever_asked(bench: Bench) -> None:
    held = await bench.hold()
    asked = [bench.gathering.ask(question) for question in (Look.version, fails, Look.version, breaks, Look.version)]
    bench.release()
    await held
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [int, StorageError, int, KeyError, int]


async def test_damage_belongs_to_whoever_asks_for_it(bench: Bench, writer: Writer, tmp_path: Path) -> None:
    await writer.write(POWER, np.array([NOON_MS + 2 * HOUR_MS]), np.array([1.0]))
    writer.clock.advance(3 * HOUR_MS / 1000)
    while await writer.store.fold():
        pass
    with sqlite3.connect(tmp_path / "c.db") as file:
        (key,) = file.execute("SELECT id FROM minute WHERE (id & ?) = ?", (LARGEST_POINT, writer.numbers[POWER.key])).fetchone()
        file.execute("UPDATE minute SET body = substr(body, 1, length(body) - 1) || x'00' WHERE id = ?", (key,))
    held = await bench.hold()
    spans = [Span(point.key, Level.MINUTE, EIGHT_MS, NOON_MS) for point in (ENERGY, POWER, ENERGY)]
    asked = [bench.gathering.ask(partial(rollup, span), span) for span in spans]
    bench.release()
    await held
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in found] == [int, StorageError, int]


def rollup(span: Span, look: Look) -> int:
    return len(look.rollup(span.point, Level.MINUTE, span.start_ms, span.end_ms).start_ms)


async def test_who_stops_waiting_disturbs_nobody(bench: Bench) -> None:
    held = await bench.hold()
    first, second = bench.gathering.ask(Look.version), bench.gathering.ask(Look.version)
    first.cancel()
    bench.release()
    await held
    assert isinstance(await second, int)
    assert isinstance(await bench.gathering.ask(Look.version), int)


async def test_closing_takes_along_whoever_waits(bench: Bench) -> None:
    held = await bench.hold()
    asked = [bench.gathering.ask(Look.version) for _ in range(3 * MOST_TOGETHER)]
    bench.gathering.close()
    bench.release()
    await held
    await asyncio.gather(*asked)


async def test_a_store_that_cannot_be_opened_is_told_to_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await bench.hold()
    asked = [bench.gathering.ask(Look.version) for _ in range(3)]

    @contextmanager
    def refused() -> Generator[None]:
        raise StorageError("gone")
        yield

    monkeypatch.setattr(bench.look, "view", refused)
    bench.release()
    await held
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [str(each) for each in found] == ["gone"] * 3
