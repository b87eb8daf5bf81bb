"""Foreign JSON becomes readings as the settings say, and nothing is guessed."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.document import NotJson, read_document
from backend.drivers.mapping import inspect, look_up, map_document, read_value, serial_of
from backend.drivers.moment import read_moment
from backend.model.device import Device, DeviceKind
from backend.model.mapping import Mapping, Source, TimeField
from backend.model.point import PointSpec, Unit
from backend.model.quality import Flag, Quality

NOW_MS = 1_795_401_720_000
POWER = Source("ac_power", "$.p", factor=1000.0)
DEVICE = Device("hall/m1", "hall", DeviceKind.METER, {}, "push://m1", points=(PointSpec("ac_power", Unit.WATT),))


@pytest.mark.parametrize(
    ("document", "value", "quality"),
    [
        ('{"p": 1.5}', 1500, Quality.GOOD),
        ('{"p": 0}', 0, Quality.GOOD),
        ('{"p": -2}', -2000, Quality.GOOD),
        ('{"p": null}', None, Quality.BAD_NOT_CONNECTED),
        ('{"p": -9999}', None, Quality.BAD_NOT_CONNECTED),
        ('{"p": -9999.0}', None, Quality.BAD_NOT_CONNECTED),
        ('{"p": "--"}', None, Quality.BAD_NOT_CONNECTED),
        ('{"q": 1}', None, Quality.BAD_NOT_SUPPORTED),
        ("[]", None, Quality.BAD_NOT_SUPPORTED),
        ("5", None, Quality.BAD_NOT_SUPPORTED),
        ('{"p": "1.5"}', None, Quality.BAD_CONFIGURATION_ERROR),
        ('{"p": true}', None, Quality.BAD_CONFIGURATION_ERROR),
        ('{"p": {}}', None, Quality.BAD_CONFIGURATION_ERROR),
        ('{"p": [1]}', None, Quality.BAD_CONFIGURATION_ERROR),
        ('{"p": NaN}', None, Quality.BAD_SENSOR_FAILURE),
        ('{"p": -Infinity}', None, Quality.BAD_SENSOR_FAILURE),
        ('{"p": 1e999}', None, Quality.BAD_SENSOR_FAILURE),
        ('{"p": 1e300}', None, Quality.BAD_SENSOR_FAILURE),
        ('{"p": 1' + "0" * 400 + "}", None, Quality.BAD_SENSOR_FAILURE),
    ],
)
def test_a_value_or_the_reason_why_there_is_none(document: str, value: float | None, quality: Quality) -> None:
    found = look_up(read_document(document.encode()), Source("ac_power", "p", 1000.0, absent=(-9999.0, "--")))
    assert (found.value, found.quality) == (value, quality)
    assert (found.why == "") == (value is not None)


def test_scale_and_offset_lead_to_the_stored_unit() -> None:
    assert read_value(212, Source("t", factor=5 / 9, offset=-160 / 9)).value == pytest.approx(100)


def test_a_sentinel_is_compared_before_scaling() -> None:
    assert read_value(-1, Source("t", factor=0.1, absent=(-0.1,))).value == pytest.approx(-0.1)
    assert read_value(True, Source("t", absent=(1.0,))).quality is Quality.BAD_CONFIGURATION_ERROR


@pytest.mark.parametrize(
    ("text", "value"), [("21.5", 21.5), (" -3 ", -3), ("1e3", 1000), ("1_000", None), ("", None), ("nan", None)]
)
def test_numbers_in_quotes_only_where_the_settings_say_so(text: str, value: float | None) -> None:
    assert read_value(text, Source("t", quoted=True)).value == value
    assert read_value(text, Source("t")).value is None


@pytest.mark.parametrize(
    ("written", "field", "at_ms", "flags", "own"),
    [
        ("2026-11-23T02:00:00Z", TimeField("t"), 1_795_399_200_000, Flag.NONE, True),
        ("2026-11-23T11:00:00.250+09:00", TimeField("t"), 1_795_399_200_250, Flag.NONE, True),
        ("2026-11-23T11:00:00", TimeField("t", zone="Asia/Tokyo"), 1_795_399_200_000, Flag.NONE, True),
        ("2026/11/23 11:00", TimeField("t", "%Y/%m/%d %H:%M", "Asia/Tokyo"), 1_795_399_200_000, Flag.NONE, True),
        (1_795_399_200, TimeField("t", "unix_s"), 1_795_399_200_000, Flag.NONE, True),
        (1_795_399_200.5, TimeField("t", "unix_s"), 1_795_399_200_500, Flag.NONE, True),
        (1_795_399_200_000, TimeField("t", "unix_ms"), 1_795_399_200_000, Flag.NONE, True),
        ("2026-10-25T02:30:00", TimeField("t", zone="Europe/London"), 1_792_895_400_000, Flag.NONE, True),
        ("2026-10-25T01:30:00", TimeField("t", zone="Europe/London"), 1_792_888_200_000, Flag.CLOCK_SUSPECT, True),
        ("2026-03-29T01:30:00", TimeField("t", zone="Europe/London"), 1_774_747_800_000, Flag.CLOCK_SUSPECT, True),
        ("1970-01-01T00:00:00Z", TimeField("t"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        ("2036-01-01T00:00:00Z", TimeField("t"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        ("yesterday", TimeField("t"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        ("0001-01-01T00:00:00+23:00", TimeField("t"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        (None, TimeField("t"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        (True, TimeField("t", "unix_s"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        (math.nan, TimeField("t", "unix_s"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        (math.inf, TimeField("t", "unix_s"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        (1_795_399_200, TimeField("t", "unix_ms"), NOW_MS, Flag.CLOCK_SUSPECT, False),
        ("1795399200", TimeField("t", "unix_s"), NOW_MS, Flag.CLOCK_SUSPECT, False),
    ],
)
def test_times_are_the_devices_own_where_they_can_be_believed(
    written: object, field: TimeField, at_ms: int, flags: Flag, own: bool
) -> None:
    assert read_moment(written, field, NOW_MS) == (at_ms, flags, own)


def test_a_document_becomes_one_reading_for_each_point() -> None:
    mapping = Mapping((POWER, Source("soc", "b.soc")), TimeField("t", "unix_s"), "sn")
    mapped = map_document(DEVICE, mapping, {"p": 2, "t": 1_795_399_200, "sn": 77}, NOW_MS)
    assert mapped.readings == (
        ("hall/m1/ac_power", 1_795_399_200_000, 2000.0, Quality.GOOD, Flag.NONE),
        ("hall/m1/soc", 1_795_399_200_000, None, Quality.BAD_NOT_SUPPORTED, Flag.NONE),
    )
    assert serial_of(mapping, {"sn": 77}) == "77"
    assert serial_of(mapping, {"sn": None}) == serial_of(mapping, {}) == serial_of(Mapping(()), {"sn": 1}) == ""
    power, soc = inspect(mapping, {"p": 2}, {"ac_power": "W"})
    assert (power.path, power.raw, power.value, power.unit, power.absent) == ("$.p", 2, 2000.0, "W", None)
    assert (soc.value, soc.absent) == (None, "missing")


def test_without_a_time_that_of_receipt_counts_in_doubt() -> None:
    (reading,) = map_document(DEVICE, Mapping((POWER,)), {"p": 2}, NOW_MS).readings
    assert (reading.at_ms, reading.flags) == (NOW_MS, Flag.CLOCK_SUSPECT)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[" * 80 + b"]" * 80, b"9" * 5000, b" " * 300_000, b"{'a':1}"]
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(NotJson):
        read_document(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ptabc") | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)
SOURCES = tuple(
    Source(f"p{n}", path, quoted=n % 2 == 0) for n, path in enumerate(("$", "p", "$.p.a[0]", "p[a=1].b", "a[-1]", "b.c"))
)


@given(anything, st.sampled_from(["iso", "unix_s", "unix_ms", "%Y-%m-%d"]))
def test_whatever_a_document_holds_gives_a_number_or_a_reason(document: object, form: str) -> None:
    again = read_document(json.dumps(document).encode())
    mapped = map_document(DEVICE, Mapping(SOURCES, TimeField("t", form, "Asia/Tokyo"), "a"), again, NOW_MS)
    assert len(mapped.readings) == len(SOURCES)
    for reading in mapped.readings:
        assert (reading.value is None) == reading.quality.is_bad
        assert reading.value is None or math.isfinite(reading.value)
        assert reading.at_ms <= NOW_MS + 300_000
