"""A charging session out of its events."""

import pytest

from backend.model.event import Event, EventKind, EventValue
from backend.model.session import INTERRUPTIONS, Ending, ending_of, is_superseded, session_of


def event(kind: EventKind, at_ms: int, **data: EventValue) -> Event:
    return Event(at_ms, kind, "hall/ev", {"transaction": "t", **data})


@pytest.mark.parametrize(
    ("kind", "reason", "ending"),
    [
        (EventKind.SESSION_STOPPED, "Local", Ending.COMPLETE),
        (EventKind.SESSION_STOPPED, "EVDisconnected", Ending.COMPLETE),
        (EventKind.SESSION_STOPPED, "PowerLoss", Ending.INTERRUPTED),
        (EventKind.SESSION_STOPPED, "", Ending.COMPLETE),
        (EventKind.SESSION_INTERRUPTED, "", Ending.INTERRUPTED),
    ],
)
def test_how_it_ended(kind: EventKind, reason: str, ending: Ending) -> None:
    assert ending_of(kind, reason) is ending


def test_every_interruption_is_a_word_of_ocpp() -> None:
    from ocpp.v16.enums import Reason
    from ocpp.v21.enums import ReasonEnumType
    from ocpp.v201.enums import ReasonEnumType as Reason201

    assert {str(each.value) for each in (*Reason, *Reason201, *ReasonEnumType)} >= INTERRUPTIONS


def test_an_end_that_fell_below_its_start_has_no_energy() -> None:
    assert session_of(event(EventKind.SESSION_STOPPED, 9, start_wh=500.0, meter_wh=10.0)).energy_wh is None


def test_a_start_that_came_later_is_taken_from_its_own_event() -> None:
    start = event(EventKind.SESSION_STARTED, 3, meter_wh=100.0, connector=2)
    other = Event(1, EventKind.SESSION_STARTED, "hall/ev", {"transaction": "u", "meter_wh": 0.0})
    session = session_of(event(EventKind.SESSION_STOPPED, 9, meter_wh=150.0, connector=None), (other, start))
    assert (session.started_ms, session.energy_wh, session.connector) == (3, 50.0, 2)


def test_an_end_that_came_after_all_counts() -> None:
    given_up = event(EventKind.SESSION_INTERRUPTED, 5)
    assert is_superseded(given_up, [event(EventKind.SESSION_STOPPED, 4)])
    assert not is_superseded(given_up, [given_up, Event(4, EventKind.SESSION_STOPPED, "hall/ev", {"transaction": "u"})])
