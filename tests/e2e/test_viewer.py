"""A city hall's screen follows a school through the cloud: what is measured there is here, and stays when the line is cut."""

from pathlib import Path

from backend.model.event import EventKind
from backend.model.kiosk import KioskPlan
from backend.model.sync import LinkState
from backend.store.reader import open_reader
from tests.e2e.test_exchange import all_of, events_at, measure, nodes, school, status_of, value_at
from tests.support.kin import Kin
from tests.support.until import until


async def test_a_viewer_has_what_the_school_measures_and_keeps_it(tmp_path: Path) -> None:
    kin = Kin(tmp_path)
    at_school, at_hall = school(kin, "hill"), kin.viewer("hall", "hill")
    cache = at_hall.parent / "node.enemado"
    async with nodes(at_hall) as _:
        await until(lambda: linked(cache, LinkState.CUT))
        async with nodes(kin.settings, at_school) as (_, hill):
            for value in range(3):
                await measure(hill, "hill", value)
            await until(lambda: all_of(cache, "hill", [0, 1, 2]), 30.0)
            await until(lambda: linked(cache, LinkState.CONNECTED))
        await until(lambda: linked(cache, LinkState.CUT), 30.0)
        assert await value_at(cache, "hill") == 2
        async with nodes(kin.settings, at_school) as (_, hill):
            await measure(hill, "hill", 3)
            await until(lambda: all_of(cache, "hill", [0, 1, 2, 3]), 60.0)
    async with open_reader(cache) as reader:
        assert [site.key for site in await reader.sites()] == ["hill"]
        assert await reader.document("plan", "main", KioskPlan) == KioskPlan("hill")
    assert len(await events_at(cache, EventKind.UPLINK_BACK)) == 2


async def test_a_viewer_gets_nothing_that_its_code_did_not_name(tmp_path: Path) -> None:
    kin = Kin(tmp_path)
    at_school, at_hall = school(kin, "hill"), kin.viewer("hall", "hill", may=["valley"])
    cache = at_hall.parent / "node.enemado"
    async with nodes(kin.settings, at_school, at_hall) as (_, hill, _):
        await measure(hill, "hill", 1.0)
        await until(lambda: all_of(kin.cache, "hill", [1]), 30.0)
        await until(lambda: linked(cache, LinkState.REFUSED), 30.0)
        assert await value_at(cache, "hill") is None


async def linked(cache: Path, state: LinkState) -> bool:
    return (await status_of(cache)).link is state
