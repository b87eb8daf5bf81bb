"""What a charger's connector was before a restart of ours: since when it is in its state must not begin anew."""

from typing import Final

import numpy as np

from backend.drivers.contract import Recorded
from backend.drivers.echonet.halfhours import DAY_MS
from backend.drivers.echonet.tables.charging import CHARGING, STATE
from backend.model.columns import Columns
from backend.model.device import ConnectorStatus
from backend.model.states import ChargingState, ConnectorState

_LOOK_BACK_DAYS: Final = 7


async def recall_connector(device: str, now_ms: int, recorded: Recorded) -> ConnectorStatus | None:
    """As it was recorded last, or None where it was not within a week."""
    rows = [await _day(f"{device}/{STATE.name}", now_ms, back, recorded) for back in range(_LOOK_BACK_DAYS, 0, -1)]
    times = np.concatenate([each.at_ms for each in rows])
    states = np.concatenate([each.value for each in rows])
    times, states = times[np.isfinite(states)], states[np.isfinite(states)]
    if not len(states):
        return None
    changes = np.flatnonzero(np.diff(states))
    since_ms = int(times[changes[-1] + 1]) if len(changes) else int(times[0])
    charging = await recorded.raw(f"{device}/{CHARGING.name}", int(times[-1]), int(times[-1]) + 1)
    last = charging.value[-1:][np.isfinite(charging.value[-1:])]
    return ConnectorStatus(
        device, 1, ConnectorState(int(states[-1])), since_ms, ChargingState(int(last[0])) if len(last) else ChargingState.NONE
    )


async def _day(key: str, now_ms: int, back: int, recorded: Recorded) -> Columns:
    return await recorded.raw(key, now_ms - back * DAY_MS, now_ms - (back - 1) * DAY_MS)
