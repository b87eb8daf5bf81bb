"""Silent, back, caught up: what a parent tells of its children."""

from backend.model.event import Event, EventKind
from backend.model.sync import ChildStatus
from backend.store.exchange import Incoming
from backend.sync.children import Children
from backend.wire.batch import unseal
from tests.support.clock import FakeClock
from tests.support.exchange import Sealer

SILENT_S = 120.0


def took(children: Children, sealer: Sealer, readings: int, sealed_ms: int) -> None:
    sealer.at_ms = sealed_ms - 1000 * readings
    signed = sealer.seal(readings).signed
    children.took(sealer.node, [Incoming(unseal(signed.body), signed)])


def facts(event: Event) -> tuple[EventKind, str, dict[str, object]]:
    return event.kind, event.subject, dict(event.data)


def test_a_child_that_sends_nothing_for_too_long_is_silent_once() -> None:
    clock = FakeClock()
    children = Children(clock, SILENT_S)
    assert children.heard("school", 0) == []
    last = clock.now_ms()
    clock.advance(SILENT_S - 1)
    assert children.look() == []
    clock.advance(2)
    (told,) = children.look()
    assert facts(told) == (EventKind.CHILD_SILENT, "node:school", {"since_ms": last})
    clock.advance(1000)
    assert children.look() == []
    assert children.statuses == (ChildStatus("school", last, True, 0, 0),)


def test_a_jump_of_the_wall_clock_makes_nobody_silent() -> None:
    clock = FakeClock()
    children = Children(clock, SILENT_S)
    children.heard("school", 0)
    clock.jump(10 * 86_400)
    assert children.look() == []


def test_a_question_alone_keeps_a_child_from_being_silent() -> None:
    clock = FakeClock()
    children = Children(clock, SILENT_S)
    children.heard("school", 0)
    for _ in range(10):
        clock.advance(SILENT_S / 2)
        assert children.heard("school", None) == []
        assert children.look() == []


def outage(recovered: int, late: int) -> list[Event]:
    """A child that sends a reading a second, is silent for 1000 s, and then brings so many of that time."""
    clock, sealer = FakeClock(), Sealer()
    children = Children(clock, SILENT_S)
    for _ in range(360):
        clock.advance(10)
        children.heard("school", 0)
        took(children, sealer, 10, clock.now_ms())
    clock.advance(500)
    events = children.look()
    clock.advance(500)
    events += children.heard("school", late)
    took(children, sealer, 5, clock.now_ms() + 1)
    took(children, sealer, recovered, clock.now_ms() - 100_000)
    clock.advance(5)
    return events + children.heard("school", 0)


def test_a_child_that_comes_back_and_brings_everything_has_recovered_all() -> None:
    silent, back, whole = outage(recovered=1000, late=1000)
    since_ms = silent.data["since_ms"]
    assert facts(back) == (EventKind.CHILD_BACK, "node:school", {"since_ms": since_ms, "late": 1000})
    assert whole.kind is EventKind.CHILD_CAUGHT_UP
    assert (whole.data["since_ms"], whole.data["to_ms"]) == (since_ms, back.at_ms)
    assert float(str(whole.data["recovered"])) > 0.99


def test_a_child_that_was_off_for_half_of_the_time_has_recovered_half() -> None:
    *_, whole = outage(recovered=500, late=500)
    assert 0.4 < float(str(whole.data["recovered"])) < 0.65


def test_a_child_that_was_off_altogether_has_recovered_nothing() -> None:
    *_, whole = outage(recovered=0, late=0)
    assert whole.kind is EventKind.CHILD_CAUGHT_UP
    assert whole.data["recovered"] == 0.0


def test_a_child_is_not_caught_up_while_something_is_late() -> None:
    clock = FakeClock()
    children = Children(clock, SILENT_S)
    children.heard("school", 0)
    clock.advance(SILENT_S)
    children.look()
    assert [event.kind for event in children.heard("school", 700)] == [EventKind.CHILD_BACK]
    assert children.heard("school", 300) == []
    assert [event.kind for event in children.heard("school", 0)] == [EventKind.CHILD_CAUGHT_UP]
    assert children.heard("school", 0) == []


def test_who_was_known_before_the_start_is_waited_for() -> None:
    clock = FakeClock()
    children = Children(clock, SILENT_S, [ChildStatus("school", 5, False, 3, 1), ChildStatus("north", 6, True, 0, 0)])
    assert children.look() == []
    clock.advance(SILENT_S)
    (told,) = children.look()
    assert facts(told) == (EventKind.CHILD_SILENT, "node:school", {"since_ms": 5})
    (back, caught_up) = children.heard("north", 0)
    assert facts(back) == (EventKind.CHILD_BACK, "node:north", {"since_ms": 6, "late": 0})
    assert caught_up.kind is EventKind.CHILD_CAUGHT_UP
