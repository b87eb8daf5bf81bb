"""Since when a connector is in its state, over a restart of ours."""

import numpy as np
import pytest

from backend.drivers.echonet.recall import recall_connector
from backend.model.columns import Columns
from backend.model.states import ChargingState, ConnectorState
from backend.simulation.echonet import PseudoCharger, PseudoNode
from tests.support.clock import FakeClock
from tests.support.echonet import driver, session

NOW_MS = FakeClock().now_ms()
MINUTE_MS = 60_000


class Rows:
    """States as (minutes ago, state); charging is the same number."""

    def __init__(self, *rows: tuple[int, float]) -> None:
        count = len(rows)
        at_ms = np.array([NOW_MS - ago * MINUTE_MS for ago, _ in rows], np.int64)
        zeros = np.zeros(count, np.uint32)
        value = np.array([state for _, state in rows], np.float64)
        self.rows = Columns(np.zeros(count, np.int32), at_ms, value, zeros, np.zeros(count, np.uint8))

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        at_ms = self.rows.at_ms
        return self.rows.take(np.flatnonzero((at_ms >= start_ms) & (at_ms < end_ms)))


@pytest.mark.parametrize(
    ("rows", "since"),
    [
        ([(90, 1.0), (60, 2.0), (30, 2.0)], (ConnectorState.PREPARING, ChargingState.CHARGING, 60)),
        ([(90, 2.0)], (ConnectorState.PREPARING, ChargingState.CHARGING, 90)),
        ([(90, 2.0), (60, float("nan"))], (ConnectorState.PREPARING, ChargingState.CHARGING, 90)),
        ([(3000, 1.0), (2990, 2.0), (30, 2.0)], (ConnectorState.PREPARING, ChargingState.CHARGING, 2990)),
    ],
)
async def test_the_last_change_counts(rows: list[tuple[int, float]], since: tuple[ConnectorState, ChargingState, int]) -> None:
    found = await recall_connector("a/b", NOW_MS, Rows(*rows))
    assert found is not None
    assert (found.state, found.charging, (NOW_MS - found.since_ms) // MINUTE_MS) == since


async def test_nothing_recorded_is_nothing_known() -> None:
    assert await recall_connector("a/b", NOW_MS, Rows()) is None
    assert await recall_connector("a/b", NOW_MS, Rows((30 * 1440, 1.0))) is None


async def test_a_restart_changes_no_state_and_its_age_goes_on() -> None:
    clock = FakeClock()
    async with (
        PseudoNode(PseudoCharger("C1")) as node,
        session(node, "02A1:1", clock, driver(Rows((90, 1.0), (1, 1.0)))) as opened,
    ):
        report = await opened.poll()
    assert report.events == ()
    assert [NOW_MS - each.since_ms for each in report.connectors] == [90 * MINUTE_MS]
