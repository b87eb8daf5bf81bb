"""Operators' commands: nothing is sent that is not recorded, nothing recorded stays without an end."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from backend.collector.desk import Desk
from backend.model.command import CommandKind, Order, Verdict
from backend.model.delivery import Delivery, StorageError
from backend.model.event import Event, EventKind
from tests.support.clock import FakeClock
from tests.support.sink import RecordingSink

ORDER = Order("hall/ev", CommandKind.RESET, "soft", None, "tanaka")


class Teller:
    def __init__(self, verdict: Verdict = Verdict.ACCEPTED, word: str = "Accepted") -> None:
        self.told: list[Order] = []
        self._answer = verdict, word

    async def command(self, order: Order, sent: Callable[[], None]) -> tuple[Verdict, str]:
        self.told.append(order)
        if self._answer[0] is not Verdict.OFFLINE:
            sent()
        return self._answer


async def test_each_step_is_recorded_with_who_asked() -> None:
    sink, teller = RecordingSink(), Teller()
    desk = Desk(sink, FakeClock())
    desk.attend({"hall/ev": teller})
    receipt = await desk.command(ORDER)
    assert (receipt.verdict, receipt.word, receipt.order) == (Verdict.ACCEPTED, "Accepted", ORDER)
    assert [event.kind for event in sink.events] == [
        EventKind.COMMAND_ASKED,
        EventKind.COMMAND_SENT,
        EventKind.COMMAND_ANSWERED,
    ]
    assert {event.data["number"] for event in sink.events} == {receipt.number}
    assert {event.data["by"] for event in sink.events} == {"tanaka"}
    assert all(delivery.urgent for delivery in sink.deliveries)


@pytest.mark.parametrize("verdict", [Verdict.OFFLINE, Verdict.REFUSED, Verdict.TIMED_OUT])
async def test_whatever_becomes_of_it_is_recorded(verdict: Verdict) -> None:
    sink = RecordingSink()
    desk = Desk(sink, FakeClock())
    desk.attend({"hall/ev": Teller(verdict, "")})
    assert (await desk.command(ORDER)).verdict is verdict
    assert sink.events[-1].data["verdict"] == verdict.value
    assert (EventKind.COMMAND_SENT in [event.kind for event in sink.events]) == (verdict is not Verdict.OFFLINE)


async def test_a_device_that_nobody_speaks_to_is_unsupported() -> None:
    sink = RecordingSink()
    assert (await Desk(sink, FakeClock()).command(ORDER)).verdict is Verdict.UNSUPPORTED
    assert sink.events[-1].kind is EventKind.COMMAND_ANSWERED


class FullSink(RecordingSink):
    def accept(self, delivery: Delivery) -> "asyncio.Future[None]":
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        failed.set_exception(StorageError("disk full"))
        return failed


async def test_what_cannot_be_recorded_is_not_sent() -> None:
    teller = Teller()
    desk = Desk(FullSink(), FakeClock())
    desk.attend({"hall/ev": teller})
    with pytest.raises(StorageError):
        await desk.command(ORDER)
    assert teller.told == []


class Past:
    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    async def events(self, start_ms: int, end_ms: int, subject: str | None = None, limit: int = 1000) -> Sequence[Event]:
        return [event for event in reversed(self._events) if start_ms <= event.at_ms < end_ms][:limit]


async def test_what_a_restart_cut_short_gets_its_end() -> None:
    clock = FakeClock()

    def event(kind: EventKind, number: str) -> Event:
        return Event(clock.now_ms() - 1000, kind, "hall/ev", {"number": number, "command": "reset", "by": "tanaka"})

    past = Past(
        [
            event(EventKind.COMMAND_ASKED, "a"),
            event(EventKind.COMMAND_ANSWERED, "a"),
            event(EventKind.COMMAND_ASKED, "b"),
            event(EventKind.COMMAND_SENT, "b"),
        ]
    )
    sink = RecordingSink()
    await Desk(sink, clock).close_open_ones(past)
    (closed,) = sink.events
    assert (closed.kind, closed.subject, closed.data["number"]) == (EventKind.COMMAND_ANSWERED, "hall/ev", "b")
    assert (closed.data["verdict"], closed.data["by"]) == ("unknown", "tanaka")
