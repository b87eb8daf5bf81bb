"""What a well equipped school adds to the made-up town: a weather station, a battery, a meter, and two years of days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from app.kit.bridge.snapshot import PointTrace, SiteHistory, Snapshot
from backend.model.device import Device, DeviceKind, DeviceStatus
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import Connectivity
from tests.support.snapshots import MINUTE_MS, Scenery

QUARTER_MS = 900_000
AIR = {
    "derived/wbgt": 14.2,
    "roof/ambient_temperature": 16.4,
    "roof/humidity": 48.0,
    "roof/co2": 612.0,
    "roof/pm25": 8.3,
    "roof/irradiance": 655.0,
    "roof/wind_speed": 2.4,
}
SWING = {
    "wbgt": 3.5,
    "ambient_temperature": 5.0,
    "humidity": 18.0,
    "co2": 180.0,
    "pm25": 6.0,
    "irradiance": 655.0,
    "wind_speed": 2.2,
}
DEVICES = (
    Device("aoba/meter", "aoba", DeviceKind.METER, {"ja": "受電メーター", "en": "Grid meter"}, "echonet://192.0.2.12"),
    Device("aoba/battery", "aoba", DeviceKind.BATTERY, {"ja": "蓄電池", "en": "Battery"}, "echonet://192.0.2.13"),
)


def equipped(
    snapshot: Snapshot,
    scenery: Scenery = Scenery.LIVE,
    wbgt: float = AIR["derived/wbgt"],
    flows: Mapping[str, float] | None = None,
) -> Snapshot:
    """The same town with everything that the scenes Environment, History and Energy flow can show."""
    devices = {**snapshot.devices, **{device.key: device for device in DEVICES}}
    snapshot = replace(snapshot, devices=devices)
    if scenery is Scenery.EMPTY:
        return snapshot
    at_ms = snapshot.now_ms - 3_000
    seen = {key: DeviceStatus(key, Connectivity.CONNECTED, at_ms - 86_400_000, at_ms) for key in devices}
    air = {f"aoba/{key}": value for key, value in {**AIR, "derived/wbgt": wbgt}.items()}
    power = {f"aoba/derived/{name}": watts for name, watts in (flows or balance(_generation(snapshot, scenery))).items()}
    latest = {key: Reading(key, at_ms, value) for key, value in {**air, **power, "aoba/battery/soc": 64.0}.items()}
    snapshot = replace(
        snapshot,
        statuses={**seen, **snapshot.statuses},
        latest={**snapshot.latest, **latest},
        traces={key: trace(key, value, snapshot.now_ms) for key, value in air.items()},
        history={"aoba": history(date(2026, 11, 23))},
    )
    return _aged(snapshot, scenery)


def balance(
    generation_w: float, battery_w: float = -3_040.0, cars_w: float = 5_860.0, grid_w: float = -1_270.0
) -> dict[str, float]:
    """What a node derives: the building takes what is left."""
    load_w = generation_w + grid_w + battery_w - cars_w
    if load_w < 1_000.0:
        grid_w, load_w = grid_w + 6_000.0 - load_w, 6_000.0
    return {
        "generation_power": generation_w,
        "grid_power": grid_w,
        "battery_power": battery_w,
        "charging_power": cars_w,
        "load_power": load_w,
        "self_sufficiency": 100.0 * min(1.0, generation_w / (load_w + cars_w)),
    }


def _generation(snapshot: Snapshot, scenery: Scenery) -> float:
    reading = snapshot.latest.get("aoba/pv1/ac_power")
    return 0.0 if scenery is Scenery.NIGHT or reading is None or reading.value is None else reading.value


def trace(key: str, newest: float, now_ms: int) -> PointTrace:
    """A day that ends at the newest value; of fine dust three hours are missing."""
    at_ms = now_ms // QUARTER_MS * QUARTER_MS - QUARTER_MS // 2 - QUARTER_MS * np.arange(95, -1, -1, dtype=np.int64)
    name = key.rpartition("/")[2]
    hours = (now_ms - at_ms) / 3_600_000
    value = newest - SWING[name] * (1 - np.cos(hours / 24 * 2 * np.pi)) / 2 + SWING[name] * 0.08 * np.sin(hours * 2.3)
    known = (hours < 9) | (hours > 12) if name == "pm25" else np.ones(len(hours), np.bool_)
    floor = 0.0 if name in ("irradiance", "wind_speed", "pm25") else -100.0
    return PointTrace(at_ms[known], np.maximum(value, floor)[known])


def history(today: date, first_known: date = date(2025, 4, 1)) -> SiteHistory:
    """Days with weather and seasons; two days of this November are missing, of two a part is known."""
    first = date(today.year - 1, 1, 1)
    days = [first + timedelta(days=n) for n in range((today - first).days)]
    number = np.arange(len(days))
    season = 62.0 + 26.0 * np.sin((number - 80) / 365.25 * 2 * np.pi)
    weather = 0.62 + 0.38 * np.sin(number * 1.7) * np.sin(number * 0.61 + 1.0)
    energy = np.where([day >= first_known for day in days], season * weather * 1_000.0, np.nan)
    complete = ~np.isnan(energy)
    for day in (9, 10):
        energy[days.index(date(2026, 11, day))] = np.nan
    for day in (9, 10, 14, 17):
        complete[days.index(date(2026, 11, day))] = False
    return SiteHistory(first, energy, complete)


def _aged(snapshot: Snapshot, scenery: Scenery) -> Snapshot:
    match scenery:
        case Scenery.STALE:
            roof = _roof(snapshot, 4 * MINUTE_MS)
            return _derived(roof, Quality.UNCERTAIN_LAST_USABLE_VALUE, ("generation_power", "load_power"), 4 * MINUTE_MS)
        case Scenery.OFFLINE:
            roof = _roof(snapshot, 62 * MINUTE_MS)
            return _derived(roof, Quality.BAD_NO_COMMUNICATION, ("generation_power", "load_power"), 62 * MINUTE_MS)
        case Scenery.SILENT:
            seen_ms = snapshot.node_seen_ms or 0
            latest = {key: reading._replace(at_ms=min(reading.at_ms, seen_ms)) for key, reading in snapshot.latest.items()}
            return replace(snapshot, latest=latest)
        case Scenery.FAULTY:
            doubtful = _derived(snapshot, Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, ("generation_power", "load_power", "wbgt"), 0)
            key = "aoba/roof/pm25"
            return replace(
                doubtful, latest={**doubtful.latest, key: doubtful.latest[key]._replace(quality=Quality.BAD_SENSOR_FAILURE)}
            )
        case _:
            return snapshot


def _roof(snapshot: Snapshot, for_ms: int) -> Snapshot:
    """The weather station is lost."""
    seen_ms = snapshot.now_ms - for_ms
    latest = {
        key: reading._replace(at_ms=seen_ms) if key.startswith("aoba/roof/") or key.endswith("/wbgt") else reading
        for key, reading in snapshot.latest.items()
    }
    status = DeviceStatus("aoba/roof", Connectivity.LOST, seen_ms, seen_ms)
    return replace(snapshot, latest=latest, statuses={**snapshot.statuses, "aoba/roof": status})


def _derived(snapshot: Snapshot, quality: Quality, names: tuple[str, ...], for_ms: int) -> Snapshot:
    """Derived values are as good as the worst of what they come from."""
    latest = dict(snapshot.latest)
    for name in names:
        key = f"aoba/derived/{name}"
        value = None if quality.is_bad else latest[key].value
        latest[key] = latest[key]._replace(at_ms=snapshot.now_ms - 3_000 - for_ms, quality=quality, value=value)
    return replace(snapshot, latest=latest)
