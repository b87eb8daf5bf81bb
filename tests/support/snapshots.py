"""A made-up town as faces see it: one school with panels, a city hall and their chargers, in every state a screen can be in."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from app.kit.bridge.snapshot import SiteDay, Snapshot
from backend.model.device import ConnectorPlate, ConnectorStatus, Device, DeviceKind, DeviceStatus
from backend.model.kiosk import KioskPlan
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.site import Array, Co2Wording, Factor, Factors, Place, Site
from backend.model.states import ChargingState, Connectivity, ConnectorState, DeviceHealth
from backend.model.sun import day_bounds_ms, elevation_deg

ZONE = "Asia/Tokyo"
NOON = "2026-11-23T11:42:07+09:00"
NIGHT = "2026-11-23T20:15:00+09:00"
MINUTE_MS = 60_000
PLACE = Place(35.68, 139.69, 40.0)
FACTORS = Factors(
    co2=Factor(0.431, "kg-CO2/kWh", "2024", {"ja": "環境省", "en": "Ministry of the Environment"}, "basic"),
    cedar=Factor(8.8, "kg-CO2/year", "2023", {"ja": "林野庁", "en": "Forestry Agency"}),
    household=Factor(10.7, "kWh/day", "2023", {"ja": "環境省", "en": "Ministry of the Environment"}),
)


class Scenery(StrEnum):
    """The states every scene is designed for."""

    LIVE = "live"
    STALE = "stale"
    """Values a few minutes old, link lost."""
    OFFLINE = "offline"
    """Devices silent for an hour."""
    SILENT = "silent"
    """The node itself has stopped writing."""
    FAULTY = "faulty"
    NIGHT = "night"
    EMPTY = "empty"
    """Registered, never heard of."""


def at(text: str) -> int:
    """UTC milliseconds of an ISO time with offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def school(wording: Co2Wording = Co2Wording.SELF_USE) -> Site:
    """The site whose screen it is."""
    names = {"ja": "あおば小学校", "en": "Aoba Elementary School"}
    return Site("aoba", names, PLACE, ZONE, Array(20.0), wording, FACTORS)


def city_hall() -> Site:
    """Another site of the town."""
    return Site("cityhall", {"ja": "市役所", "en": "City Hall"}, PLACE, ZONE)


def plan(languages: tuple[str, ...] = ("ja", "en"), site: str = "aoba") -> KioskPlan:
    """A screen as it hangs in a lobby."""
    return KioskPlan(site=site, languages=languages, town={"ja": "あおば市 環境クラウド", "en": "Aoba City Environment Cloud"})


def charger(key: str, ja: str, en: str, kind: str, max_w: float, connectors: int = 1, operator: str = "あおば市") -> Device:
    """A charger of a site, ``site/device``."""
    plates = tuple(ConnectorPlate(number, kind, max_w) for number in range(1, connectors + 1))
    return Device(
        key,
        key.split("/", maxsplit=1)[0],
        DeviceKind.CHARGER,
        {"ja": ja, "en": en},
        f"ocpp://{key.split('/')[1]}",
        interval_s=60.0,
        connectors=plates,
        operator=operator,
    )


def inverter(key: str = "aoba/pv1") -> Device:
    """An inverter that is read every five seconds."""
    site = key.split("/", maxsplit=1)[0]
    return Device(key, site, DeviceKind.INVERTER, {"ja": "太陽光 PCS", "en": "Solar inverter"}, "sunspec://192.0.2.10:502")


def weather() -> Device:
    """A sensor on the roof."""
    return Device("aoba/roof", "aoba", DeviceKind.SENSOR, {"ja": "屋上センサー", "en": "Roof sensor"}, "sunspec://192.0.2.11")


CHARGERS = (
    charger("cityhall/ev1", "北駐車場 1", "North car park 1", "CHAdeMO", 50_000),
    charger("cityhall/ev2", "北駐車場 2", "North car park 2", "CHAdeMO", 50_000),
    charger("cityhall/ev3", "南駐車場", "South car park", "CCS", 90_000),
    charger("aoba/ev1", "正門横", "Main gate", "J1772", 6_000),
    charger("aoba/ev2", "体育館横", "Beside the gym", "J1772", 6_000),
    charger("cityhall/ev4", "駅前広場", "Station square", "CHAdeMO", 50_000),
)
STATES = {
    "cityhall/ev1": ConnectorState.AVAILABLE,
    "cityhall/ev2": ConnectorState.CHARGING,
    "cityhall/ev3": ConnectorState.AVAILABLE,
    "aoba/ev1": ConnectorState.AVAILABLE,
    "aoba/ev2": ConnectorState.FAULTED,
    "cityhall/ev4": ConnectorState.UNKNOWN,
}


def site_day(now_ms: int, site: Site, clear: bool = True, gap: bool = False, until_ms: int | None = None) -> SiteDay:
    """A day with a passing cloud, measured every five minutes until now."""
    day = datetime.fromtimestamp(now_ms / 1000, ZoneInfo(site.timezone)).date()
    first, after = day_bounds_ms(day, site.timezone)
    clear_at = np.arange(first, after, 5 * MINUTE_MS, dtype=np.int64)
    height = np.sin(np.radians(np.maximum(elevation_deg(clear_at, site.place), 0.0)))
    clear_w = 31_000.0 * height**1.25
    measured = clear_at <= (until_ms or now_ms)
    measured_at = clear_at[measured]
    phase = (measured_at - first) / 3_600_000
    power = clear_w[measured] * (0.95 - 0.20 * np.exp(-(((phase - 9.4) / 0.35) ** 2)) - 0.05 * np.sin(phase * 7) ** 2)
    if gap:
        power = np.where((phase > 9.0) & (phase < 10.2), np.nan, power)
    energy_wh = float(np.nansum(power) / 12)
    nothing = np.empty(0, np.int64)
    return SiteDay(
        day,
        measured_at,
        power,
        energy_wh,
        not gap,
        clear_at if clear else nothing,
        clear_w if clear else np.empty(0),
    )


def town(
    scenery: Scenery = Scenery.LIVE,
    moment: str | None = None,
    languages: tuple[str, ...] = ("ja", "en"),
    wording: Co2Wording = Co2Wording.SELF_USE,
    chargers: tuple[Device, ...] = CHARGERS,
    demo: bool = False,
) -> Snapshot:
    """The whole town in one state."""
    now_ms = at(moment or (NIGHT if scenery is Scenery.NIGHT else NOON))
    site = school(wording)
    devices = {device.key: device for device in (inverter(), weather(), *chargers)}
    base = Snapshot(
        now_ms=now_ms,
        node_seen_ms=now_ms - 2_000,
        plan=plan(languages),
        sites={site.key: site, "cityhall": city_hall()},
        devices=devices,
        demo=demo,
    )
    if scenery is Scenery.EMPTY:
        return base
    return _aged(_heard(base, site, chargers), scenery)


def _heard(base: Snapshot, site: Site, chargers: tuple[Device, ...]) -> Snapshot:
    now_ms = base.now_ms
    day = site_day(now_ms, site)
    power = float(day.power_w[-1]) if len(day.power_w) else 0.0
    latest = {
        "aoba/pv1/ac_power": Reading("aoba/pv1/ac_power", now_ms - 3_000, power),
        "aoba/roof/ambient_temperature": Reading("aoba/roof/ambient_temperature", now_ms - 3_000, 16.4),
    }
    for device in chargers:
        key = f"{device.key}/connector1.power"
        latest[key] = Reading(key, now_ms - 20_000, 38_200.0 if STATES.get(device.key) is ConnectorState.CHARGING else 0.0)
    statuses = {key: DeviceStatus(key, Connectivity.CONNECTED, now_ms - 86_400_000, now_ms - 3_000) for key in base.devices}
    lost = "cityhall/ev4"
    if lost in statuses:
        statuses[lost] = DeviceStatus(lost, Connectivity.LOST, now_ms - 44 * MINUTE_MS, now_ms - 44 * MINUTE_MS)
    if "aoba/ev2" in statuses:
        statuses["aoba/ev2"] = replace(statuses["aoba/ev2"], health=DeviceHealth.FAULT)
    connectors = tuple(
        connector_status(device, number, now_ms) for device in chargers for number in range(1, len(device.connectors) + 1)
    )
    return replace(base, latest=latest, statuses=statuses, connectors=connectors, days={site.key: day})


def connector_status(device: Device, number: int, now_ms: int, state: ConnectorState | None = None) -> ConnectorStatus:
    """What a connector of the town says."""
    chosen = state or STATES.get(device.key, list(STATES.values())[number % 4])
    if device.key == "cityhall/ev4" and state is None:
        chosen = ConnectorState.AVAILABLE
    charging = chosen is ConnectorState.CHARGING
    return ConnectorStatus(
        device.key,
        number,
        chosen,
        now_ms - 17 * MINUTE_MS,
        ChargingState.CHARGING if charging else ChargingState.NONE,
        now_ms - 17 * MINUTE_MS if charging else None,
        1_200_000.0 if charging else None,
    )


def _aged(snapshot: Snapshot, scenery: Scenery) -> Snapshot:
    now_ms = snapshot.now_ms
    match scenery:
        case Scenery.STALE:
            return _silent_inverter(snapshot, Connectivity.LOST, 4 * MINUTE_MS)
        case Scenery.OFFLINE:
            return _silent_inverter(snapshot, Connectivity.LOST, 62 * MINUTE_MS)
        case Scenery.SILENT:
            return _silent_node(snapshot, 31 * MINUTE_MS)
        case Scenery.FAULTY:
            key = "aoba/pv1/ac_power"
            stuck = snapshot.latest[key]._replace(quality=Quality.UNCERTAIN_SENSOR_NOT_ACCURATE)
            return replace(_known_for(snapshot, 40 * MINUTE_MS), latest={**snapshot.latest, key: stuck})
        case Scenery.NIGHT:
            asleep = DeviceStatus("aoba/pv1", Connectivity.ASLEEP, now_ms - 180 * MINUTE_MS, now_ms - 180 * MINUTE_MS)
            return replace(snapshot, statuses={**snapshot.statuses, "aoba/pv1": asleep})
        case _:
            return snapshot


def _silent_node(snapshot: Snapshot, for_ms: int) -> Snapshot:
    seen_ms = snapshot.now_ms - for_ms
    latest = {key: reading._replace(at_ms=seen_ms) for key, reading in snapshot.latest.items()}
    statuses = {
        key: replace(status, last_seen_ms=min(status.last_seen_ms or seen_ms, seen_ms))
        for key, status in snapshot.statuses.items()
    }
    return replace(_known_for(snapshot, for_ms), node_seen_ms=seen_ms, latest=latest, statuses=statuses)


def _silent_inverter(snapshot: Snapshot, link: Connectivity, for_ms: int) -> Snapshot:
    key = "aoba/pv1/ac_power"
    seen_ms = snapshot.now_ms - for_ms
    reading = snapshot.latest[key]._replace(at_ms=seen_ms)
    status = DeviceStatus("aoba/pv1", link, seen_ms, seen_ms)
    return replace(
        _known_for(snapshot, for_ms),
        latest={**snapshot.latest, key: reading},
        statuses={**snapshot.statuses, "aoba/pv1": status},
    )


def _known_for(snapshot: Snapshot, lag_ms: int) -> Snapshot:
    """The day's curve ends so long ago."""
    days = {
        key: replace(site_day(snapshot.now_ms, snapshot.sites[key], until_ms=snapshot.now_ms - lag_ms), complete=False)
        for key in snapshot.days
    }
    return replace(snapshot, days=days)
