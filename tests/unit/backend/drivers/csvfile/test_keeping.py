"""Made-up files of every kind through a real store: units, instants, reasons; nothing changes twice; stopped ones go on."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.collector.imports import ImportRefused
from backend.drivers.csvfile.keeping import Keeper, Rules
from backend.drivers.csvfile.opening import plan_file
from backend.drivers.csvfile.report import Reason, Report
from backend.model.event import EventKind
from backend.model.quality import Quality
from backend.model.session import Ending, session_of
from backend.store.retention import Retention
from tests.support import import_texts as made
from tests.support.clock import FakeClock
from tests.support.importing import FAR_MS, Rig, rig
from tests.support.until import until


def ms(*parts: int, zone: str = "Asia/Tokyo") -> int:
    return round(datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def counts(report: Report) -> dict[Reason, int]:
    return {reason: tally.count for reason, tally in report.refused.items()}


async def qualities(store: Rig, name: str) -> list[int]:
    return (await store.reader.raw(f"school/logger/{name}", 0, FAR_MS)).quality.tolist()


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig"])
async def test_a_download_of_the_weather_service(tmp_path: Path, encoding: str) -> None:
    path = made.write(tmp_path, "data.csv", made.JMA_DOWNLOAD, encoding)
    async with rig(tmp_path) as store:
        report = await store.take(path)
        assert (report.rows, report.taken, counts(report)) == (4, 4, {})
        found = await store.values()
        at = {hour: ms(2024, 1, 1) + hour * 3_600_000 for hour in range(25)}
        assert found["ambient_temperature"] == {at[1]: 4.7, at[12]: 9.7, at[13]: None, at[24]: 5.1}
        # Means stand from the beginning of their hour: 1.8 MJ/m2 in an hour are 500 W/m2.
        assert found["irradiance"] == {at[0]: 0.0, at[11]: 500.0, at[12]: 400.0, at[23]: None}
        assert found["rain_intensity"] == {at[0]: 0.0, at[11]: 1.5, at[12]: 0.0, at[23]: 0.0}
        assert found["wind_direction"] == {at[1]: 315.0, at[12]: 337.5, at[13]: None, at[24]: 90.0}
        good, unsure = int(Quality.GOOD), int(Quality.UNCERTAIN_SENSOR_NOT_ACCURATE)
        missing = int(Quality.BAD_NOT_CONNECTED)
        assert await qualities(store, "ambient_temperature") == [good, good, missing, good]
        assert await qualities(store, "wind_speed") == [good, unsure, good, good]
        assert await qualities(store, "irradiance") == [good, good, unsure, int(Quality.BAD_NOT_SUPPORTED)]


async def test_a_table_of_hours_1_to_24_with_marks(tmp_path: Path) -> None:
    path = made.write(tmp_path, "onahama_20240104.csv", made.JMA_TABLE)
    async with rig(tmp_path) as store:
        assert (await store.take(path)).taken == 4
        found = await store.values()
        day = ms(2024, 1, 4)
        hours = [day + hour * 3_600_000 for hour in (1, 2, 3, 24)]
        assert list(found["pressure"].items()) == list(zip(hours, [101_440, 101_450, None, 101_460], strict=True))
        assert list(found["ambient_temperature"].values()) == [5.5, 5.1, None, 4.4]
        assert list(found["wind_direction"].values()) == [315.0, None, 337.5, 0.0]
        assert found["irradiance"][day + 2 * 3_600_000] == 200.0
        unsure = int(Quality.UNCERTAIN_SENSOR_NOT_ACCURATE)
        assert (await qualities(store, "ambient_temperature"))[1] == unsure
        assert (await qualities(store, "humidity"))[2] == unsure
        assert (await qualities(store, "pressure"))[1] == int(Quality.GOOD)


async def test_a_table_that_names_no_day_asks_for_it(tmp_path: Path) -> None:
    path = made.write(tmp_path, "table.csv", made.JMA_TABLE)
    async with rig(tmp_path) as store:
        with pytest.raises(ImportRefused, match="date"):
            await store.take(path)
        assert (await store.take(path, {"date": "2024-01-04"})).taken == 4


async def test_days_of_the_year_and_sentinels(tmp_path: Path) -> None:
    async with rig(tmp_path) as store:
        report = await store.take(made.write(tmp_path, "midc.txt", made.MIDC))
        assert report.rows == 4
        found = await store.values()
        noon = [ms(2024, 2, 29, 0, minute, zone="Etc/GMT+7") for minute in (0, 1)]
        last = [ms(2024, 2, 29, 23, 59, zone="Etc/GMT+7"), ms(2024, 3, 2, zone="Etc/GMT+7")]
        assert found["irradiance"] == dict(zip([*noon, *last], [-2.5, None, -2.0, -2.0], strict=True))
        assert found.keys() == {"irradiance", "ambient_temperature"}


async def test_semicolons_commas_and_kilowatts(tmp_path: Path) -> None:
    async with rig(tmp_path) as store:
        report = await store.take(made.write(tmp_path, "pv.csv", made.GERMAN, "latin-1"), {"zone": "site", "encoding": "latin-1"})
        assert counts(report) == {Reason.EMPTY: 1}
        found = await store.values()
        noon = ms(2024, 6, 25, 12)
        assert found["ac_power"] == {noon: 1250.0, noon + 900_000: 1500.0}
        assert found["ambient_temperature"] == {noon: 21.5, noon + 900_000: None}


async def test_every_row_that_is_not_taken_has_a_reason_and_a_line(tmp_path: Path) -> None:
    path = made.write(tmp_path, "pv.csv", made.LABELLED)
    async with rig(tmp_path) as store:
        report = await store.take(path)
        assert {reason: tally.lines for reason, tally in report.refused.items()} == {
            Reason.EMPTY: [4],
            Reason.REPEATED: [6],
            Reason.CONTRADICTS: [7],
            Reason.GARBLED: [8],
            Reason.NO_TIME: [9],
            Reason.SHORT: [10],
            Reason.FUTURE: [11],
        }
        assert (report.rows, report.taken) == (10, 3)
        assert list((await store.values()).keys()) == ["ac_power"]


async def test_a_heading_one_column_short(tmp_path: Path) -> None:
    async with rig(tmp_path) as store:
        await store.take(made.write(tmp_path, "r.txt", made.R_TABLE), {"zone": "site", "temperature": "degC"})
        found = await store.values()
        assert found["ambient_temperature"] == {ms(2024, 2, 2, 14, 19): 23.7, ms(2024, 2, 2, 14, 19, 59): 23.8}
        assert list(found["co2"].values()) == [749.2, 760.4]


async def test_a_second_import_changes_nothing_and_other_values_stay_unless_replaced(tmp_path: Path) -> None:
    path = made.write(tmp_path, "pv.csv", "timestamp,irradiance [W/m2]\n2024-06-01T00:00:00Z,5\n2024-06-01T00:01:00Z,6\n")
    other = made.write(tmp_path, "other.csv", "timestamp,irradiance [W/m2]\n2024-06-01T00:01:00Z,7\n2024-06-01T00:02:00Z,8\n")
    async with rig(tmp_path) as store:
        await store.take(path)
        before = await store.everything()
        assert counts(await store.take(path)) == {Reason.KNOWN: 2}
        assert await store.everything() == before
        report = await store.take(other)
        assert (report.taken, counts(report)) == (1, {Reason.DIFFERS: 1})
        assert list((await store.values())["irradiance"].values()) == [5.0, 6.0, 8.0]
        assert (await store.take(other, replace=True)).taken == 1
        assert list((await store.values())["irradiance"].values()) == [5.0, 7.0, 8.0]


async def test_a_second_import_after_a_restart_and_a_fold_changes_nothing(tmp_path: Path) -> None:
    path = made.write(tmp_path, "ghi.csv", made.long_table(70_000))
    async with rig(tmp_path) as store:
        assert (await store.take(path)).taken == 70_000
    async with rig(tmp_path) as store:
        before = await store.everything()
        report = await store.take(path)
        assert (report.taken, counts(report)) == (0, {Reason.KNOWN: 70_000})
        assert await store.everything() == before


async def test_a_stopped_import_leaves_whole_blocks_and_the_next_one_goes_on(tmp_path: Path) -> None:
    path = made.write(tmp_path, "ghi.csv", made.long_table(20_000))
    async with rig(tmp_path) as store:
        keepers: list[Keeper] = []

        def watch(report: Report) -> None:
            if report.taken >= 8000:
                keepers[0].stop()

        keepers.append(Keeper(plan_file(path, store.target, {}), store.place, Rules(), watch))
        report = await keepers[0].run()
        assert report.cancelled
        assert (report.taken, len((await store.values())["irradiance"])) == (8000, 8000)
        told = [event.data for event in await store.events() if event.kind is EventKind.DATA_IMPORTED]
        assert [(data["taken"], data["whole"]) for data in told] == [(8000, False)]
    async with rig(tmp_path) as store:
        report = await store.take(path)
        assert (report.taken, counts(report)) == (12_000, {Reason.KNOWN: 8000})
        assert len((await store.values())["irradiance"]) == 20_000


async def test_what_is_left_of_an_old_file_as_roll_ups_alone_is_changed_by_none(tmp_path: Path) -> None:
    path = made.write(tmp_path, "ghi.csv", made.long_table(100))
    keep, clock = Retention(raw_days=2, minute_days=4, quarter_days=6), FakeClock()
    async with rig(tmp_path, keep=keep, clock=clock) as store:
        assert (await store.take(path)).taken == 100
        assert counts(await store.take(path)) == {Reason.KNOWN: 100}
        await until(lambda: _is_gone_after_another_hour(store, clock))
        assert counts(await store.take(path)) == {Reason.TOO_OLD: 100}


async def _is_gone_after_another_hour(store: Rig, clock: FakeClock) -> bool:
    """A store believes a clock that goes on step by step."""
    clock.advance(3600)
    return not (await store.values())["irradiance"]


SWAPPED = {"zone": "Europe/London", "dates": "swapped", "station": "all"}


async def test_sessions_with_every_defect(tmp_path: Path) -> None:
    path = made.write(tmp_path, "sessions.csv", made.SESSIONS)
    async with rig(tmp_path) as store:
        plan = plan_file(path, store.target, {"zone": "Europe/London"})
        assert {doubt.key: doubt.likely for doubt in plan.doubts} == {"dates": "swapped", "station": ""}
        report = await store.take(path, SWAPPED)
        assert {reason: tally.lines for reason, tally in report.refused.items()} == {
            Reason.END_BEFORE_START: [4],
            Reason.NO_END: [5],
            Reason.NO_ENERGY: [6],
            Reason.REPEATED: [8],
        }
        assert report.flagged[Reason.TOO_LONG].lines == [7]
        events = await store.events()
        ends = {event.data["transaction"]: event for event in events if event.kind is EventKind.SESSION_STOPPED}
        assert ends.keys() == {"101", "102", "106"}
        first = ends["101"]
        assert first.data["started_ms"] == ms(2024, 3, 2, 23, 50, zone="Europe/London")
        assert first.at_ms == ms(2024, 3, 3, 4, 16, zone="Europe/London")
        told = session_of(first, events)
        assert (told.charger, told.connector, told.transaction) == ("school/logger", 1, "101")
        assert (told.energy_wh, told.ending, told.started_ms) == (19_990.0, Ending.COMPLETE, first.data["started_ms"])
        assert not await store.reader.connectors()
        before = await store.everything()
        assert (await store.take(path, SWAPPED)).taken == 0
        assert await store.everything() == before


async def test_a_session_whose_time_cannot_be_read_is_refused_like_any_other(tmp_path: Path) -> None:
    path = made.write(tmp_path, "sessions.csv", made.SESSIONS.replace("2024-02-03T00:00:00,23:50", "2024-02-03T00:00:00,soon"))
    async with rig(tmp_path) as store:
        report = await store.take(path, SWAPPED)
        assert report.refused[Reason.NO_TIME].lines == [2]


async def test_sessions_of_a_charger_management_system(tmp_path: Path) -> None:
    text = (
        "Transaction ID,ChargeBox ID,Connector ID,Start Date/Time,Start Value,Stop Date/Time,Stop Value,Stop Reason\n"
        "7,CP-01,2,2024-05-01T10:00:00.000Z,1000,2024-05-01T11:00:00.000Z,8500,EVDisconnected\n"
    )
    async with rig(tmp_path) as store:
        assert (await store.take(made.write(tmp_path, "tx.csv", text))).taken == 1
        (end,) = [event for event in await store.events() if event.kind is EventKind.SESSION_STOPPED]
        told = {name: end.data[name] for name in ("transaction", "connector", "energy_wh", "reason", "station")}
        assert told == {"transaction": "7", "connector": 2, "energy_wh": 7500.0, "reason": "EVDisconnected", "station": "CP-01"}


async def test_a_logger_that_follows_daylight_saving_is_recognised_by_the_doubled_hour(tmp_path: Path) -> None:
    text = made.hourly("2024-10-26T20:00", 12, double=frozenset({6}))
    async with rig(tmp_path) as store:
        path = made.write(tmp_path, "t.csv", text)
        plan = plan_file(path, store.target, {"zone": "Europe/Berlin"})
        assert plan.doubts == ()
        assert {finding.key: finding.value for finding in plan.known}["saving"] == "follows"
        report = await store.take(path, {"zone": "Europe/Berlin"})
        assert (report.taken, counts(report), report.gaps) == (52, {}, 0)
        times = sorted((await store.values())["ambient_temperature"])
        assert set(map(int.__sub__, times[1:], times)) == {900_000}


async def test_a_logger_that_keeps_standard_time_is_recognised_by_rows_in_the_hour_that_is_left_out(tmp_path: Path) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-03-30T20:00", 12))
    async with rig(tmp_path) as store:
        plan = plan_file(path, store.target, {"zone": "Europe/Berlin"})
        assert {finding.key: finding.value for finding in plan.known}["saving"] == "none"
        assert (await store.take(path, {"zone": "Europe/Berlin"})).taken == 48
        assert max((await store.values())["ambient_temperature"]) == ms(2024, 3, 31, 7, 45, zone="Etc/GMT-1")


@pytest.mark.parametrize(("said", "last"), [("follows", "Europe/Berlin"), ("none", "Etc/GMT-1")])
async def test_a_missing_hour_may_be_chance_and_is_asked(tmp_path: Path, said: str, last: str) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-03-30T20:00", 12, skip=frozenset({6})))
    async with rig(tmp_path) as store:
        plan = plan_file(path, store.target, {"zone": "Europe/Berlin"})
        assert [(doubt.key, doubt.likely) for doubt in plan.doubts] == [("saving", "follows")]
        await store.take(path, {"zone": "Europe/Berlin", "saving": said})
        assert max((await store.values())["ambient_temperature"]) == ms(2024, 3, 31, 7, 45, zone=last)


async def test_rows_in_an_hour_that_the_clock_leaps_over_are_refused_where_it_is_said_to_leap(tmp_path: Path) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-03-30T20:00", 12))
    async with rig(tmp_path) as store:
        report = await store.take(path, {"zone": "Europe/Berlin", "saving": "follows"})
        assert counts(report) == {Reason.LEFT_OUT_HOUR: 4}


async def test_a_summer_without_a_change_leaves_it_open(tmp_path: Path) -> None:
    path = made.write(tmp_path, "t.csv", made.hourly("2024-07-01T00:00", 12))
    async with rig(tmp_path) as store:
        assert [doubt.key for doubt in plan_file(path, store.target, {"zone": "Europe/Berlin"}).doubts] == ["saving"]
        assert plan_file(path, store.target, {"zone": "Asia/Tokyo"}).doubts == ()


async def test_a_mistyped_year_holds_up_nothing(tmp_path: Path) -> None:
    text = (
        made.hourly("2024-01-01T00:00", 12)
        .replace("2024-01-01 05:00", "0001-01-01 00:00")
        .replace("2024-01-01 06:00", "9999-12-31 23:59")
    )
    async with rig(tmp_path) as store:
        report = await store.take(made.write(tmp_path, "t.csv", text), {"zone": "Europe/Berlin", "saving": "follows"})
        assert report.taken + sum(counts(report).values()) == report.rows == 48
        assert counts(report)[Reason.FUTURE] == 1


async def test_rows_that_are_missing_are_counted(tmp_path: Path) -> None:
    lines = made.long_table(100).splitlines()
    path = made.write(tmp_path, "ghi.csv", "\n".join([*lines[:11], *lines[21:51], *lines[52:]]))
    async with rig(tmp_path) as store:
        report = await store.take(path)
        assert (report.taken, report.gaps, report.missing) == (89, 2, 11)
