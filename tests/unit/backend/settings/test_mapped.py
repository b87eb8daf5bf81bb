"""Devices whose JSON is mapped: what their settings mean, and every mistake in them."""

from pathlib import Path

import pytest

from backend.model.mapping import Mapping, Source, TimeField
from backend.model.point import PointKind, Unit
from backend.settings import NodeSettings, SettingsError, check_text, load
from backend.settings.addresses import address_fault, normal_address

GOOD = """\
node: {name: Hall, cache: hall.enemado}
sites:
  hall:
    name: {en: City Hall}
    place: {latitude: 35.68, longitude: 139.77}
    timezone: Asia/Tokyo
    devices:
      meter:
        kind: meter
        name: {en: Meter}
        address: http://192.0.2.20/status.json#timeout=3
        serial: $.sn
        time: {path: $.at, format: "%Y/%m/%d %H:%M", zone: Asia/Tokyo}
        points:
          grid_power: {path: "$.meters[0].p", source_unit: kW, scale: -1}
          import_energy: {path: e, source_unit: kWh, modulus: 1000000, absent: [-1, "--"]}
          ambient_temperature: {path: t, source_unit: degF, quoted: true}
          valve.position: {path: v, unit: "%", source_unit: "%", low: 0, high: 100}
"""


def read(text: str = GOOD) -> NodeSettings:
    return check_text(text, Path("/somewhere/node.yaml"))


def test_a_mapping_becomes_the_vocabulary() -> None:
    (device,) = read().devices
    assert device.mapping == Mapping(
        (
            Source("grid_power", "$.meters[0].p", -1000.0),
            Source("import_energy", "e", 1000.0, 0.0, (-1.0, "--")),
            Source("ambient_temperature", "t", 5 / 9, -160 / 9, (), quoted=True),
            Source("valve.position", "v"),
        ),
        TimeField("$.at", "%Y/%m/%d %H:%M", "Asia/Tokyo"),
        "$.sn",
    )
    power, energy, temperature, valve = device.points
    assert (power.unit, power.digits) == (Unit.WATT, 1)
    assert (energy.unit, energy.kind, energy.modulus) == (Unit.WATT_HOUR, PointKind.ACCUMULATING, 1e9)
    assert (temperature.low, temperature.high) == (-60, 150)
    assert (valve.unit, valve.low, valve.high) == (Unit.PERCENT, 0, 100)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "expected"),
    [
        ("source_unit: kW,", "source_unit: kWh,", 15, "points.grid_power.source_unit", "a unit that can be turned into W"),
        ("source_unit: kW,", "source_unit: horses,", 15, "points.grid_power.source_unit", "a unit such as"),
        ("source_unit: kW,", "", 15, "points.grid_power.source_unit", "this key: the unit"),
        ("scale: -1", "scale: 0", 15, "points.grid_power.scale", "a number other than 0"),
        ('path: "$.meters[0].p",', "", 15, "points.grid_power.path", "this key: the place"),
        ("$.meters[0].p", "$..p", 15, "points.grid_power.path", "a place in JSON"),
        ("scale: -1", "channel: x", 15, "points.grid_power.channel", "this key only where"),
        ('unit: "%", source_unit: "%"', "source_unit: m", 18, "points.valve.position.unit", "this key, because"),
        ("%Y/%m/%d %H:%M", "sometimes", 13, "time.format", "iso, unix_s"),
        ("Asia/Tokyo}", "Asia/Tokio}", 13, "time.zone", "an IANA time zone"),
        ("serial: $.sn", "serial: $..", 12, "serial", "a place in JSON"),
        ("http://192.0.2.20/status.json#timeout=3", "http://a:b@192.0.2.20/", 11, "address", "an address without user"),
        ("http://192.0.2.20/status.json#timeout=3", "http://192.0.2.20/#wait=3", 11, "address", "only the options"),
        ("http://192.0.2.20/status.json#timeout=3", "mqtt://a/#", 11, "address", "a name or a topic"),
        ("http://192.0.2.20/status.json#timeout=3", "sparkplug://Town", 11, "address", "group, edge node"),
        ("http://192.0.2.20/status.json#timeout=3", "sparkplug://T/E", 15, "points.grid_power.channel", "this key: the name"),
        ("http://192.0.2.20/status.json#timeout=3", "push://a b", 11, "address", "a name that the device uses"),
        ("http://192.0.2.20/status.json#timeout=3", "sunspec://192.0.2.20", 14, "points", "this key only where"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, key: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(SettingsError) as refused:
        read(GOOD.replace(old, new, 1))
    told = [(problem.line, problem.key) for problem in refused.value.problems if str(problem.expected).startswith(expected)]
    assert (line, f"sites.hall.devices.meter.{key}") in told


def test_an_amount_over_an_interval_is_no_momentary_value() -> None:
    text = GOOD.replace(
        'valve.position: {path: v, unit: "%", source_unit: "%", low: 0, high: 100}', "irradiance: {path: s, source_unit: MJ/m2}"
    )
    with pytest.raises(SettingsError, match="momentary"):
        read(text)


def test_where_devices_are_met() -> None:
    assert read().mqtt is None
    assert read().push is None
    sensor = "      roof: {kind: sensor, name: {en: R}, address: mqtt://roof-sensor}\n"
    broker = read(GOOD + sensor).mqtt
    assert broker is not None
    assert (broker.host, broker.port, broker.version, broker.tls) == ("127.0.0.1", 1883, 5, False)
    broker = read(GOOD + sensor + "mqtt: {host: broker.example, username: node, version: 5, tls: {ca: ca.pem}}\n").mqtt
    assert broker is not None
    assert (broker.port, broker.version, broker.ca) == (8883, 5, Path("/somewhere/ca.pem"))
    with pytest.raises(SettingsError, match="another port"):
        read(GOOD + "push: {port: 9000}\nocpp: {port: 9000}\n")


@pytest.mark.parametrize(
    "address",
    ["mqtt://roof-sensor", "mqtt://zigbee2mqtt/屋根",
     "push://roof.1", "http://a/b?c=1", "https://a:8443/b#sha256=" + "ab" * 32],
)  # fmt: skip
def test_good_addresses(address: str) -> None:
    assert address_fault(address) is None
    assert normal_address(address)


def test_one_device_has_one_spelling() -> None:
    assert normal_address("HTTP://Host/x".replace("HTTP", "http")) == normal_address("http://host:80/x#timeout=5")


def test_the_example_is_in_order() -> None:
    settings = load(Path(__file__).parents[4] / "assets" / "examples" / "messages.yaml")
    assert len(settings.devices) == 5
    assert settings.push is not None
