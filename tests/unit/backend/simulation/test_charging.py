"""A car at a charger, by the clock alone."""

import pytest

from backend.model.states import ConnectorState
from backend.simulation.charging import Visit

NOON_MS = 1_795_401_720_000
HOUR_MS = 3_600_000
VISIT = Visit(1, NOON_MS, NOON_MS + 8 * HOUR_MS, 6000.0, battery_wh=40_000, start_soc=0.5)


def test_energy_is_the_sum_of_power() -> None:
    step_ms = 1000
    total_wh = sum(VISIT.power_w(at) for at in range(VISIT.begin_ms, NOON_MS + 4 * HOUR_MS, step_ms)) * step_ms / HOUR_MS
    assert VISIT.energy_wh(NOON_MS + 4 * HOUR_MS) == pytest.approx(total_wh, rel=1e-3)


def test_it_is_constant_then_slows_down_and_never_overfills() -> None:
    powers = [VISIT.power_w(VISIT.begin_ms + hours * HOUR_MS // 4) for hours in range(28)]
    assert powers[0] == powers[7] == 6000
    assert powers == sorted(powers, reverse=True)
    assert VISIT.soc(VISIT.leave_ms) <= 1.0
    assert VISIT.energy_wh(VISIT.leave_ms + HOUR_MS) == VISIT.energy_wh(VISIT.leave_ms)


@pytest.mark.parametrize(
    ("offset_s", "state"),
    [
        (-1, ConnectorState.AVAILABLE),
        (0, ConnectorState.PREPARING),
        (20, ConnectorState.CHARGING),
        (7 * 3600, ConnectorState.SUSPENDED_EV),
        (8 * 3600 - 15, ConnectorState.FINISHING),
        (8 * 3600, ConnectorState.AVAILABLE),
    ],
)
def test_states(offset_s: int, state: ConnectorState) -> None:
    assert VISIT.state(NOON_MS + offset_s * 1000) is state


def test_a_full_battery_takes_nothing() -> None:
    full = Visit(1, NOON_MS, NOON_MS + HOUR_MS, 6000.0, start_soc=1.0)
    assert full.energy_wh(NOON_MS + HOUR_MS) <= 1
    assert full.state(NOON_MS + HOUR_MS // 2) is ConnectorState.SUSPENDED_EV
