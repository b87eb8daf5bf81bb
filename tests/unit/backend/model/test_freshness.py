"""What a screen may do with a value, by quality, age and link."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.model.device import ConnectorStatus, DeviceStatus
from backend.model.freshness import Freshness, judge, judge_connector
from backend.model.quality import Quality
from backend.model.reading import Reading
from backend.model.states import ChargingState, Connectivity, ConnectorState

NOW = 1_795_401_720_000
SECOND = 1000
MINUTE = 60 * SECOND
CONNECTED = DeviceStatus("s/d", Connectivity.CONNECTED, NOW - 3_600_000, NOW)
LOST = replace(CONNECTED, connectivity=Connectivity.LOST, since_ms=NOW - MINUTE, last_seen_ms=NOW - MINUTE)
ASLEEP = replace(CONNECTED, connectivity=Connectivity.ASLEEP)


def good(age_ms: int) -> Reading:
    return Reading("s/d/ac_power", NOW - age_ms, 1200.0)


def of(
    reading: Reading | None, status: DeviceStatus | None = CONNECTED, interval_s: float = 5.0, node_age_ms: int | None = 0
) -> Freshness:
    return judge(reading, status, interval_s, NOW, None if node_age_ms is None else NOW - node_age_ms)


@pytest.mark.parametrize(
    ("age_ms", "interval_s", "expected"),
    [
        (0, 5.0, Freshness.LIVE),
        (-2 * SECOND, 5.0, Freshness.LIVE),
        (15 * SECOND, 5.0, Freshness.LIVE),
        (16 * SECOND, 5.0, Freshness.STALE),
        (9 * SECOND, 1.0, Freshness.LIVE),
        (11 * SECOND, 1.0, Freshness.STALE),
        (15 * MINUTE, 5.0, Freshness.STALE),
        (16 * MINUTE, 5.0, Freshness.OFFLINE),
        (40 * MINUTE, 900.0, Freshness.LIVE),
        (46 * MINUTE, 900.0, Freshness.OFFLINE),
        (-6 * MINUTE, 5.0, Freshness.FAULTY),
    ],
)
def test_a_good_value_ages(age_ms: int, interval_s: float, expected: Freshness) -> None:
    assert of(good(age_ms), interval_s=interval_s) is expected


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (Quality.GOOD_LOCAL_OVERRIDE, Freshness.LIVE),
        (Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE, Freshness.STALE),
        (Quality.UNCERTAIN_LAST_USABLE_VALUE, Freshness.STALE),
        (Quality.UNCERTAIN_SUBSTITUTE_VALUE, Freshness.FAULTY),
        (Quality.UNCERTAIN_SENSOR_NOT_ACCURATE, Freshness.FAULTY),
        (Quality.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED, Freshness.FAULTY),
    ],
)
def test_quality_decides_over_a_value_measured_just_now(quality: Quality, expected: Freshness) -> None:
    assert of(good(0)._replace(quality=quality)) is expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (Quality.BAD_NOT_SUPPORTED, Freshness.ABSENT),
        (Quality.BAD_NOT_CONNECTED, Freshness.ABSENT),
        (Quality.BAD_NO_COMMUNICATION, Freshness.OFFLINE),
        (Quality.BAD_COMMUNICATION_ERROR, Freshness.OFFLINE),
        (Quality.BAD_SENSOR_FAILURE, Freshness.FAULTY),
        (Quality.BAD_DEVICE_FAILURE, Freshness.FAULTY),
        (Quality.BAD_CONFIGURATION_ERROR, Freshness.FAULTY),
        (Quality.BAD_OUT_OF_SERVICE, Freshness.FAULTY),
    ],
)
def test_an_absent_value_says_why(reason: Quality, expected: Freshness) -> None:
    assert of(Reading.absent("s/d/ac_power", NOW, reason)) is expected


def test_a_lost_device_is_never_live() -> None:
    assert of(good(0), LOST) is Freshness.STALE
    assert of(good(20 * MINUTE), LOST) is Freshness.OFFLINE
    assert of(None, LOST) is Freshness.OFFLINE


@pytest.mark.parametrize("node_age_ms", [None, 91 * SECOND])
def test_when_the_node_is_silent_nothing_is_live_or_asleep(node_age_ms: int | None) -> None:
    assert of(good(0), node_age_ms=node_age_ms) is Freshness.STALE
    assert of(good(60 * MINUTE), ASLEEP, node_age_ms=node_age_ms) is Freshness.OFFLINE


def test_sleep_is_no_fault_and_no_age() -> None:
    assert of(good(8 * 60 * MINUTE), ASLEEP) is Freshness.ASLEEP
    assert of(None, ASLEEP) is Freshness.ASLEEP
    assert of(Reading.absent("s/d/x", NOW, Quality.BAD_NO_COMMUNICATION), ASLEEP) is Freshness.ASLEEP
    assert of(Reading.absent("s/d/x", NOW, Quality.BAD_NOT_SUPPORTED), ASLEEP) is Freshness.ABSENT


def test_never_heard_of_is_absent() -> None:
    assert of(None, None) is Freshness.ABSENT
    assert of(None, CONNECTED) is Freshness.ABSENT


@given(
    st.one_of(
        st.none(),
        st.builds(Reading, st.just("s/d/x"), st.integers(NOW - 10**8, NOW + 10**8), st.just(1.0), st.sampled_from(Quality)),
    ),
    st.one_of(st.none(), st.builds(DeviceStatus, st.just("s/d"), st.sampled_from(Connectivity), st.just(NOW))),
    st.one_of(st.none(), st.integers(NOW - 10**6, NOW)),
)
def test_only_good_or_last_usable_values_are_ever_shown(
    reading: Reading | None, status: DeviceStatus | None, node_seen_ms: int | None
) -> None:
    freshness = judge(reading, status, 5.0, NOW, node_seen_ms)
    if freshness.shows_value:
        assert reading is not None
        assert reading.quality.is_good or reading.quality in (
            Quality.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE,
            Quality.UNCERTAIN_LAST_USABLE_VALUE,
        )
    if freshness is Freshness.LIVE:
        assert node_seen_ms is not None


AVAILABLE = ConnectorStatus("s/d", 1, ConnectorState.AVAILABLE, NOW - 60 * MINUTE)


def test_a_connector_in_contact_says_its_state_however_old() -> None:
    view = judge_connector(AVAILABLE, CONNECTED, 60.0, NOW, NOW)
    assert (view.state, view.freshness, view.since_ms) == (ConnectorState.AVAILABLE, Freshness.LIVE, AVAILABLE.since_ms)


@pytest.mark.parametrize(
    ("status", "node_seen_ms"),
    [
        (LOST, NOW),
        (None, NOW),
        (replace(CONNECTED, connectivity=Connectivity.UNKNOWN), NOW),
        (CONNECTED, NOW - 2 * MINUTE),
        (CONNECTED, None),
        (replace(CONNECTED, last_seen_ms=NOW - 16 * MINUTE), NOW),
        (replace(CONNECTED, last_seen_ms=None), NOW),
    ],
)
def test_without_contact_a_connector_is_unknown_and_never_available(
    status: DeviceStatus | None, node_seen_ms: int | None
) -> None:
    charging = replace(AVAILABLE, charging=ChargingState.CHARGING)
    view = judge_connector(charging, status, 60.0, NOW, node_seen_ms)
    assert view.state is ConnectorState.UNKNOWN
    assert view.charging is ChargingState.NONE
    assert view.last is ConnectorState.AVAILABLE
    assert view.freshness is Freshness.OFFLINE


def test_a_silent_connector_says_since_when() -> None:
    assert judge_connector(AVAILABLE, LOST, 60.0, NOW, NOW).since_ms == LOST.last_seen_ms


def test_a_faulted_connector_is_faulty_and_an_unheard_one_absent() -> None:
    faulted = replace(AVAILABLE, state=ConnectorState.FAULTED)
    assert judge_connector(faulted, CONNECTED, 60.0, NOW, NOW).freshness is Freshness.FAULTY
    unheard = replace(AVAILABLE, state=ConnectorState.UNKNOWN)
    assert judge_connector(unheard, CONNECTED, 60.0, NOW, NOW).freshness is Freshness.ABSENT
