"""The air of the pretended classroom, as its sensor tells it over ECHONET Lite."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.simulation.classroom import OUTSIDE_PPM, ClassroomSensor, co2_ppm
from backend.simulation.echonet import PseudoNode
from backend.simulation.plan import TIMEZONE, PlannedClassroom
from tests.support.clock import FakeClock
from tests.support.echonet import session, told


def at(day: int, hour: int, minute: int) -> int:
    return round(datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(TIMEZONE)).timestamp() * 1000)


def test_air_gets_stale_in_lessons_and_fresh_in_breaks() -> None:
    night, first, end, after, evening = (co2_ppm(at(24, *when)) for when in ((3, 0), (8, 50), (9, 29), (9, 39), (18, 0)))
    assert night == OUTSIDE_PPM
    assert OUTSIDE_PPM < first < end
    assert after < end
    assert round(evening) == OUTSIDE_PPM
    assert 900 < max(co2_ppm(at(24, 8, 0) + minute * 60_000) for minute in range(600)) < 1300


def test_at_weekends_nobody_breathes_there() -> None:
    assert {co2_ppm(at(28, hour, 0)) for hour in range(24)} == {OUTSIDE_PPM}


async def test_the_sensor_tells_the_present() -> None:
    clock = FakeClock(at(24, 9, 20))
    async with (
        PseudoNode(ClassroomSensor(PlannedClassroom("room", "R1"), clock)) as node,
        session(node, "001B:1", clock) as opened,
    ):
        assert told((await opened.poll()).readings) == {"co2": round(co2_ppm(clock.now_ms()))}
        clock.advance(600)
        assert told((await opened.poll()).readings) == {"co2": round(co2_ppm(clock.now_ms()))}
        assert opened.plate.serial == "R1"
