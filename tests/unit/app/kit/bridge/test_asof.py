"""A picture of the past tells nothing of what came later."""

from app.kit.bridge.asof import snapshot_at
from backend.model.device import ConnectorStatus
from backend.model.reading import Reading
from backend.model.states import ConnectorState
from tests.support.reader import FakeReader

THEN_MS = 1_795_401_720_000
HOUR_MS = 3_600_000


async def charging(since_ms: int, session_ms: int) -> ConnectorStatus:
    status = ConnectorStatus("s/ev1", 1, ConnectorState.CHARGING, since_ms, session_since_ms=session_ms, session_start_wh=5.0)
    reader = FakeReader(known_connectors=[status])
    reader.commit(Reading("s/ev1/connector1.power", THEN_MS + HOUR_MS, 1.0))
    return (await snapshot_at(reader, THEN_MS)).connectors[0]


async def test_a_session_that_began_before_is_told_as_it_was():
    found = await charging(THEN_MS - HOUR_MS, THEN_MS - HOUR_MS)
    assert found.session_since_ms == THEN_MS - HOUR_MS


async def test_a_session_that_began_later_is_not_told():
    found = await charging(THEN_MS - HOUR_MS, THEN_MS + 60_000)
    assert (found.session_since_ms, found.session_start_wh) == (None, None)
    assert (await charging(THEN_MS + 60_000, THEN_MS + 60_000)).state is ConnectorState.UNKNOWN
