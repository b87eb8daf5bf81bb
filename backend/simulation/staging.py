"""The past that a demo's node is given, from the same sky as its present."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.drivers.sunspec.tables import INVERTER
from backend.model.columns import Columns
from backend.model.point import Point
from backend.model.quality import Flag
from backend.model.staging import BulkSink, Staging
from backend.model.sun import day_bounds_ms
from backend.simulation.flows import flows_of
from backend.simulation.generation import Generation
from backend.simulation.past import columns_of, minutes_of, points_of
from backend.simulation.plan import TIMEZONE
from backend.simulation.script import EARLIER_DAYS, Script, inverters, metered
from backend.simulation.weather import Weather

_POWER, _ENERGY = (next(row.spec for row in INVERTER.rows if row.path == path) for path in ("W", "WH"))
_HOUR_MS = 3_600_000
_STEP_MS = 15_000
"""As close together as readings must be to stand for the whole time between them."""


def staging_of(path: Path) -> Staging:
    """The staging of a script's node."""
    script = Script.read(path)

    async def history(sink: BulkSink) -> None:
        await fill_history(script, sink)

    return Staging(script.clock, history)


async def fill_history(script: Script, sink: BulkSink) -> None:
    """All that is known of the past, from two days before until the demo begins: inverters, and the sites with a meter."""
    first_day = script.first_day - timedelta(days=EARLIER_DAYS)
    weather = Weather(Path(script.pattern), script.seed, script.first_day)
    sources = {key: Generation(weather, site, planned, first_day) for key, site, planned in inverters()}
    flows = flows_of(script, weather)
    sites = [site for _, site, *_ in metered()]
    power = [Point(key, spec) for key in sources for spec in (_POWER, _ENERGY)]
    await sink.declare([*power, *(point for site in sites for point in points_of(site))])
    numbers = sink.numbers()
    for number in range(EARLIER_DAYS + 1):
        day = first_day + timedelta(days=number)
        start_ms, end_ms = day_bounds_ms(day, TIMEZONE)
        minutes = [minutes_of(site, weather.day(site, day), flows[site.key].day(day)) for site in sites]
        for hour_ms in range(start_ms, min(end_ms, script.clock.node_ms), _HOUR_MS):
            until_ms = min(hour_ms + _HOUR_MS, script.clock.node_ms)
            at_ms = np.arange(hour_ms, until_ms, _STEP_MS, dtype=np.int64)
            hour = [_hour(numbers, key, each, at_ms) for key, each in sources.items()]
            hour += [columns_of(series, numbers, start_ms, hour_ms, until_ms) for series in minutes]
            await sink.accept_columns(Columns.concatenate(hour))


def _hour(numbers: Mapping[str, int], key: str, source: Generation, at_ms: NDArray[np.int64]) -> Columns:
    power_w, energy_wh = source.series(at_ms)
    count = len(at_ms)
    point = np.repeat(np.array([numbers[f"{key}/{_POWER.name}"], numbers[f"{key}/{_ENERGY.name}"]], np.int32), count)
    value = np.concatenate((np.round(power_w), np.floor(energy_wh)))
    flags = np.full(2 * count, Flag.BACKFILLED, np.uint8)
    return Columns(point, np.tile(at_ms, 2), value, np.zeros(2 * count, np.uint32), flags)
