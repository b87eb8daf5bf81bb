"""Whatever the file: what was written is found again, and nonsense is refused in words."""

import contextlib
import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.drivers.csvfile.cells import read_direction, read_number
from backend.drivers.csvfile.finding import Unreadable
from backend.drivers.csvfile.opening import AnyPlan, parser_of, plan_file, try_out
from backend.drivers.csvfile.plan import Plan, Target
from backend.drivers.csvfile.report import Report
from tests.support import import_texts as made

NOW_MS = 1_795_401_720_000
TARGET = Target("school/logger", "Asia/Tokyo", 10_000.0)
SIGNS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
FORMS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H時%M分", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M")
Table = tuple[str, str, str, list[tuple[datetime, float]]]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def look(content: bytes, choices: dict[str, str], name: str = "file.csv") -> tuple[AnyPlan, Report]:
    """Plan and dry run of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        plan = plan_file(path, TARGET, choices)
        return plan, try_out(plan, NOW_MS)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Delimiter, decimal sign, form of the times, and rows of a table over several weeks."""
    delimiter = draw(st.sampled_from(sorted(SIGNS)))
    decimal = draw(st.sampled_from(["point", "comma"])) if delimiter != "comma" else "point"
    form = draw(st.sampled_from(FORMS))
    minutes = draw(st.sampled_from([10, 30, 60, 1440]))
    began = datetime(2024, 5, 20, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 23)))
    numbers = draw(st.lists(st.integers(-199, 349), min_size=4, max_size=30))
    return delimiter, decimal, form, [(began + timedelta(minutes=minutes * i), n / 10) for i, n in enumerate(numbers)]


@QUICK
@given(tables(), st.sampled_from(["utf-8", "utf-8-sig", "cp932", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_found_again(table: Table, encoding: str, end: str) -> None:
    delimiter, decimal, form, rows = table
    sign = SIGNS[delimiter]
    lines = [f"日時{sign}気温(℃)"]
    for at, value in rows:
        written = f"{value}".replace(".", "," if decimal == "comma" else ".")
        lines.append(f"{at:{form}}{sign}{written}")
    plan, report = look(end.join(lines).encode(encoding), {"zone": "UTC"})
    assert plan.doubts == ()
    known = {finding.key: finding.value for finding in plan.known}
    assert (known["delimiter"], known["decimal"]) == (delimiter, decimal)
    assert (report.rows, report.taken) == (len(rows), len(rows))
    assert report.first_ms == round(rows[0][0].timestamp() * 1000)
    assert report.last_ms == round(rows[-1][0].timestamp() * 1000)


@QUICK
@given(st.one_of(st.binary(max_size=2000), st.text(max_size=800).map(lambda text: text.encode("utf-8", "ignore"))))
def test_nonsense_is_refused_in_words(content: bytes) -> None:
    with contextlib.suppress(Unreadable):
        look(content, {})


SAMPLES = (
    made.JMA_DOWNLOAD,
    made.JMA_TABLE,
    made.MIDC,
    made.GERMAN,
    made.LABELLED,
    made.R_TABLE,
    made.SESSIONS,
    made.long_table(20),
)


@QUICK
@given(st.sampled_from(SAMPLES), st.data())
def test_good_files_with_wounds_are_read_or_refused(sample: str, data: st.DataObject) -> None:
    content = bytearray(sample.encode("cp932", "replace"))
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(content) - 1))
        piece = data.draw(st.binary(max_size=4) | st.sampled_from([b"\n", b'"', b",", b";", b"\0", b"24:00", b"-9999"]))
        content[place : place + data.draw(st.integers(0, 5))] = piece
        if not content:
            return
    try:
        plan, report = look(bytes(content), {"zone": "site", "date": "2024-01-04"})
    except Unreadable:
        return
    assert report.taken + sum(tally.count for tally in report.refused.values()) == report.rows
    assert isinstance(plan, Plan) or plan.fields


@QUICK
@given(st.text(max_size=12))
def test_a_cell_is_a_number_or_is_none(text: str) -> None:
    for read, decimal in itertools.product((read_number, read_direction), ".,"):
        found = read(text, decimal)
        assert found is None or (found[0] is None) == found[1].is_bad


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", 1234.5),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("5.1 ]", 5.1),
        ("5.1)", 5.1),
        (" 7 ", 7.0),
        ("--", None),
        ("×", None),
    ],
)
def test_numbers_as_loggers_write_them(text: str, value: float | None) -> None:
    found = read_number(text)
    assert found is not None
    assert found[0] == value


@pytest.mark.parametrize("text", ["abc", "1_000", "12:30", "1 2", "0x10", "True"])
def test_what_is_no_number(text: str) -> None:
    assert read_number(text) is None


def test_blocks_hold_every_row_once() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made.write(Path(folder), "ghi.csv", made.long_table(9001))
        report = Report()
        blocks = list(parser_of(plan_file(path, TARGET, {}), report, NOW_MS).blocks())
        assert [len(block) for block in blocks] == [4000, 4000, 1001]
        assert report.rows == 9001


def test_a_clock_with_am_and_pm_stands_beside_its_day(tmp_path: Path) -> None:
    rows = "".join(f"11/20/2026,{hour % 12 or 12:02}:00 {'AM' if hour < 12 else 'PM'},{hour}\n" for hour in range(24))
    path = made.write(tmp_path, "us.csv", f"Date,Time,Temperature (C)\n{rows}")
    plan = plan_file(path, Target("school/logger", "Asia/Tokyo"), {"zone": "Asia/Tokyo"})
    assert isinstance(plan, Plan)
    assert plan.stamps.columns == (0, 1)
    read = plan.stamps.reader()
    assert [read(cells).hour for _, cells in plan.data()] == list(range(24))


def test_days_that_repeat_without_a_time_of_day_are_not_taken_as_midnights(tmp_path: Path) -> None:
    path = made.write(
        tmp_path, "us.csv", "Date,Time,Temperature (C)\n" + "".join(f"11/20/2026,noon {n},{n}\n" for n in range(24))
    )
    with pytest.raises(Unreadable, match="repeat"):
        plan_file(path, Target("school/logger", "Asia/Tokyo"), {"zone": "Asia/Tokyo"})


def test_a_file_of_nothing_known_says_so_although_its_zone_is_in_doubt(tmp_path: Path) -> None:
    path = made.write(
        tmp_path, "x.csv", "Zeit;Leistung (kW)\n" + "".join(f"20.11.2026 {hour:02}:00;{hour},5\n" for hour in range(24))
    )
    with pytest.raises(Unreadable, match=r"column\.N"):
        plan_file(path, Target("school/logger", "Asia/Tokyo"), {})
