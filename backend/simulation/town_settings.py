"""The settings file of the demo's node, as a person would write it for real devices."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from backend.model.kiosk import SCENE_NAMES
from backend.simulation.plan import SITES, TIMEZONE, TOWN, PlannedCharger, PlannedInverter, PlannedSensor, PlannedSite
from backend.simulation.script import ECHONET, Script

_HEAD = "# Made by “enemado demo”. Every device in here is a pseudo device on this computer; every start writes this file anew.\n"
WEATHER_INTERVALS = 4
"""So much more seldom is the weather asked for than power, and so much further apart may its past stand."""
_FACTORS: Mapping[str, object] = {
    "co2": {
        "value": 0.423,
        "unit": "kg-CO2/kWh",
        "year": "2023",
        "kind": "basic",
        "source": {
            "ja": "環境省・経済産業省 全国平均係数（例）",
            "en": "Ministry of the Environment and METI, national average (example)",
        },
    },
    "cedar": {
        "value": 8.8,
        "unit": "kg-CO2/year",
        "year": "2014",
        "source": {"ja": "林野庁（36～40年生スギ）", "en": "Forestry Agency (cedar, 36 to 40 years)"},
    },
    "household": {
        "value": 11.4,
        "unit": "kWh/day",
        "year": "2021",
        "source": {"ja": "環境省 家庭部門CO2排出実態統計調査", "en": "Ministry of the Environment, household CO2 survey"},
    },
}


def settings_text(script: Script, cache: Path) -> str:
    """The whole file."""
    content = {
        "node": {
            "name": "あおば市 デモ",
            "cache": str(cache),
            "batch_seconds": 1.0,
            "retention": {"cap_mb": 512, "raw_days": 7, "minute_days": 31, "quarter_days": 400},
        },
        "sites": {site.key: _site(site, script) for site in SITES},
        "ocpp": {"host": "127.0.0.1", "port": script.ocpp_port, "heartbeat_s": _heartbeat_s(script), "sample_s": 10},
        "echonet": {"interface": "127.0.0.1", "port": script.ports[ECHONET]},
        "kiosk": {
            "site": SITES[0].key,
            "scenes": [{"name": name, "seconds": 20.0 if name == "now" else 15.0} for name in SCENE_NAMES],
            "languages": ["ja", "en"],
            "town": dict(TOWN),
        },
        "factors": _FACTORS,
    }
    return _HEAD + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _site(site: PlannedSite, script: Script) -> dict[str, object]:
    place = {"latitude": site.place.latitude, "longitude": site.place.longitude, "elevation_m": site.place.elevation_m}
    content: dict[str, object] = {"name": dict(site.names), "place": place, "timezone": TIMEZONE}
    if site.installed_kw:
        content["pv"] = {"installed_kw": site.installed_kw, "tilt_deg": site.tilt_deg, "azimuth_deg": site.azimuth_deg}
    content["devices"] = {
        **{each.key: _inverter(each, number, site, script) for number, each in enumerate(site.inverters, 1)},
        **{each.key: _sensor(each, site, script) for each in site.sensors},
        **_cellar(site, script),
        **_classroom(site, script),
        **_dust(site, script),
        **{each.key: _charger(each, script) for each in site.chargers},
    }
    return content


def _heartbeat_s(script: Script) -> int:
    """By a real clock; the faster time passes, the sooner a silent charger counts as lost."""
    return max(5, round(30 / max(1.0, script.clock.speed)))


def _interval_s(script: Script) -> float:
    """By the node's clock; never faster than once a second by a real one."""
    return max(5.0, script.clock.speed)


def _inverter(planned: PlannedInverter, number: int, site: PlannedSite, script: Script) -> dict[str, object]:
    return {
        "kind": "inverter",
        "name": {"ja": f"パワーコンディショナ {number}", "en": f"Inverter {number}"},
        "address": f"sunspec://127.0.0.1:{script.ports[f'{site.key}/{planned.key}']}?unit=126",
        "interval_s": _interval_s(script),
        "rated_w": planned.rated_w,
    }


def _sensor(planned: PlannedSensor, site: PlannedSite, script: Script) -> dict[str, object]:
    return {
        "kind": "sensor",
        "name": {"ja": "気象センサー", "en": "Weather station"},
        "address": f"sunspec://127.0.0.1:{script.ports[f'{site.key}/{planned.key}']}?unit=1",
        "interval_s": WEATHER_INTERVALS * _interval_s(script),
    }


def _cellar(site: PlannedSite, script: Script) -> dict[str, object]:
    """Battery and meter."""
    storage, meter = site.storage, site.meter
    if storage is None or meter is None:
        return {}
    ports = (script.ports[f"{site.key}/{each.key}"] for each in (storage, meter))
    battery_at, meter_at = (
        {"address": f"sunspec://127.0.0.1:{port}?unit=1", "interval_s": _interval_s(script)} for port in ports
    )
    return {
        storage.key: {"kind": "battery", "name": {"ja": "蓄電池", "en": "Battery"}, **battery_at, "rated_w": storage.most_w},
        meter.key: {"kind": "meter", "name": {"ja": "受電点メーター", "en": "Grid meter"}, **meter_at},
    }


def _classroom(site: PlannedSite, script: Script) -> dict[str, object]:
    """A sensor for the air of a room."""
    room = site.classroom
    if room is None:
        return {}
    address = f"echonet://127.0.0.1:{script.ports[f'{site.key}/{room.key}']}/001B:1"
    name = {"ja": "5年2組 空気センサー", "en": "Air sensor, class 5-2"}
    interval_s = WEATHER_INTERVALS * _interval_s(script)
    return {room.key: {"kind": "sensor", "name": name, "address": address, "interval_s": interval_s}}


def _dust(site: PlannedSite, script: Script) -> dict[str, object]:
    """A sensor that is asked for JSON."""
    sensor = site.dust
    if sensor is None:
        return {}
    return {
        sensor.key: {
            "kind": "sensor",
            "name": {"ja": "校庭 PM2.5 センサー", "en": "Fine dust, school yard"},
            "address": f"http://127.0.0.1:{script.ports[f'{site.key}/{sensor.key}']}/status.json",
            "interval_s": WEATHER_INTERVALS * _interval_s(script),
            "serial": "$.serial",
            "points": {"pm25": {"path": "$.air.pm2_5", "source_unit": "ug/m3"}},
        }
    }


def _charger(planned: PlannedCharger, script: Script) -> dict[str, object]:
    return {
        "kind": "charger",
        "name": dict(planned.names),
        "address": f"ocpp://{planned.identity}",
        "interval_s": script.sample_s,
        "security": "none",
        "connectors": [{"number": planned.plug.number, "type": planned.plug.type, "max_w": planned.plug.max_w}],
    }
