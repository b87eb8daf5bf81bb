"""The fine dust of the school yard, as the town's own driver reads it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.drivers.pull.driver import PullDriver
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source
from backend.model.quantities import PM25
from backend.simulation.dust import DustSensor, pm25_ug
from backend.simulation.plan import TIMEZONE, PlannedDustSensor
from backend.simulation.web import WebDevice
from tests.support.clock import FakeClock


def at(hour: int, day: int = 24) -> int:
    return round(datetime(2026, 11, day, hour, tzinfo=ZoneInfo(TIMEZONE)).timestamp() * 1000)


def test_there_is_more_in_the_rush_hours_and_less_at_weekends() -> None:
    assert pm25_ug(at(8)) > 2 * pm25_ug(at(3))
    assert pm25_ug(at(8)) > pm25_ug(at(8, day=22)) > pm25_ug(at(3))


async def test_it_is_read_over_http() -> None:
    clock = FakeClock(at(8))
    async with WebDevice(DustSensor(PlannedDustSensor("dust", "D1"), clock).document) as server:
        mapping = Mapping((Source("pm25", "$.air.pm2_5"),), serial="$.serial")
        address = f"http://127.0.0.1:{server.port}/status.json"
        device = Device("es/dust", "es", DeviceKind.SENSOR, {}, address, points=(PM25,), mapping=mapping)
        session = await PullDriver().open(device, clock)
        (reading,) = (await session.poll()).readings
        await session.close()
    assert session.plate.serial == "D1"
    assert reading.value == round(pm25_ug(at(8)), 1)
