"""A bad network between sites and their cloud: nothing is lost, nothing is doubled, and all go on soon (R4)."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from backend.model.clock import SystemClock
from backend.model.gap import Gap
from backend.model.spans import Spans
from backend.model.sync import LinkState
from backend.store.reader import open_reader
from backend.sync.lanes import Piece
from backend.sync.line import Line, LineCut
from backend.sync.messages import BatchesAnswer, Result, Said, held_chain
from backend.sync.uplink import Uplink
from tests.support.bad_node import OVER
from tests.support.chains import retold
from tests.support.cloud import Cloud
from tests.support.fault_proxy import Fault, FaultProxy, Kind, fault_proxy, random_plan
from tests.support.gateway import Gateway, gateways, telling
from tests.support.school import Reckoning, reckoning
from tests.support.until import until
from tests.support.warm_start import WarmStart
from tests.support.witness import kept

SHORT = 200
GATEWAYS = 16
TELL_EVERY_S = 0.1
SHARE = 0.3
"""Of requests that arrive whole and meet with a mishap at the door all the same."""
RESUME_S = 60.0
STALL_S = 0.3
LONG_STALL_S = 30.0
MOST_GAPS = 100_000


# A peer that resets between connecting and the handshake leaves the standard library's socket to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed <ssl.SSLSocket:ResourceWarning", "ignore:Exception ignored in. <ssl:pytest.PytestUnraisableExceptionWarning"
)


class Region:
    """Many sites, one cloud, and a bad line between them."""

    def __init__(self, cloud: Cloud, proxy: FaultProxy, sites: list[Gateway], mishaps: Path) -> None:
        self.cloud, self.proxy, self.sites = cloud, proxy, sites
        self._mishaps = mishaps

    @property
    def struck(self) -> Counter[str]:
        """Faults that came to pass, on the line and at the door."""
        told = self._mishaps.read_text().split() if self._mishaps.exists() else []
        return Counter(told) + Counter({str(kind): count for kind, count in self.proxy.struck.items()})

    async def reckon(self) -> Reckoning:
        """What the cloud holds, compared with what the sites kept."""
        promised = {fact for site in self.sites for fact in site.kept}
        async with open_reader(self.cloud.place) as reader:
            found = await kept(reader, {key for site in self.sites for key in site.keys})
        return reckoning(promised, promised, found)

    async def retold(self) -> list[str]:
        """Events that the cloud tells more or less often than it should."""
        return await retold(self.cloud.place, [site.name for site in self.sites])

    async def unexplained(self) -> list[str]:
        """Cuts that no row of a ledger tells; rows of another cause, not over, or not made good; readings told as lost."""
        wrong: list[str] = []
        for place, subject in ((self.cloud.place, "node:site"), *((site.cache, "node") for site in self.sites)):
            async with open_reader(place) as reader:
                rows = [gap for gap in await reader.gaps(0, 1 << 60, limit=MOST_GAPS) if gap.subject.startswith(subject)]
                lost = (await reader.state()).lost
            wrong += [f"{lost} readings lost at {place}"] if lost else []
            wrong += [f"{gap}" for gap in rows if (gap.cause, gap.recovered) != ("uplink", 1.0) or gap.to_ms is None]
            cuts = [at_ms for site in self.sites if site.cache == place for at_ms in cuts_of(site)]
            wrong += [f"{place} was cut at {at_ms}" for at_ms in cuts if not any(covers(gap, at_ms) for gap in rows)]
        return wrong

    async def is_explained(self) -> bool:
        """Whether ledgers tell every cut, and that all of it was made good."""
        return not await self.unexplained()

    async def is_whole(self) -> bool:
        """Whether all that the sites kept is in the cloud."""
        return not (await self.reckon()).lost

    def end_faults(self) -> None:
        """Connections and requests to come go well."""
        self.proxy.plan = lambda: Fault(Kind.PASS)
        self._mishaps.with_name(OVER).touch()

    async def suffer(self, faults: int, luck: random.Random, limit_s: float) -> None:
        """Let the sites tell until so many faults have struck."""
        async with telling(self.sites, TELL_EVERY_S, luck):
            await until(lambda: self.struck.total() >= faults, limit_s)


def covers(gap: Gap, at_ms: int) -> bool:
    return gap.from_ms <= at_ms and (gap.to_ms is None or at_ms <= gap.to_ms)


class Witnessed(Uplink):
    """Remembers when its line was cut, whatever it says of that."""

    def __init__(self, *parts: Any, **more: Any) -> None:
        super().__init__(*parts, **more)
        self.cuts: list[int] = []

    async def _fail(self, error: Exception) -> float:
        wait_s = await super()._fail(error)
        if self.link.state is LinkState.CUT:
            self.cuts.append(SystemClock().now_ms())
        return wait_s


def cuts_of(site: Gateway) -> list[int]:
    return site.uplink.cuts if isinstance(site.uplink, Witnessed) else []


class Hasty(random.Random):
    """Waits a tenth of what others do; how long it may take to come back is asked in ``test_return``, and by the long form."""

    def random(self) -> float:
        return super().random() / 10


@asynccontextmanager
async def region(
    folder: Path,
    warm: WarmStart,
    seed: int,
    *,
    stall_s: float = STALL_S,
    share: float = SHARE,
    make: type[Uplink] = Witnessed,
    waits: type[random.Random] = Hasty,
    module: str = "tests.support.bad_node",
) -> AsyncGenerator[Region]:
    """Sites behind a line on which every connection ends badly."""
    luck, mishaps = random.Random(seed), folder / "mishaps"
    command = ("-m", module, str(seed), str(share), str(mishaps), "node", "--settings")
    cloud = Cloud(folder, command=command, start=warm)
    await cloud.node.start()
    try:
        async with (
            fault_proxy(cloud.port, plan=random_plan(luck, seconds=stall_s)) as proxy,
            gateways(folder, cloud, GATEWAYS, seed, waits, port=proxy.port, make=make) as sites,
        ):
            yield Region(cloud, proxy, sites, mishaps)
    finally:
        await cloud.node.stop()


async def test_no_fault_of_the_network_loses_or_doubles_anything(
    ram: Path, warm: WarmStart, times: int | None, seed: int
) -> None:
    faults = times or SHORT
    stall_s = STALL_S if times is None else LONG_STALL_S
    async with region(ram, warm, seed, stall_s=stall_s, waits=Hasty if times is None else random.Random) as many:
        await many.suffer(faults, random.Random(seed), 60 + faults)
        many.end_faults()
        began = monotonic()
        await until(many.is_whole, 2 * RESUME_S + LONG_STALL_S)
        resumed_s = monotonic() - began
        found, struck = await many.reckon(), dict(many.struck)
        retold = await many.retold()
        with suppress(TimeoutError):
            await until(many.is_explained)
        unexplained, cuts = await many.unexplained(), sum(len(cuts_of(site)) for site in many.sites)
        set_aside = sum(site.uplink.refused for site in many.sites)
    print(f"{struck}: {cuts} cuts told, {found.promised} readings, whole again after {resumed_s:.1f} s")  # noqa: T201
    assert found.toll == (0, 0, 0), found
    assert (set_aside, retold) == (0, [])
    assert cuts > 0
    assert unexplained == []
    assert resumed_s <= RESUME_S


class Trusting(Uplink):
    """Takes what it sent for acknowledged when the line ends before the answer."""

    async def _post(self, line: Line, pieces: list[Piece]) -> BatchesAnswer:
        try:
            return await super()._post(line, pieces)
        except LineCut:
            sent = Spans.of((piece.batch.first, piece.batch.last) for piece in pieces)
            return BatchesAnswer([Result(Said.KEPT)] * len(pieces), [held_chain(self.progress.lags[0].chain, sent)], "")

    async def _meet(self) -> None:
        if self.link.since_ms is None:
            await super()._meet()

    async def _reconcile(self) -> None:
        """Comparing with the parent would bring it all to light."""
        await asyncio.Event().wait()


async def test_a_sender_that_takes_sent_for_acknowledged_is_found_out(ram: Path, warm: WarmStart, seed: int) -> None:
    async with region(ram, warm, seed, share=0.0, make=Trusting) as many:
        await many.suffer(40, random.Random(seed), 60)
        many.end_faults()
        await until(lambda: not any(site.waits for site in many.sites))
        found = await many.reckon()
    assert found.lost


async def test_a_cloud_that_takes_repeats_for_new_is_found_out(ram: Path, warm: WarmStart, seed: int) -> None:
    async with region(ram, warm, seed, share=0.7, module="tests.support.forgetful_node") as many:
        await many.suffer(60, random.Random(seed), 60)
        many.end_faults()
        await until(lambda: not any(site.waits for site in many.sites), RESUME_S)
        twice = await many.retold()
    assert twice
