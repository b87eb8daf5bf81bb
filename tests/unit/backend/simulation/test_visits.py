"""The town's cars: what the screen of the demo shows from its first second on."""

from collections import Counter
from datetime import date

import pytest

from backend.model.states import ConnectorState
from backend.model.sun import day_bounds_ms
from backend.simulation.charging import Visit, visit_at
from backend.simulation.plan import TIMEZONE
from backend.simulation.script import chargers
from backend.simulation.visits import timetable

DAY = date(2026, 11, 23)
MINUTE_MS = 60_000
OPENING_MS = day_bounds_ms(DAY, TIMEZONE)[0] + (10 * 60 + 30) * MINUTE_MS


def town(seed: int, days: int = 3) -> dict[str, list[Visit]]:
    return {charger.identity: timetable(charger, seed, DAY, days, OPENING_MS) for _, _, charger in chargers()}


def states(visits: dict[str, list[Visit]], at_ms: int) -> Counter[ConnectorState]:
    found = (visit_at(each, 1, at_ms) for each in visits.values())
    return Counter(visit.state(at_ms) if visit else ConnectorState.AVAILABLE for visit in found)


@pytest.mark.parametrize("seed", range(1, 21))
def test_the_opening_shows_a_town_in_the_middle_of_its_day(seed: int) -> None:
    visits = town(seed)
    now = states(visits, OPENING_MS)
    assert now == {ConnectorState.AVAILABLE: 3, ConnectorState.CHARGING: 2, ConnectorState.SUSPENDED_EV: 1}
    begun = [visit.begin_ms for each in visits.values() for visit in each if visit.arrive_ms <= OPENING_MS]
    assert all(OPENING_MS - at_ms > 15 * MINUTE_MS for at_ms in begun)
    assert len({at_ms // MINUTE_MS for at_ms in begun}) == 3


@pytest.mark.parametrize("seed", range(1, 21))
def test_within_minutes_cars_come_and_go(seed: int) -> None:
    visits = town(seed)
    seen = {frozenset(states(visits, OPENING_MS + second * 1000).items()) for second in range(0, 6 * 60, 5)}
    kinds = {state for moment in seen for state, _ in moment}
    assert kinds >= {ConnectorState.PREPARING, ConnectorState.FINISHING, ConnectorState.CHARGING, ConnectorState.AVAILABLE}
    assert len(seen) >= 4


def test_the_same_seed_gives_the_same_town() -> None:
    visits = town(7)
    assert visits == town(7)
    assert visits != town(8)
    assert all(each[-1].leave_ms > OPENING_MS + 30 * 60 * MINUTE_MS for each in visits.values())
