"""A viewer and its parent over a real line: the copy answers as the original, and holds nothing that it may not."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.identity.certificates import make_request
from backend.identity.credentials import Credentials
from backend.identity.node_key import open_node_key
from backend.model.sync import LinkState
from backend.settings import Follow
from backend.store.contract import Level, Reader, SharedStore
from backend.store.exchange import Incoming, Verdict
from backend.store.outbox import open_outbox
from backend.store.reader import open_reader
from backend.store.sqlite import open_store
from backend.sync.downlink import Downlink
from backend.sync.feed import Feed
from backend.sync.line import Line
from backend.sync.link import Link
from backend.wire.batch import unseal
from backend.wire.parcel import SignedBatch
from tests.support.clock import FakeClock
from tests.support.exchange import new_key
from tests.support.family import MUCH, START_MS, House, house
from tests.support.sink import RecordingSink
from tests.support.town import DAY_MS, HOUR_MS
from tests.support.until import until
from tests.unit.backend.sync.conftest import NOW_MS, Town

HOURS = 60
END_MS = START_MS + HOURS * HOUR_MS
POINTS = ["school/pcs/ac_power", "school/pcs/ac_energy"]
KEY = new_key()


@dataclass
class Stage:
    """A parent that has what the school said, and a viewer."""

    town: Town
    school: House
    school_path: Path
    parent: SharedStore
    parent_path: Path
    viewer: SharedStore
    viewer_path: Path
    clock: FakeClock
    sent: int = 0

    async def bring(self) -> None:
        """Carry what the school has sealed to the parent."""
        async with open_outbox(self.school_path) as outbox:
            kept = await outbox.oldest((await outbox.chains())[0].number, self.sent + 1, MUCH)
        verdicts = await self.parent.receive([Incoming(unseal(batch.signed.body), batch.signed) for batch in kept])
        assert set(verdicts) <= {Verdict.KEPT}
        self.sent = kept[-1].last if kept else self.sent
        self.clock.advance(600)
        while await self.parent.fold():
            pass

    def enrol(self, name: str, *sites: str) -> Line:
        """A line for a viewer that may follow these."""
        cache = self.town.folder / f"{name}.enemado"
        key, authority = open_node_key(cache), self.town.authority
        request = make_request(key.private, name)
        authority.apply(authority.make_code(name, NOW_MS, reads=sites), request, NOW_MS)
        authority.confirm(key.key_id, NOW_MS)
        answer = authority.apply("", request, NOW_MS)
        Credentials(cache).keep(answer.certificate, answer.authorities)
        return Line.of_member(self.town.url, Credentials(cache))

    @asynccontextmanager
    async def following(self, line: Line, *sites: str) -> AsyncGenerator[Downlink]:
        async with open_outbox(self.viewer_path) as outbox, open_reader(self.viewer_path) as reader:
            link = Link(RecordingSink(), self.clock)
            downlink = Downlink(line, outbox, reader, self.viewer, link, self.clock, Follow(sites, 1), pause=_soon)
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(downlink.run(), name="downlink")
                try:
                    yield downlink
                finally:
                    running.cancel()
        await line.close()

    async def is_same(self) -> bool:
        async with open_reader(self.parent_path) as theirs, open_reader(self.viewer_path) as ours:
            return await told(ours, self.clock) == await told(theirs, self.clock)


async def _soon(seconds: float) -> None:
    await asyncio.sleep(0)


async def told(reader: Reader, clock: FakeClock) -> dict[str, object]:
    now_ms = clock.now_ms()
    since_ms = (END_MS // DAY_MS - 1) * DAY_MS
    found: dict[str, object] = {"latest": await reader.latest(POINTS), "sites": list(await reader.sites())}
    found["devices"], found["statuses"] = list(await reader.devices()), list(await reader.statuses())
    for key in POINTS:
        rows = await reader.raw(key, since_ms, now_ms)
        days, hours = [await reader.rollup(key, level, START_MS - DAY_MS, now_ms) for level in (Level.DAY, Level.HOUR)]
        found[key] = [rows.at_ms.tolist(), rows.value.tolist(), str(days), str(hours)]
    return found


@pytest.fixture
async def stage(town: Town, tmp_path: Path) -> AsyncGenerator[Stage]:
    parent_path, viewer_path, school_path = tmp_path / "parent.db", tmp_path / "viewer.db", tmp_path / "school.db"
    clock = FakeClock(END_MS)
    async with AsyncExitStack() as stack:
        school = await stack.enter_async_context(house(school_path, "school", signer=KEY))
        await school.live(0, HOURS, 60)
        parent = await stack.enter_async_context(open_store(parent_path, "town", clock))
        viewer = await stack.enter_async_context(open_store(viewer_path, "viewer", clock))
        found = Stage(town, school, school_path, parent, parent_path, viewer, viewer_path, clock)
        register(town, KEY.private, "school")
        await found.bring()
        outbox = await stack.enter_async_context(open_outbox(parent_path))
        reader = await stack.enter_async_context(open_reader(parent_path))
        feed = Feed("town", outbox, reader, town.authority, clock, new_key())
        await stack.enter_async_context(town.open(*feed.routes))
        yield found
        feed.end()


def register(town: Town, private: Ed25519PrivateKey, node: str) -> None:
    request = make_request(private, node)
    town.authority.apply(town.authority.make_code(node, NOW_MS), request, NOW_MS)
    town.authority.confirm(KEY.key_id, NOW_MS)


async def test_the_copy_answers_as_the_original_and_goes_on(stage: Stage) -> None:
    async with stage.following(stage.enrol("hall", "school"), "school") as downlink:
        await until(stage.is_same, 30.0)
        assert downlink.link.state is LinkState.CONNECTED
        await stage.school.live(HOURS, 1, 60)
        stage.clock.advance(3600)
        await stage.bring()
        await until(stage.is_same, 30.0)
    before = await held(stage.viewer_path)
    async with stage.following(stage.enrol("hall2", "school"), "school") as downlink:
        await until(lambda: downlink.link.state is LinkState.CONNECTED)
    assert await held(stage.viewer_path) == before


async def test_nobody_follows_what_the_code_did_not_name(stage: Stage) -> None:
    async with stage.following(stage.enrol("stranger"), "school") as downlink:
        await until(lambda: downlink.link.state is LinkState.REFUSED)
    async with open_reader(stage.viewer_path) as reader:
        assert (list(await reader.sites()), list(await reader.points())) == ([], [])


async def test_what_nobody_signed_is_not_kept(stage: Stage) -> None:
    async with open_outbox(stage.school_path) as outbox:
        kept = (await outbox.oldest((await outbox.chains())[0].number, 1, MUCH))[-1]
    forged = SignedBatch(kept.signed.body, kept.signed.envelope[:-1] + bytes([kept.signed.envelope[-1] ^ 1]))
    async with stage.following(stage.enrol("hall", "school"), "school") as downlink:
        await until(stage.is_same, 30.0)
        assert await downlink.take([forged, kept.signed]) == 1


async def held(path: Path) -> Sequence[object]:
    async with open_outbox(path) as outbox:
        return [(state.chain, state.held) for state in await outbox.chains() if not state.own]
