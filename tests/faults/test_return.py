"""A hundred sites whose cloud was away for a while: each comes back within its longest wait, and not all at once (R4)."""

import asyncio
import random
from collections.abc import Callable

from backend.sync.backoff import CAP_S
from backend.sync.line import LineCut
from backend.sync.uplink import Uplink
from backend.wire.parcel import SignedBatch
from tests.support.clock import FakeClock
from tests.support.exchange import Journal, PseudoParent
from tests.support.sink import RecordingSink
from tests.support.waiting import FakeWait

SITES = 100
SPREAD_S = 30.0
OUTAGE_S = 900.0


class Cloud:
    """Away at first; writes down who comes back when."""

    def __init__(self, clock: FakeClock) -> None:
        self.back_s: dict[int, float] = {}
        self.away = True
        self._clock = clock

    def meet(self, site: int) -> Callable[[list[SignedBatch]], None]:
        def heard(batches: list[SignedBatch]) -> None:
            if self.away:
                raise LineCut("away")
            self.back_s.setdefault(site, self._clock.monotonic())

        return heard


async def come_back(luck: Callable[[], float]) -> list[float]:
    """Seconds after the end of the outage at which each site asks again, in order."""
    clock = FakeClock()
    cloud, wait = Cloud(clock), FakeWait(clock)
    async with asyncio.TaskGroup() as tasks:
        running: list[asyncio.Task[None]] = []
        for number in range(SITES):
            line, journal = PseudoParent(fault=cloud.meet(number)), Journal()
            uplink = Uplink([line], journal, journal, RecordingSink(), clock, 65_536, chance=luck, pause=wait)  # type: ignore[arg-type]
            running.append(tasks.create_task(uplink.run(), name=f"site {number}"))
        await wait.pass_time(OUTAGE_S)
        cloud.away = False
        await wait.pass_time(2 * CAP_S)
        for task in running:
            task.cancel()
    return sorted(at - OUTAGE_S for at in cloud.back_s.values())


async def test_everybody_comes_back_soon_and_not_all_at_once(seed: int) -> None:
    back = await come_back(random.Random(seed).random)
    busiest = max(sum(second <= at < second + 1 for at in back) for second in range(round(CAP_S)))
    print(f"back after {back[0]:.1f} to {back[-1]:.1f} s, at most {busiest} within one second")  # noqa: T201
    assert len(back) == SITES
    assert back[-1] <= CAP_S
    assert back[-1] - back[0] >= SPREAD_S
    assert busiest <= SITES // 5


async def test_sites_without_luck_of_their_own_are_found_out() -> None:
    back = await come_back(lambda: 1.0)
    assert back[-1] - back[0] < SPREAD_S
