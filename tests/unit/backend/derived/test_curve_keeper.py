"""The clear-sky curves of today and tomorrow are in the cache, also after midnight and after a refused write."""

from dataclasses import replace
from pathlib import Path

from backend.derived.curve_keeper import inverter_limit_w, keep_curves
from backend.model.delivery import StorageError
from backend.model.device import Device, DeviceKind
from backend.model.node import Curve
from backend.model.site import Array, Place, Site
from backend.settings import NodeSettings
from tests.support.clock import FakeClock
from tests.support.tasks import running
from tests.support.waiting import FakeWait

SCHOOL = Site("s", {"en": "School"}, Place(35.68, 139.77), "Asia/Tokyo", Array(20.0))
PLAZA = Site("p", {"en": "Plaza"}, Place(35.68, 139.77), "Asia/Tokyo")
PCS = Device("s/pcs1", "s", DeviceKind.INVERTER, {"en": "I"}, "sunspec://192.0.2.1", rated_w=8_000.0)
SETTINGS = NodeSettings("n", Path("c"), (SCHOOL, PLAZA), (PCS,))


class Documents:
    """A store that only keeps documents, and refuses when told to."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}
        self.refuses = False

    async def put(self, kind: str, key: str, document: object) -> None:
        if self.refuses:
            raise StorageError("disk full")
        self.kept[f"{kind}/{key}"] = document


def days(documents: Documents) -> list[str]:
    return sorted(key.rpartition("/")[2] for key in documents.kept)


async def test_today_and_tomorrow_are_there_and_the_day_after_comes_at_midnight() -> None:
    clock, documents = FakeClock(), Documents()
    wait = FakeWait(clock)
    async with running(keep_curves(lambda: SETTINGS, documents, clock, wait=wait)):
        await wait.pass_time(1)
        assert days(documents) == ["2026-11-23", "2026-11-24"]
        curve = documents.kept["clear_sky/s/2026-11-23"]
        assert isinstance(curve, Curve)
        assert max(curve.power_w) == 8_000.0
        await wait.pass_time(12.5 * 3600)
        assert days(documents) == ["2026-11-23", "2026-11-24", "2026-11-25"]


async def test_what_the_disk_refused_is_written_later() -> None:
    clock, documents = FakeClock(), Documents()
    wait, documents.refuses = FakeWait(clock), True
    async with running(keep_curves(lambda: SETTINGS, documents, clock, wait=wait)):
        await wait.pass_time(1)
        documents.refuses = False
        await wait.pass_time(61)
    assert days(documents) == ["2026-11-23", "2026-11-24"]


async def test_a_changed_generator_gets_a_new_curve() -> None:
    clock, documents = FakeClock(), Documents()
    wait, settings = FakeWait(clock), [SETTINGS]
    async with running(keep_curves(lambda: settings[0], documents, clock, wait=wait)):
        await wait.pass_time(1)
        before = documents.kept["clear_sky/s/2026-11-23"]
        settings[0] = replace(SETTINGS, devices=(replace(PCS, rated_w=4_000.0),))
        await wait.pass_time(61)
        assert documents.kept["clear_sky/s/2026-11-23"] != before


def test_the_limit_is_known_only_where_every_inverter_says_it() -> None:
    assert inverter_limit_w(SETTINGS, SCHOOL) == 8_000.0
    assert inverter_limit_w(SETTINGS, PLAZA) is None
    silent = replace(PCS, key="s/pcs2", rated_w=None)
    assert inverter_limit_w(replace(SETTINGS, devices=(PCS, silent)), SCHOOL) is None
