"""Chargers that were sent away are found by what was recorded of them, each once."""

from collections.abc import Sequence
from typing import cast

from backend.drivers.contract import Area, Found
from backend.drivers.memory import Memory
from backend.drivers.ocpp.knocking import LOOK_BACK_MS, KnockingScanner
from backend.model.device import DeviceKind
from backend.model.event import Event, EventKind
from tests.support.clock import FakeClock


def refused(at_ms: int, claimed: str, **data: str) -> Event:
    return Event(at_ms, EventKind.DEVICE_REFUSED, "node", {"claimed": claimed, "peer": "192.0.2.9", **data})


class Recorded:
    def __init__(self, *events: Event) -> None:
        self._events = sorted(events, key=lambda event: -event.at_ms)

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        return [event for event in self._events if start_ms <= event.at_ms < end_ms and event.subject == subject]


async def test_each_identity_once_with_its_last_knock() -> None:
    clock = FakeClock()
    now_ms = clock.now_ms()
    memory = Recorded(
        refused(now_ms - 5000, "CP-01", certificate=""),
        refused(now_ms - 1000, "CP-01", certificate=""),
        refused(now_ms - 2000, "CP-02", certificate="x"),
        refused(now_ms - 2000, "no such/identity", certificate=""),
        refused(now_ms - 2000, "", certificate=""),
        refused(now_ms - 2000, "roof-sensor"),
        refused(now_ms - LOOK_BACK_MS - 1, "CP-old", certificate=""),
        Event(now_ms - 10, EventKind.MALFORMED, "node", {"certificate": "", "claimed": "CP-03"}),
    )
    told: list[Found] = []
    await KnockingScanner(cast("Memory", memory), clock).scan(Area(), told.append, lambda done, total: None)
    assert told == [
        Found("ocpp://CP-01", kind=DeviceKind.CHARGER, seen_ms=now_ms - 1000),
        Found("ocpp://CP-02", kind=DeviceKind.CHARGER, seen_ms=now_ms - 2000),
    ]


async def test_without_a_node_nobody_knocked() -> None:
    told: list[Found] = []
    await KnockingScanner(None, FakeClock()).scan(Area(), told.append, lambda done, total: None)
    assert told == []
