"""Numbers, what stands in their place, what a count is worth, and which property feeds which point."""

import math
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.echonet.feeds import UNITS, choose, factor_of, value_of
from backend.drivers.echonet.frame import Eoj
from backend.drivers.echonet.inspection import explain
from backend.drivers.echonet.judge import Subject, judge
from backend.drivers.echonet.memory import Memory
from backend.drivers.echonet.number import REASONS, Absence, Number, read, s16, s32, u8, u16, u32
from backend.drivers.echonet.tables import TABLES
from backend.model.device import MeterRole
from backend.model.point import PointKind


@pytest.mark.parametrize(
    ("number", "edt", "expected"),
    [
        (u16(), "0dac", 3500),
        (u16(), "fffd", 65533),
        (u16(), "fffe", Absence.UNDERFLOW),
        (u16(), "ffff", Absence.OVERFLOW),
        (u16(), "0d", Absence.WRONG_SIZE),
        (u16(), "0dac00", Absence.WRONG_SIZE),
        (u8(high=100), "32", 50),
        (u8(high=100), "65", Absence.OUT_OF_RANGE),
        (u8(high=100), "ff", Absence.OVERFLOW),
        (s16(low=-2732), "ffce", -50),
        (s16(low=-2732), "7ffe", 32766),
        (s16(low=-2732), "7fff", Absence.OVERFLOW),
        (s16(low=-2732), "8000", Absence.UNDERFLOW),
        (s16(low=-2732), "f000", Absence.OUT_OF_RANGE),
        (s16(holes=True), "7ffe", Absence.NO_DATA),
        (s32(holes=True), "fffffe0c", -500),
        (s32(holes=True), "7ffffffe", Absence.NO_DATA),
        (s32(holes=True), "7fffffff", Absence.OVERFLOW),
        (s32(holes=True), "80000000", Absence.UNDERFLOW),
        (u32(99_999_999, holes=True), "05f5e0ff", 99_999_999),
        (u32(99_999_999, holes=True), "05f5e100", Absence.OUT_OF_RANGE),
        (u32(99_999_999, holes=True), "fffffffe", Absence.NO_DATA),
        (u32(999_999_999), "ffffffff", Absence.OVERFLOW),
    ],
)
def test_numbers(number: Number, edt: str, expected: int | Absence) -> None:
    assert read(number, bytes.fromhex(edt)) == expected


def test_every_absence_has_a_bad_reason() -> None:
    assert set(REASONS) == set(Absence)
    assert all(reason.is_bad for reason in REASONS.values())


def values(code: int, said: Mapping[int, str], role: MeterRole | None = None) -> dict[str, float | Absence]:
    """Of an object that lists exactly what it says."""
    bytes_of = {epc: bytes.fromhex(edt) for epc, edt in said.items()}
    feeds, _ = choose(TABLES[code], frozenset(said), bytes_of, role)
    return {feed.spec.name: value_of(feed, bytes_of[feed.epc]) for feed in feeds}


HV = {0xD3: "00000064", 0xD4: "01", 0xE5: "06", 0xE6: "01", 0xC5: "00"}
CASES: list[tuple[int, dict[int, str], dict[str, float | Absence]]] = [
    (0x0011, {0xE0: "ff9c"}, {"ambient_temperature": -10.0}),
    (0x0012, {0xE0: "37"}, {"humidity": 55}),
    (0x001B, {0xE0: "0320"}, {"co2": 800}),
    (0x001D, {0xE0: "0064"}, {"voc": 100}),
    (0x00D0, {0xE0: "01f4"}, {"illuminance": 500}),
    (0x000D, {0xE1: "0020"}, {"illuminance": 32_000}),
    (0x0022, {0xE0: "000007d0", 0xE2: "04d2"}, {"load_power": 123.4, "load_energy": 2000}),
    (0x0022, {0xE0: "000007d0", 0xE1: "ffffff9c", 0xE2: "04d2"}, {"load_power": -100, "load_energy": 2000}),
    (0x0023, {0xE0: "00001388"}, {"circuit_current": 5.0}),
    (0x0023, {0xE2: "ffffec78"}, {"circuit_current": -5.0}),
    (0x0279, {0xE0: "0dac", 0xE1: "0000001c"}, {"ac_power": 3500, "ac_energy": 28}),
    (0x0279, {0xE0: "ffff", 0xE1: "ffffffff"}, {"ac_power": Absence.OVERFLOW, "ac_energy": Absence.OVERFLOW}),
    (0x027D, {0xD3: "000003e8", 0xE4: "32"}, {"battery_power": -1000, "soc": 50}),
    (0x027D, {0xD3: "fffffc18", 0xA9: "00000001"}, {"battery_power": 1000, "discharged_energy": 1}),
    (0x027D, {0xD4: "0064", 0xD5: "00c8"}, {"battery_current": -10.0, "battery_voltage": 200}),
    (0x027E, {0xD3: "00000bb8", 0xD8: "00000005"}, {"battery_power": -3000, "charged_energy": 5}),
    (0x02A1, {0xD3: "00000bb8", 0xD8: "000003e8"}, {"connector1.power": 3000, "connector1.energy": 1000}),
    (0x02A1, {0xD3: "fffffff6"}, {"connector1.power": Absence.OUT_OF_RANGE}),
    (
        0x02A5,
        {0xE7: "fffff060", 0xE3: "000003e8", 0xE0: "0000000a"},
        {"ac_power": 4000, "ac_energy": 1000, "absorbed_energy": 10},
    ),
    (
        0x0288,
        {0xE7: "fffffe0c", 0xE0: "000004d2", 0xE3: "00000064", 0xE1: "01", 0xE8: "00647ffe"},
        {
            "grid_power": -500,
            "import_energy": 123_400,
            "export_energy": 10_000,
            "grid_current": 10.0,
            "grid_current_t": Absence.NO_DATA,
        },
    ),
    (0x0288, {0xE0: "000004d2", 0xE1: "0a", 0xD3: "00000014"}, {"import_energy": 1234 * 10 * 20 * 1000}),
    (
        0x0288,
        {0xE0: "fffffffe", 0xE1: "01", 0xE7: "7ffffffe"},
        {"import_energy": Absence.NO_DATA, "grid_power": Absence.NO_DATA},
    ),
    (0x0288, {0xE0: "00000001", 0xE1: "07"}, {"import_energy": Absence.NO_SCALE}),
    (
        0x028A,
        {**HV, 0xE2: "07ea0b18091e00000003e8", 0xC3: "07ea0b18091e000000000c", 0xC1: "00000014"},
        {"import_energy": 1000 * 0.1 * 10 * 1000, "demand_power": 12 * 10 * 1000, "peak_demand_power": 20 * 10 * 1000},
    ),
    (
        0x028F,
        {**HV, 0xE2: "07ea0b18091e00000003e800000002", 0xC3: "07ea0b18091e000000000c00000001", 0xC1: "0000001400000002"},
        {
            "import_energy": 1_000_000,
            "export_energy": 2_000,
            "demand_power": 120_000,
            "export_demand_power": 10_000,
            "peak_demand_power": 200_000,
        },
    ),
    (
        0x0287,
        {0xC6: "000005dc", 0xC0: "00000064", 0xC2: "02", 0xB7: "020200000064ffffff9c", 0xD2: "000000c80064ff9c"},
        {
            "grid_power": 1500,
            "import_energy": 1000,
            "circuit2_power": 100,
            "circuit3_power": -100,
            "circuit3_energy": 2000,
            "circuit3_current": 10.0,
            "circuit3_current_t": -10.0,
        },
    ),
]


@pytest.mark.parametrize(("code", "said", "expected"), CASES)
def test_values_in_stored_units_with_the_signs_of_a_site(
    code: int, said: dict[int, str], expected: dict[str, float | Absence]
) -> None:
    assert values(code, said) == pytest.approx(expected)


def test_every_class_is_tried() -> None:
    assert {code for code, _, _ in CASES} == set(TABLES)


def test_a_register_rolls_over_where_its_digits_end() -> None:
    said = {0xE0: b"\0\0\0\1", 0xE1: b"\x02", 0xD7: b"\x06"}
    feeds, missing = choose(TABLES[0x0288], frozenset(said), said)
    assert [(feed.spec.name, feed.spec.modulus) for feed in feeds] == [("import_energy", 1e6 * 10)]
    assert [spec.name for spec in missing] == ["grid_power", "export_energy"]


def test_small_counts_keep_their_decimals() -> None:
    said = {0xE0: b"\0\0\0\1", 0xE1: b"\x04"}
    feeds, _ = choose(TABLES[0x0288], frozenset(said), said)
    assert (feeds[0].spec.digits, value_of(feeds[0], said[0xE0])) == (1, 0.1)


def test_a_coefficient_that_is_listed_but_not_told_makes_no_number() -> None:
    said = {0xE1: b"\0"}
    assert factor_of(TABLES[0x0288].scale, frozenset((0xE1,)), said) == 1
    assert factor_of(TABLES[0x0288].scale, frozenset((0xE1, 0xD3)), said) is None
    assert factor_of(TABLES[0x0288].scale, frozenset((0xE1, 0xD3)), said | {0xD3: bytes(4)}) is None


def test_units() -> None:
    assert {code: 10.0**power for code, power in UNITS.items()} == {
        0: 1, 1: 0.1, 2: 0.01, 3: 0.001, 4: 0.0001, 0x0A: 10, 0x0B: 100, 0x0C: 1000, 0x0D: 10_000, 0x0E: 100_000,
    }  # fmt: skip


def test_a_clamp_measures_what_the_settings_say() -> None:
    said = {0xE0: "000007d0", 0xE1: "00000064"}
    assert values(0x0022, said, MeterRole.GENERATION) == {"ac_power": 100, "ac_energy": 2000}
    assert values(0x0022, said, MeterRole.GRID) == {"grid_power": 100, "import_energy": 2000}
    assert values(0x0287, {0xC6: "00000064"}, MeterRole.LOAD) == {"load_power": 100}


def test_other_channels_than_before_make_no_numbers() -> None:
    said = {0xB7: bytes.fromhex("010100000064")}
    feeds, _ = choose(TABLES[0x0287], frozenset(said), said)
    assert value_of(feeds[0], bytes.fromhex("020100000064")) is Absence.WRONG_SIZE


def test_names_are_unique_and_registers_never_negative() -> None:
    for table in TABLES.values():
        states = [row.spec.name for row in table.states]
        assert len(states) == len(set(states))
        for row in (*table.rows, *table.lists):
            if row.spec.kind is PointKind.ACCUMULATING:
                assert row.factor > 0, row


@given(st.sampled_from(sorted(TABLES)), st.dictionaries(st.integers(0x80, 0xFF), st.binary(max_size=255)))
def test_whatever_an_object_says_becomes_finite_numbers_or_reasons(code: int, said: dict[int, bytes]) -> None:
    table = TABLES[code]
    feeds, missing = choose(table, said.keys(), said)
    states = [row for row in table.states if not set(row.epcs).isdisjoint(said)]
    subject = Subject("a/b", table, feeds, states, missing, ZoneInfo("Asia/Tokyo"))
    report = judge(subject, said, subject.epcs, 1_795_401_720_000, Memory())
    explain(Eoj(code, 1), said.keys(), said, feeds)
    assert all((reading.value is None) == reading.quality.is_bad for reading in report.readings)
    assert all(reading.value is None or math.isfinite(reading.value) for reading in report.readings)
    assert {reading.point for reading in report.readings} <= {point.key for point in subject.points}
    assert len({point.key for point in subject.points}) == len(subject.points)
