"""What points are called by people; the parts of a device stand before their quantity."""

import re
from collections.abc import Mapping

from app.kit.i18n import Texts
from backend.model.message import Message

_NAMES: Mapping[str, Message] = {
    "ac_power": Message("AC power"),
    "ac_energy": Message("AC energy counter"),
    "ac_current": Message("AC current"),
    "ac_voltage": Message("AC voltage"),
    "dc_power": Message("DC power"),
    "dc_energy": Message("DC energy counter"),
    "dc_current": Message("DC current"),
    "dc_voltage": Message("DC voltage"),
    "frequency": Message("Frequency"),
    "cabinet_temperature": Message("Cabinet temperature"),
    "state": Message("State"),
    "events": Message("Event bits"),
    "link": Message("Link"),
    "health": Message("Health"),
    "charging": Message("Charging state"),
    "power": Message("Power"),
    "energy": Message("Energy counter"),
    "current": Message("Current"),
    "voltage": Message("Voltage"),
    "soc": Message("State of charge"),
    "temperature": Message("Temperature"),
    "offered_power": Message("Power offered"),
    "offered_current": Message("Current offered"),
    "grid_power": Message("Grid power"),
    "grid_current": Message("Grid current"),
    "grid_voltage": Message("Grid voltage"),
    "import_energy": Message("Energy bought"),
    "export_energy": Message("Energy sold"),
    "absorbed_energy": Message("Energy absorbed"),
    "battery_power": Message("Battery power"),
    "battery_current": Message("Battery current"),
    "battery_voltage": Message("Battery voltage"),
    "irradiance": Message("Irradiance"),
    "plane_irradiance": Message("Irradiance on the panels"),
    "direct_irradiance": Message("Direct irradiance"),
    "diffuse_irradiance": Message("Diffuse irradiance"),
    "ambient_temperature": Message("Outdoor temperature"),
    "module_temperature": Message("Panel temperature"),
    "humidity": Message("Humidity"),
    "pressure": Message("Air pressure"),
    "wind_speed": Message("Wind speed"),
}
_PARTS: Mapping[str, Message] = {
    "connector": Message("Connector {number}"),
    "mppt": Message("String {number}"),
    "station": Message("Station"),
}
_PART = re.compile(r"(connector|mppt|station)(\d*)[._](.+)")


def point_name(texts: Texts, name: str) -> str:
    """The words for a point's name; the name itself where it has none."""
    found = _PART.fullmatch(name)
    if found is None:
        return _say(texts, name)
    part = _PARTS[found[1]]
    said = texts.say_message(Message(part.text, {"number": found[2]})) if found[2] else texts.say_message(part)
    return f"{said} · {_say(texts, found[3])}"


def _say(texts: Texts, name: str) -> str:
    message = _NAMES.get(name)
    return texts.say_message(message) if message else name
