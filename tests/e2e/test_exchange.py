"""Whole nodes in one process that send to each other over TLS: passing on, revocation, a card that was set back."""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from backend.model.delivery import Delivery
from backend.model.event import Event, EventKind
from backend.model.gap import GapKind
from backend.model.point import Point, PointSpec, Unit
from backend.model.reading import Reading
from backend.model.sync import LinkState, SyncStatus
from backend.node import Node, open_node
from backend.settings import load
from backend.store.reader import open_reader
from tests.support.kin import Kin, now_ms
from tests.support.until import until

SITE = """\
node: {{name: {name}, cache: node.enemado, batch_seconds: 0.2}}
sites:
  {site}:
    name: {{en: {site}}}
    place: {{latitude: 35.68, longitude: 139.77}}
    timezone: Asia/Tokyo
parent: {{url: {url!r}}}
"""


def school(kin: Kin, name: str) -> Path:
    """Settings of a node without devices that belongs to this cloud; its site has its name."""
    folder = kin.folder / name
    folder.mkdir()
    settings = folder / "node.yaml"
    settings.write_text(SITE.format(name=name, site=name, url=kin.url), encoding="utf-8")
    kin.enrol(folder / "node.enemado", name)
    return settings


@asynccontextmanager
async def nodes(*settings: Path) -> AsyncGenerator[list[Node]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_node(load(each))) for each in settings]


def point(site: str) -> Point:
    return Point(f"{site}/meter", PointSpec("power", Unit.WATT, digits=1))


async def measure(node: Node, site: str, value: float) -> int:
    """A reading of now, on disk at the node; its time."""
    at_ms = now_ms()
    await node._intake.declare([point(site)])
    await node._intake.accept(Delivery([Reading(point(site).key, at_ms, value)], urgent=True))
    return at_ms


async def value_at(cache: Path, site: str) -> float | None:
    async with open_reader(cache) as reader:
        found = (await reader.latest([point(site).key])).get(point(site).key)
    return found.value if found else None


async def all_of(cache: Path, site: str, values: list[int]) -> bool:
    """Whether these are the readings, each once."""
    async with open_reader(cache) as reader:
        return (await reader.raw(point(site).key, 0, now_ms() + 1000)).value.tolist() == values


async def events_at(cache: Path, kind: EventKind) -> list[Event]:
    async with open_reader(cache) as reader:
        return [event for event in await reader.events(0, now_ms() + 60_000) if event.kind is kind]


async def has_gap(cache: Path, subject: str, kind: GapKind, cause: str, recovered: float = 1.0) -> bool:
    """Whether the ledger has a row of this kind that is over, and of which so much came after all."""
    async with open_reader(cache) as reader:
        rows = [gap for gap in await reader.gaps(0, now_ms() + 60_000, subject) if gap.to_ms is not None]
    return (kind, cause, recovered) in [(gap.kind, gap.cause, gap.recovered) for gap in rows]


async def status_of(cache: Path) -> SyncStatus:
    async with open_reader(cache) as reader:
        return await reader.document("sync", "main", SyncStatus) or SyncStatus()


async def test_what_a_school_signed_reaches_the_cloud_of_its_cloud(tmp_path: Path) -> None:
    region = Kin(tmp_path / "region", "region")
    town = Kin(tmp_path / "town", "town", more=f"parent: {{url: {region.url!r}}}\n")
    region.enrol(town.cache, "town")
    settings = school(town, "aoba")
    async with nodes(region.settings, town.settings, settings) as (_, middle, lowest):
        await measure(lowest, "aoba", 5.5)
        await until(lambda: reads(region.cache, "aoba", 5.5))
        async with open_reader(region.cache) as reader:
            assert [site.key for site in await reader.sites()] == ["aoba"]
        members = [each for each in town.authority.registry.members() if each.node == "aoba"]
        town.authority.revoke(members, now_ms())
        await until(lambda: stands(settings.parent / "node.enemado", LinkState.REFUSED))
        assert middle.settings.name == "town"


async def reads(cache: Path, site: str, value: float) -> bool:
    return await value_at(cache, site) == value


async def stands(cache: Path, link: LinkState) -> bool:
    return (await status_of(cache)).link is link


async def test_a_card_that_was_set_back_begins_a_new_epoch_and_nothing_is_lost(tmp_path: Path) -> None:
    kin = Kin(tmp_path / "town")
    settings = school(kin, "aoba")
    cache = settings.parent / "node.enemado"
    async with nodes(kin.settings) as _:
        async with nodes(settings) as (node,):
            await measure(node, "aoba", 1.0)
            await until(lambda: reads(kin.cache, "aoba", 1.0))
        kept = settings.parent / "kept"
        shutil.copyfile(cache, kept)
        async with nodes(settings) as (node,):
            for value in range(2, 20):
                await measure(node, "aoba", value)
            await until(lambda: reads(kin.cache, "aoba", 19.0))
        for suffix in ("", "-wal", "-shm"):
            cache.with_name(cache.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(kept, cache)
        async with nodes(settings) as (node,):
            at_ms = await measure(node, "aoba", 100.0)
            await until(lambda: events_at(cache, EventKind.EPOCH_STARTED))
            await until(lambda: events_at(kin.cache, EventKind.CHILD_RESTORED))
            await measure(node, "aoba", 101.0)
            await until(lambda: reads(kin.cache, "aoba", 101.0))
            await until(lambda: all_of(kin.cache, "aoba", [*range(1, 20), 100, 101]))
            async with open_reader(kin.cache) as reader:
                assert at_ms in (await reader.raw(point("aoba").key, 0, now_ms() + 1000)).at_ms
            assert await all_of(cache, "aoba", [1, 100, 101]), "once here too"
    (told,) = await events_at(kin.cache, EventKind.CHILD_RESTORED)
    assert int(str(told.data["behind"])) > 10


async def test_a_parent_that_is_gone_for_a_while_is_told_by_both(tmp_path: Path) -> None:
    kin = Kin(tmp_path / "town")
    settings = school(kin, "aoba")
    cache = settings.parent / "node.enemado"
    async with nodes(settings) as (node,):
        async with nodes(kin.settings):
            await measure(node, "aoba", 1.0)
            await until(lambda: reads(kin.cache, "aoba", 1.0))
        await until(lambda: events_at(cache, EventKind.UPLINK_CUT))
        await measure(node, "aoba", 2.0)
        async with nodes(kin.settings):
            await until(lambda: reads(kin.cache, "aoba", 2.0))
            await until(lambda: events_at(cache, EventKind.UPLINK_BACK))
            await until(lambda: stands(cache, LinkState.CONNECTED))
            await until(lambda: has_gap(cache, "node", GapKind.LATE, "uplink"))
    assert await has_gap(kin.cache, "node", GapKind.NO_DATA, "node_off", recovered=0.0)


async def test_a_silent_school_is_told_and_found_again(tmp_path: Path) -> None:
    kin = Kin(tmp_path / "town")
    settings = school(kin, "aoba")
    async with nodes(kin.settings):
        async with nodes(settings) as (node,):
            await measure(node, "aoba", 1.0)
            await until(lambda: reads(kin.cache, "aoba", 1.0))
        await until(lambda: events_at(kin.cache, EventKind.CHILD_SILENT))
        async with nodes(settings) as (node,):
            await until(lambda: events_at(kin.cache, EventKind.CHILD_CAUGHT_UP))
        (silent,) = await events_at(kin.cache, EventKind.CHILD_SILENT)
        assert silent.subject == "node:aoba"
        await until(lambda: has_gap(kin.cache, "node:aoba", GapKind.LATE, "uplink"))
        await until(lambda: has_gap(kin.cache, "node:aoba", GapKind.NO_DATA, "node_off", recovered=0.0))


async def test_the_exchange_begins_anew_with_new_settings(tmp_path: Path) -> None:
    kin = Kin(tmp_path / "town")
    settings = school(kin, "aoba")
    cache = settings.parent / "node.enemado"
    alone = settings.read_text("utf-8")
    settings.write_text(alone.partition("parent:")[0], encoding="utf-8")
    async with nodes(kin.settings, settings) as (_, node):
        await measure(node, "aoba", 1.0)
        settings.write_text(alone, encoding="utf-8")
        await node.actions["reload"]({})
        await until(lambda: reads(kin.cache, "aoba", 1.0))
        status = (await node.actions["status"]({}))["sync"]
        assert isinstance(status, dict)
        assert (status["parent"], status["lost"]) == (kin.url, 0)
        await asyncio.sleep(0)
        assert cache.exists()
