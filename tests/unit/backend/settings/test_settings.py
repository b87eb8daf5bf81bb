"""A settings file is read whole or refused whole, with every mistake told where it stands."""

from pathlib import Path

import pytest

from backend.model.device import DeviceKind, MeterRole, Security
from backend.model.kiosk import SceneSlot
from backend.model.point import PointKind, Unit
from backend.model.site import Co2Wording
from backend.settings import ApiListener, NodeSettings, Problem, SettingsError, TlsFiles, check_text, load

ROOT = Path(__file__).parents[4]
GOOD = """\
node:
  name: 市役所
  cache: data/town.enemado
  batch_seconds: 5
sites:
  hall:
    name: {ja: 市役所, en: City Hall}
    place: {latitude: 35.68, longitude: 139.77}
    timezone: Asia/Tokyo
    pv: {installed_kw: 50}
    co2_wording: fit
    factors:
      co2: {value: 0.5, unit: kg-CO2/kWh, year: "2024", source: {en: Own}}
    devices:
      pcs1:
        kind: inverter
        name: {en: Inverter}
        address: sunspec://192.0.2.10:502?unit=126
        rated_w: 50000
      cp1:
        kind: charger
        name: {en: Charger}
        address: ocpp://CP-01
        security: basic
        connectors:
          - {number: 1, type: CCS, max_w: 90000}
ocpp:
  port: 9100
kiosk:
  site: hall
  scenes: [now, {name: ev, seconds: 20}]
factors:
  co2: {value: 0.4, unit: kg-CO2/kWh, year: "2023", source: {en: Shared}}
  cedar: {value: 8.8, unit: kg-CO2/year, year: "2014", source: {en: Forestry Agency}}
"""


def read(text: str = GOOD) -> NodeSettings:
    return check_text(text, Path("/somewhere/node.yaml"))


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as refused:
        read(text)
    return refused.value.problems


def test_a_good_file_becomes_the_vocabulary() -> None:
    settings = read()
    site, (pcs, charger) = settings.sites[0], settings.devices
    assert settings.cache == Path("/somewhere/data/town.enemado")
    assert settings.batch_s == 5
    assert (site.key, site.timezone, site.co2_wording) == ("hall", "Asia/Tokyo", Co2Wording.FIT)
    assert site.pv is not None
    assert (site.pv.installed_kw, site.pv.azimuth_deg) == (50, 180)
    assert (pcs.key, pcs.kind, pcs.security) == ("hall/pcs1", DeviceKind.INVERTER, None)
    assert (charger.security, charger.connectors[0].type) == (Security.BASIC, "CCS")
    assert settings.ocpp is not None
    assert settings.ocpp.port == 9100
    assert settings.kiosk is not None
    assert settings.kiosk.scenes == (SceneSlot("now"), SceneSlot("ev", 20))


def test_a_sites_own_factor_stands_before_the_shared_one() -> None:
    factors = read().sites[0].factors
    assert factors.co2 is not None
    assert factors.cedar is not None
    assert (factors.co2.value, factors.cedar.value, factors.household) == (0.5, 8.8, None)


MISTAKES = [
    # what is typed instead, line, key, found, expected (a part of it)
    ("latitude: 35.68", "latitude: 135.68", 8, "sites.hall.place.latitude", "135.68", "up to 90"),
    ("latitude: 35.68", "latitude: north", 8, "sites.hall.place.latitude", "north", "a number"),
    ("timezone: Asia/Tokyo", "timezone: Asia/Tokio", 9, "sites.hall.timezone", "Asia/Tokio", "IANA"),
    ("timezone: Asia/Tokyo", "timezone: ../etc", 9, "sites.hall.timezone", "../etc", "IANA"),
    ("installed_kw: 50", "installed_kw: -1", 10, "sites.hall.pv.installed_kw", "-1", "above 0"),
    ("installed_kw: 50", "installed_kw: .nan", 10, "sites.hall.pv.installed_kw", ".nan", "number"),
    ("co2_wording: fit", "co2_wording: green", 11, "sites.hall.co2_wording", "green", "self_use, fit, fip, credits_sold"),
    ("kind: inverter", "kind: invertor", 16, "sites.hall.devices.pcs1.kind", "invertor", "inverter, charger"),
    ("rated_w: 50000", 'rated_w: "50000"', 19, "sites.hall.devices.pcs1.rated_w", "50000", "a number"),
    ("rated_w: 50000", "rated_W: 50000", 19, "sites.hall.devices.pcs1.rated_W", "rated_W", "rated_w"),
    ("rated_w: 50000", "colour: blue", 19, "sites.hall.devices.pcs1.colour", "colour", "one of"),
    ("rated_w: 50000", "password: x", 19, "sites.hall.devices.pcs1.password", "secret", "enemado secret set hall/pcs1"),
    ("sunspec://192.0.2.10:502?unit=126", "modbus://192.0.2.10", 18, "sites.hall.devices.pcs1.address", "modbus", "sunspec://"),
    (
        "sunspec://192.0.2.10:502?unit=126",
        "sunspec://192.0.2.10:502?unit=999",
        18,
        "sites.hall.devices.pcs1.address",
        "999",
        "unit",
    ),
    (
        "sunspec://192.0.2.10:502?unit=126",
        "sunspec://192.0.2.10:70000",
        18,
        "sites.hall.devices.pcs1.address",
        "70000",
        "such as",
    ),
    (
        "sunspec://192.0.2.10:502?unit=126",
        "sunspec://me:pw@192.0.2.10",
        18,
        "sites.hall.devices.pcs1.address",
        "pw",
        "without user",
    ),
    (
        "sunspec://192.0.2.10:502?unit=126",
        "sunspec://192.0.2.10?uint=1",
        18,
        "sites.hall.devices.pcs1.address",
        "uint",
        "options",
    ),
    ("ocpp://CP-01", "ocpp://CP 01", 23, "sites.hall.devices.cp1.address", "CP 01", "ocpp://CP-01"),
    ("security: basic", "security: tls_certificate", 24, "sites.hall.devices.cp1.security", "tls_certificate", "ocpp.tls"),
    (
        "  port: 9100",
        "  tls: {port: 9000, certificate: node.pem, key: node.key}",
        28,
        "ocpp.tls.port",
        "9000",
        "another port than ocpp.port",
    ),
    ("ocpp://CP-01", "gateway://", 23, "sites.hall.devices.cp1.address", "gateway://", "gateway://roof-meter"),
    ("security: basic", "points: {a: {unit: W}}", 24, "sites.hall.devices.cp1.points", "a group", "only where"),
    ("sunspec://192.0.2.10:502?unit=126", "gateway://m1", 15, "sites.hall.devices.pcs1.points", "nothing", "the points that"),
    ("security: basic", "interval_s: 0", 24, "sites.hall.devices.cp1.interval_s", "0", "from 0.2 up"),
    ("number: 1", "number: 0", 26, "sites.hall.devices.cp1.connectors.0.number", "0", "from 1 up"),
    ("number: 1", "number: one", 26, "sites.hall.devices.cp1.connectors.0.number", "one", "whole number"),
    ("number: 1", "number: 1.5", 26, "sites.hall.devices.cp1.connectors.0.number", "1.5", "whole number"),
    ("port: 9100", "port: 99999", 28, "ocpp.port", "99999", "up to 65535"),
    ("  site: hall", "  site: castle", 30, "kiosk.site", "castle", "hall"),
    ("seconds: 20", "seconds: 12:30", 31, "kiosk.scenes.1.seconds", "12:30", "a number"),
    ("name: 市役所", "name:", 2, "node.name", "nothing", "a text"),
    ("cache: data/town.enemado", "catch: data/town.enemado", 3, "node.catch", "catch", "cache"),
    ("  hall:", "  Rathaus am Markt:", 6, "sites.Rathaus am Markt", "Rathaus am Markt", "small letters"),
    ("name: {en: Inverter}", "name: Inverter", 17, "sites.hall.devices.pcs1.name", "Inverter", "group of keys"),
    (
        "name: {en: Inverter}",
        "name: {english!: Inverter}",
        17,
        "sites.hall.devices.pcs1.name.english!",
        "english!",
        "language code",
    ),
    ("kind: inverter", "kind: inverter\n        security: none", 17, "sites.hall.devices.pcs1.security", "none", "only where"),
    ("kind: inverter", "kind: inverter\n        measures: grid", 17, "sites.hall.devices.pcs1.measures", "grid", "meter"),
    ("      pcs1:", "      derived:", 15, "sites.hall.devices.derived", "", "reserved"),
    ("  batch_seconds: 5", "  batch_seconds: 5\n  name: Again", 5, "node.name", "second time", "line 2"),
    ("  batch_seconds: 5", "  batch_seconds: yes", 4, "node.batch_seconds", "yes", "a number"),
    (
        "scenes: [now, {name: ev, seconds: 20}]",
        "scenes: [noww]",
        31,
        "kiosk.scenes.0.name",
        "noww",
        "now, flow, history, environment, ev",
    ),
    ("  site: hall", "  site: hall\n  languages: [ja, xx]", 30, "kiosk.languages.1", "xx", "en, ja"),
    ("name: {en: Inverter}", "name: {xx: Inverter}", 17, "sites.hall.devices.pcs1.name.xx", "xx", "language code"),
    ("batch_seconds: 5", "batch_seconds: 500", 4, "node.batch_seconds", "500", "up to 60"),
]


@pytest.mark.parametrize(("good", "bad", "line", "key", "found", "expected"), MISTAKES)
def test_a_mistake_is_told_by_line_key_what_was_found_and_what_is_expected(
    good: str, bad: str, line: int, key: str, found: str, expected: str
) -> None:
    assert good in GOOD
    all_told = problems(GOOD.replace(good, bad, 1))
    told = [each for each in all_told if each.key == key]
    assert told, [str(each) for each in all_told]
    assert found in str(told[0].found)
    assert expected in str(told[0].expected)
    assert told[0].line in (line, line + 1 if "\n" in bad else line), str(told[0])


def test_a_charger_is_expected_to_send_as_often_as_it_is_asked_to() -> None:
    assert [device.interval_s for device in read().devices] == [5, 30]
    assert read(GOOD.replace("  port: 9100", "  sample_s: 60")).devices[1].interval_s == 60
    own = GOOD.replace("security: basic", "security: basic\n        interval_s: 10")
    assert read(own).devices[1].interval_s == 10


def test_a_device_that_a_gateway_speaks_for_has_its_points_in_the_file() -> None:
    points = "points:\n          phase1.power: {unit: W, digits: 0}\n          energy: {unit: Wh, kind: accumulating}"
    text = GOOD.replace("address: sunspec://192.0.2.10:502?unit=126", f"address: gateway://meter\n        {points}")
    device = read(text).devices[0]
    assert (device.is_attested, device.interval_s) == (True, 60.0)
    assert [(spec.name, spec.unit, spec.kind, spec.digits) for spec in device.points] == [
        ("phase1.power", Unit.WATT, PointKind.INSTANTANEOUS, 0),
        ("energy", Unit.WATT_HOUR, PointKind.ACCUMULATING, 3),
    ]


def test_a_meter_says_what_it_measures() -> None:
    meter = "kind: meter\n        measures: load"
    assert read(GOOD.replace("kind: inverter", meter)).devices[0].measures is MeterRole.LOAD
    assert read().devices[0].measures is None


@pytest.mark.parametrize("name", ["Power", "link", "a..b", "x" * 61])
def test_points_have_names_that_can_be_asked_for(name: str) -> None:
    points = f"address: gateway://m\n        points: {{{name}: {{unit: W}}}}"
    text = GOOD.replace("address: sunspec://192.0.2.10:502?unit=126", points)
    (problem,) = problems(text)
    assert "ac_power" in str(problem.expected)


BOTH = "  port: 9100\n  tls: {port: 9443, certificate: node.pem, key: node.key, client_ca: chargers.pem}"


@pytest.mark.parametrize("security", ["none", "basic", "tls_basic", "tls_certificate"])
def test_two_listeners_serve_every_profile(security: str) -> None:
    settings = read(GOOD.replace("  port: 9100", BOTH).replace("security: basic", f"security: {security}"))
    assert settings.ocpp is not None
    assert (settings.ocpp.port, settings.ocpp.tls_port) == (9100, 9443)
    assert settings.ocpp.tls is not None
    assert settings.ocpp.tls.client_ca == Path("/somewhere/chargers.pem")


def test_one_listener_with_tls_serves_no_plain_password() -> None:
    text = GOOD.replace("  port: 9100", BOTH.replace("port: 9443, ", ""))
    (told,) = problems(text)
    assert (told.line, told.key, "ocpp.tls.port" in str(told.expected)) == (24, "sites.hall.devices.cp1.security", True)
    settings = read(text.replace("security: basic", "security: none"))
    assert settings.ocpp is not None
    assert settings.ocpp.tls_port is None
    assert settings.ocpp.tls is not None


def test_every_mistake_is_told_at_once_and_by_line() -> None:
    text = GOOD.replace("Asia/Tokyo", "Mars").replace("kind: inverter", "kind: x").replace("port: 9100", "port: 0")
    assert [each.key for each in problems(text)] == ["sites.hall.timezone", "sites.hall.devices.pcs1.kind", "ocpp.port"]


def test_two_devices_never_share_an_address_however_it_is_written() -> None:
    text = GOOD.replace("ocpp://CP-01", "sunspec://192.0.2.10?unit=126").replace("        security: basic\n", "")
    (told,) = problems(text)
    assert told.key == "sites.hall.devices.cp1.address"
    assert "hall/pcs1 in line 18" in str(told.expected)


@pytest.mark.parametrize(
    "text", ["", "node: [", "a: b: c", "? [x]\n: y", "\tnode: x", "node: &x {a: *x}", "!!python/object:os.x {}", "[" * 5000]
)
def test_broken_yaml_is_a_problem_with_a_line_and_never_a_traceback(text: str) -> None:
    assert all(each.line >= 1 for each in problems(text))


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [("node: x: y", 1, "colon"), ("a:\n\tb: 1", 2, "tab"), ("a: [1,\nb: 2", 2, "bracket"), ("a: 1\nb\nc: 2", 3, "colon")],
)
def test_broken_yaml_is_told_without_the_terms_of_its_parser(text: str, line: int, found: str) -> None:
    told = problems(text)[0]
    assert told.line == line
    assert found in str(told.found)
    assert "token" not in str(told.found)


def test_a_missing_or_unreadable_file_is_told_like_any_other_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path / "nobody.yaml")
    assert "no such file" in str(refused.value)
    (tmp_path / "binary.yaml").write_bytes(b"node: \xff\xfe")
    with pytest.raises(SettingsError) as refused:
        load(tmp_path / "binary.yaml")
    assert "UTF-8" in str(refused.value)


@pytest.mark.parametrize("name", ["cloud", "viewer"])
def test_the_examples_of_other_roles_are_in_order(name: str) -> None:
    settings = load(ROOT / "assets" / "examples" / f"{name}.yaml")
    assert (settings.sites, settings.ingest is not None, settings.follow is not None) == ((), name == "cloud", name == "viewer")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("", "at least one site"),
        ("follow: {sites: [hall]}\n", "parent.url"),
        ("parent: {url: http://cloud}\nfollow: {sites: [hall]}\n", "https://"),
        ("parent: {url: https://cloud}\nfollow: {sites: [hall]}\ningest: {names: [cloud]}\n", "without sites and ingest"),
    ],
)
def test_a_node_without_sites_needs_another_role(role: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=expected):
        read(f"node: {{name: n, cache: n.enemado}}\n{role}")


def test_the_example_for_a_first_real_device_is_in_order() -> None:
    settings = load(ROOT / "assets" / "examples" / "school.yaml")
    assert [device.key for device in settings.devices] == ["aoba-es/pcs1", "aoba-es/ev1"]


def test_the_api_is_off_unless_asked_for_and_needs_a_certificate_beyond_this_computer() -> None:
    assert read().api is None
    assert read(GOOD + "api: {}\n").api == ApiListener("127.0.0.1", 8443, None)
    secured = read(GOOD + "api: {host: 0.0.0.0, port: 443, tls: {certificate: api.pem, key: api.key}}\n").api
    assert secured is not None
    assert secured.tls == TlsFiles(Path("/somewhere/api.pem"), Path("/somewhere/api.key"))
    (open_to_all,) = problems(GOOD + "api: {host: 0.0.0.0}\n")
    assert (open_to_all.key, "api.tls" in str(open_to_all.expected)) == ("api.host", True)
    (same_port,) = problems(GOOD + "api: {port: 9100}\n")
    assert same_port.key == "api.port"


def test_a_database_may_stand_in_for_the_file_and_its_password_never_stands_here() -> None:
    assert read().place == read().cache
    cloud = GOOD.replace("node:\n", "node:\n  store: postgresql://enemado@db.example:5433/town\n")
    assert read(cloud).place == "postgresql://enemado@db.example:5433/town"
    several = "postgresql://enemado@db1.example,db2.example:5433/town?target_session_attrs=read-write"
    assert read(GOOD.replace("node:\n", f"node:\n  store: {several}\n")).place == several
    for wrong in (
        "postgresql://enemado:secret@db.example/town",
        "postgresql://enemado:secret@db1.example,db2.example/town",
        "postgresql://enemado@db.example/town?password=secret",
        "postgresql://db1.example,:5432/town",
        "postgresql://[::1/town",
        "postgresql://db.example",
        "mysql://db/town",
        "town.db",
        "postgresql://d:0/t",
    ):
        (problem,) = problems(GOOD.replace("node:\n", f"node:\n  store: '{wrong}'\n"))
        assert (problem.key, "~/.pgpass" in str(problem.expected)) == ("node.store", True)
