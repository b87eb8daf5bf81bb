"""Real files of others: every value at its instant in its unit, counted by independent code; a second import is nothing.

Each entry below reads its file with the standard library alone, and says what must be in the store afterwards.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.drivers.csvfile.report import Reason
from backend.model.event import EventKind
from backend.model.quality import Flag
from tests.support.importing import FAR_MS, RECORDINGS, rig

Value = tuple[str, datetime, float | None]
pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the customer's recordings are not here")
WINDS = tuple("北,北北東,北東,東北東,東,東南東,南東,南南東,南,南南西,南西,西南西,西,西北西,北西,北北西".split(","))  # noqa: SIM905
MST = timezone(timedelta(hours=-7))
JST = ZoneInfo("Asia/Tokyo")


@dataclass
class Recorded:
    """A file, what has to be said about it, and what is in it."""

    name: str
    expect: Callable[[list[list[str]]], Iterator[Value]]
    choices: dict[str, str] = field(default_factory=dict)
    empty: int = 0
    heading: int = 1


def number(text: str, factor: float = 1.0, offset: float = 0.0) -> float | None:
    return float(text) * factor + offset if text not in ("", "--", "-7999.0") else None


def office(rows: list[list[str]]) -> Iterator[Value]:
    for row in rows:
        at = datetime.strptime(row[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Brussels"))
        for name, cell in zip(("ambient_temperature", "humidity", "illuminance", "co2"), row[2:6], strict=True):
            yield name, at, number(cell)


def nab(rows: list[list[str]]) -> Iterator[Value]:
    for row in rows:
        at = datetime.strptime(row[0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) + timedelta(hours=8)
        yield "ambient_temperature", at, (float(row[1]) - 32) / 1.8


def shares(rows: list[list[str]]) -> Iterator[Value]:
    for row in rows:
        if row[1]:
            yield "ac_power", datetime.fromisoformat(row[0]), float(row[1]) * 400_000


def bms(rows: list[list[str]]) -> Iterator[Value]:
    for row in rows:
        yield "irradiance", datetime.fromisoformat(row[0]), float(row[1])


def serf(rows: list[list[str]]) -> Iterator[Value]:
    for row in rows:
        yield "ac_power", datetime.fromisoformat(row[0]), float(row[1])


def rsf(rows: list[list[str]]) -> Iterator[Value]:
    names = {
        1: ("ac_power", 1000.0), 2: ("ambient_temperature", 1.0), 3: ("ac_power2", 1.0), 4: ("dc_current", 1.0),
        5: ("dc_power", 1.0), 6: ("dc_voltage", 1.0), 7: ("cabinet_temperature", 1.0), 8: ("module_temperature", 1.0),
        9: ("plane_irradiance", 1.0), 10: ("plane_irradiance2", 1.0), 12: ("wind_speed", 1.0),
    }  # fmt: skip
    for row in rows:
        at = datetime.strptime(row[0], "%m/%d/%Y %H:%M").replace(tzinfo=MST)
        for column, (name, factor) in names.items():
            yield name, at, number(row[column], factor)


def rmis(rows: list[list[str]]) -> Iterator[Value]:
    names = {
        1: ("ambient_temperature", 1.0), 2: ("pressure", 100.0), 3: ("diffuse_irradiance", 1.0), 4: ("direct_irradiance", 1.0),
        5: ("irradiance", 1.0), 7: ("plane_irradiance", 1.0), 8: ("humidity", 1.0), 11: ("wind_direction", 1.0),
        12: ("wind_speed", 1.0),
    }  # fmt: skip
    for row in rows:
        if any(row[1:]):
            at = datetime.strptime(row[0], "%m/%d/%Y %H:%M").replace(tzinfo=MST)
            for column, (name, factor) in names.items():
                yield name, at, number(row[column], factor)


def midc(rows: list[list[str]]) -> Iterator[Value]:
    names = {
        4: ("direct_irradiance", 1.0), 5: ("diffuse_irradiance", 1.0), 6: ("irradiance", 1.0), 7: ("irradiance2", 1.0),
        13: ("ambient_temperature", 1.0), 14: ("humidity", 1.0), 15: ("pressure", 100.0), 16: ("wind_speed", 1.0),
        17: ("wind_direction", 1.0),
    }  # fmt: skip
    for row in rows:
        clock = row[3].zfill(4)
        at = datetime.strptime(f"{row[1]} {row[2]} {clock}", "%Y %j %H%M").replace(tzinfo=MST)
        for column, (name, factor) in names.items():
            yield name, at, number(row[column], factor)


def jma_hours(rows: list[list[str]]) -> Iterator[Value]:
    names = {
        1: ("pressure", 100.0, 0), 4: ("ambient_temperature", 1.0, 0), 7: ("humidity", 1.0, 0), 8: ("wind_speed", 1.0, 0),
        3: ("rain_intensity", 1.0, 1),
    }  # fmt: skip
    for row in rows:
        at = datetime(2020, 1, 4, tzinfo=JST) + timedelta(hours=int(row[0]))
        for column, (name, factor, before_h) in names.items():
            yield name, at - timedelta(hours=before_h), number(row[column], factor)
        yield "wind_direction", at, 22.5 * WINDS.index(row[9])


def jma_days(rows: list[list[str]]) -> Iterator[Value]:
    names = {
        1: ("pressure", 100.0), 3: ("rain_intensity", 1 / 24), 6: ("ambient_temperature", 1.0), 9: ("humidity", 1.0),
        11: ("wind_speed", 1.0),
    }  # fmt: skip
    for row in rows:
        at = datetime(2020, 1, int(row[0]), tzinfo=JST)
        for column, (name, factor) in names.items():
            yield name, at, number(row[column], factor)


BY_RULE = {"dates": "mdy", "zone": "-07:00", "temperature": "degC", "wind": "m/s"}
SHARE = {"column.2": "ac_power:share"}
FILES = (
    Recorded("environment/office_climate_datatest.txt", office, {"zone": "Europe/Brussels", "temperature": "degC"}),
    Recorded("environment/nab_ambient_temperature.csv", nab, {"zone": "-08:00", "column.2": "ambient_temperature:degF"}),
    Recorded("pv/ac_power_inv_2173_stale_data.csv", shares, SHARE),
    Recorded("pv/ac_power_inv_7539_outliers.csv", shares, SHARE),
    Recorded("pv/midc_bms_ghi_20220120.csv", bms),
    Recorded("pv/serf_east_1min_ac_power.csv", serf, {"power": "W"}),
    Recorded("pv/nrel_RSF_II.csv", rsf, {**BY_RULE, "power": "W"}),
    Recorded("pv/rmis_weather_data.csv", rmis, BY_RULE),
    Recorded("import/midc_raw_20181018.txt", midc),
    Recorded("import/jma_onahama_2020_01_04.csv", jma_hours),
    Recorded("import/jma_onahama_2020_01.csv", jma_days),
)


@pytest.mark.parametrize("recorded", FILES, ids=lambda recorded: recorded.name)
async def test_every_value_at_its_instant_in_its_unit(recorded: Recorded, tmp_path: Path) -> None:
    with (RECORDINGS / recorded.name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[recorded.heading :]
    expected: dict[str, dict[int, float | None]] = {}
    for name, at, value in recorded.expect(rows):
        expected.setdefault(name, {})[round(at.timestamp() * 1000)] = value
    instants = len({(row[0], *row[1:4]) for row in rows})
    filled = sum(any(row[1:]) for row in rows)
    async with rig(tmp_path) as store:
        report = await store.take(RECORDINGS / recorded.name, recorded.choices)
        found = await store.values()
        # The node derives it from what was imported; it stands in no file.
        found.pop("wbgt", None)
        assert found.keys() == expected.keys()
        for name, values in expected.items():
            assert found[name].keys() == values.keys()
            wrong = [at for at, value in values.items() if not same(value, found[name][at], name)]
            assert wrong == []
        assert report.rows == len(rows) == instants
        assert report.readings == sum(map(len, expected.values()))
        assert report.absent == sum(value is None for values in expected.values() for value in values.values())
        assert report.taken + report.count(Reason.EMPTY) == len(rows)
        assert report.taken <= filled
        before = await store.everything()
        again = await store.take(RECORDINGS / recorded.name, recorded.choices)
        assert (again.taken, again.readings, again.count(Reason.KNOWN)) == (0, 0, report.taken)
        assert await store.everything() == before


def same(wanted: float | None, found: float | None, name: str) -> bool:
    """As exact as the point is stored."""
    digits = {"co2": 0, "illuminance": 0, "pressure": 0, "dc_current": 2, "rain_intensity": 2}.get(name, 1)
    if wanted is None or found is None:
        return wanted is found
    return abs(wanted - found) <= 0.5001 * 10.0**-digits


@pytest.mark.parametrize("name", ["ac_power_inv_2173_stale_data", "ac_power_inv_7539_outliers"])
async def test_labels_are_no_points(name: str, tmp_path: Path) -> None:
    async with rig(tmp_path) as store:
        await store.take(RECORDINGS / f"pv/{name}.csv", SHARE)
        assert [point.spec.name for point in await store.reader.points()] == ["ac_power"]


async def test_imported_history_is_flagged_and_raises_nothing_but_its_own_event(tmp_path: Path) -> None:
    async with rig(tmp_path) as store:
        await store.take(RECORDINGS / "import/midc_raw_20181018.txt")
        rows = await store.reader.raw("school/logger/irradiance", 0, FAR_MS)
        assert set(rows.flags.tolist()) == {int(Flag.BACKFILLED | Flag.LATE)}
        assert [event.kind for event in await store.events()] == [EventKind.DATA_IMPORTED]


def london(day: str, clock: str) -> datetime:
    year, first, second = (int(part) for part in day.split("T", maxsplit=1)[0].split("-"))
    month, number = (second, first) if second <= 12 else (first, second)
    hour, minute = clock.split(":")
    return datetime(year, month, number, int(hour), int(minute), tzinfo=ZoneInfo("Europe/London"))


async def test_sessions_of_a_town_whose_days_are_swapped(tmp_path: Path) -> None:
    path = RECORDINGS / "ev_sessions/dundee_2017-12_2018-03.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    no_end = [row for row in rows if not row["End Date"] or not row["End Time"]]
    whole = [row for row in rows if row["End Date"] and row["End Time"]]
    times = {
        row["Charging event"]: (london(row["Start Date"], row["Start Time"]), london(row["End Date"], row["End Time"]))
        for row in whole
    }
    backwards = {number for number, (start, end) in times.items() if end < start}
    nothing = {row["Charging event"] for row in whole if not float(row["Total kWh"] or 0) > 0} - backwards
    good = {row["Charging event"]: row for row in whole if row["Charging event"] not in backwards | nothing}
    long = [number for number in good if times[number][1] - times[number][0] > timedelta(days=1)]
    choices = {"zone": "Europe/London", "dates": "swapped", "station": "all"}
    async with rig(tmp_path) as store:
        report = await store.take(path, choices)
        assert (report.rows, report.taken) == (len(rows), len(good))
        counts = {Reason.NO_END: len(no_end), Reason.END_BEFORE_START: len(backwards), Reason.NO_ENERGY: len(nothing)}
        assert {reason: tally.count for reason, tally in report.refused.items()} == {key: n for key, n in counts.items() if n}
        assert report.flagged[Reason.TOO_LONG].count == len(long)
        ends = [event for event in await store.events() if event.kind is EventKind.SESSION_STOPPED]
        assert {str(event.data["transaction"]) for event in ends} == good.keys()
        for event in ends:
            start, end = times[str(event.data["transaction"])]
            assert (event.data["started_ms"], event.at_ms) == (start.timestamp() * 1000, end.timestamp() * 1000)
            assert event.data["energy_wh"] == pytest.approx(float(good[str(event.data["transaction"])]["Total kWh"]) * 1000)
        before = await store.everything()
        assert (await store.take(path, choices)).taken == 0
        assert await store.everything() == before


async def test_sessions_of_one_station(tmp_path: Path) -> None:
    path = RECORDINGS / "ev_sessions/dundee_2017-12_2018-03.csv"
    with path.open(encoding="utf-8", newline="") as file:
        others = sum(row["CP ID"] != "51356" for row in csv.DictReader(file))
    async with rig(tmp_path) as store:
        report = await store.take(path, {"zone": "Europe/London", "dates": "swapped", "station": "51356"})
        assert report.count(Reason.OTHER_STATION) == others
        told = {event.data["station"] for event in await store.events() if event.kind is EventKind.SESSION_STOPPED}
        assert told == {"51356"}


async def test_sessions_as_json(tmp_path: Path) -> None:
    path = RECORDINGS / "ev_sessions/acn_office001_nouser.json"
    items = json.loads(path.read_text("utf-8"))["_items"]
    async with rig(tmp_path) as store:
        report = await store.take(path, {"station": "all"})
        assert (report.rows, report.taken) == (len(items), len(items))
        ends = {event.data["transaction"]: event for event in await store.events() if event.kind is EventKind.SESSION_STOPPED}
        for item in items:
            event = ends[item["sessionID"]]
            start, end = (
                datetime.strptime(item[name], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).timestamp() * 1000
                for name in ("connectionTime", "disconnectTime")
            )
            assert (event.data["started_ms"], event.at_ms) == (start, end)
            assert event.data["energy_wh"] == pytest.approx(item["kWhDelivered"] * 1000)
        before = await store.everything()
        assert (await store.take(path, {"station": "all"})).taken == 0
        assert await store.everything() == before
