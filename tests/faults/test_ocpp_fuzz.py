"""Whatever a charger of any version sends: nothing escapes, nothing hangs, and a good frame after each is answered.

Long form: ``pytest tests/faults/test_ocpp_fuzz.py --n 100000``, so many for the three versions together.
"""

import asyncio
import json
import random
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from backend.drivers.ocpp.dialects import DIALECTS
from backend.model.delivery import Delivery
from backend.model.event import EventKind
from tests.support.charge_point import Bare, calling, charger, serving
from tests.support.clock import FakeClock
from tests.support.ocpp_frames import Spoiler
from tests.support.sink import RecordingSink

SHORT = 1500
LONGEST_S = 1.0
"""Of our own computing, for one input and the good frame after it: what other programs take does not count."""
STUCK_S = 20.0


class Tally(RecordingSink):
    """Counts, keeps nothing, and looks whether every reading's point was made known."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = 0
        self.malformed = 0
        self.strays: set[str] = set()

    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        self.taken += len(delivery.readings)
        self.malformed += sum(event.kind is EventKind.MALFORMED for event in delivery.events)
        self.strays |= {reading.point for reading in delivery.readings} - self.points.keys()
        json.dumps([event.data for event in delivery.events])
        return self._done()


async def good_frame_is_answered(cp: Bare, number: int) -> None:
    """What is answered before it, is to the input."""
    await cp.raw(json.dumps([2, f"good{number}", "Heartbeat", {}]))
    while True:
        answer: list[Any] = json.loads(await cp.socket.recv())
        assert "InternalError" not in answer, answer
        if answer[1] == f"good{number}":
            assert answer[0] == 3
            return


@pytest.mark.parametrize("protocol", list(DIALECTS))
async def test_spoilt_frames_hurt_nothing(protocol: str, times: int | None, seed: int) -> None:
    wanted = (times or SHORT) // len(DIALECTS) + 1
    escaped: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
    spoiler, clock, sink = Spoiler(protocol, random.Random(seed)), FakeClock(), Tally()
    slowest_s = 0.0
    with capture_logs() as logs:
        async with serving(sink, [charger()], clock=clock) as url, calling(url, subprotocols=[protocol]) as cp:
            for number in range(wanted):
                data, began_s = spoiler.frame(), time.process_time()
                async with asyncio.timeout(STUCK_S):
                    await cp.raw(data.decode("utf-8", "replace"))
                    await good_frame_is_answered(cp, number)
                slowest_s = max(slowest_s, time.process_time() - began_s)
                clock.advance(1)
    print(f"{protocol}: {wanted} inputs, slowest {slowest_s * 1000:.0f} ms, {sink.taken} readings")  # noqa: T201 - with -rP
    assert escaped == []
    assert [log for log in logs if log["log_level"] in {"error", "critical"}] == []
    assert sink.strays == set()
    assert slowest_s < LONGEST_S
    assert sink.taken > 0
    assert sink.malformed > 0
