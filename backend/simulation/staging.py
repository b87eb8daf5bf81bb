"""The past that a demo's node is given, from the same sky as its present."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from backend.drivers.sunspec.tables import INVERTER
from backend.model.delivery import Delivery, Sink
from backend.model.point import Point, PointSpec
from backend.model.quality import Flag, Quality
from backend.model.reading import Reading
from backend.model.staging import Staging
from backend.simulation.generation import Generation
from backend.simulation.plan import TIMEZONE
from backend.simulation.script import EARLIER_DAYS, Script, inverters
from backend.simulation.weather import STEP_MS, Weather

_SPECS: dict[str, PointSpec] = {row.spec.name: row.spec for row in INVERTER.rows}
_STEPS_AT_ONCE = 30


def staging_of(path: Path) -> Staging:
    """The staging of a script's node."""
    script = Script.read(path)

    async def history(sink: Sink) -> None:
        await fill_history(script, sink)

    return Staging(script.clock, history)


async def fill_history(script: Script, sink: Sink) -> None:
    """Power and register of every inverter per minute, from two days before until the demo begins."""
    first_day = script.first_day - timedelta(days=EARLIER_DAYS)
    weather = Weather(Path(script.pattern), script.seed, script.first_day)
    sources = {key: Generation(weather, site, planned, first_day) for key, site, planned in inverters()}
    await sink.declare([Point(key, _SPECS[name]) for key in sources for name in ("ac_power", "ac_energy")])
    start_ms = round(datetime.combine(first_day, datetime.min.time(), ZoneInfo(TIMEZONE)).timestamp() * 1000)
    for block_ms in range(start_ms, script.clock.node_ms, _STEPS_AT_ONCE * STEP_MS):
        end_ms = min(block_ms + _STEPS_AT_ONCE * STEP_MS, script.clock.node_ms)
        readings = tuple(_readings(sources, range(block_ms, end_ms, STEP_MS)))
        await sink.accept(Delivery(readings, urgent=True))


def _readings(sources: dict[str, Generation], instants: range) -> Iterator[Reading]:
    for key, source in sources.items():
        for at_ms in instants:
            yield Reading(f"{key}/ac_power", at_ms, round(source.power_w(at_ms)), Quality.GOOD, Flag.BACKFILLED)
            yield Reading(f"{key}/ac_energy", at_ms, int(source.energy_wh(at_ms)), Quality.GOOD, Flag.BACKFILLED)
