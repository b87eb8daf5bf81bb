"""A sealed batch gives back what went in, and nothing else is accepted."""

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from backend.model.clock import ClockQuality
from backend.model.columns import Columns
from backend.model.device import ConnectorStatus, DeviceStatus, Nameplate
from backend.model.event import Event, EventKind
from backend.model.quality import Flag, Quality
from backend.model.states import ChargingState, Connectivity, ConnectorState, DeviceHealth
from backend.wire.batch import FIRST_PREDECESSOR, Header, pack_content, read_hash, read_header, seal, unseal, weigh
from backend.wire.numbers import Damaged

ROWS = st.lists(
    st.tuples(
        st.integers(1, 2**20 - 1),
        st.integers(0, 2**42),
        st.one_of(st.just(float("nan")), st.floats(allow_nan=False), st.integers(-99999, 99999).map(lambda n: n / 100)),
        st.sampled_from(list(Quality)),
        st.sampled_from(list(Flag)),
        st.integers(0, 5),
    ),
    max_size=60,
)


def header(count: int, first: int = 1, predecessor: bytes = FIRST_PREDECESSOR) -> Header:
    return Header(
        "school", b"e" * 16, first, max(count, 1), count, 1_795_401_720_000, b"b" * 16, ClockQuality.UNKNOWN, predecessor
    )


def sealed(value: float = 1.0, first: int = 1, predecessor: bytes = FIRST_PREDECESSOR) -> bytes:
    rows = Columns(np.array([7], np.int32), np.array([5]), np.array([value]), np.zeros(1, np.uint32), np.zeros(1, np.uint8))
    return seal(header(1, first, predecessor), pack_content(rows, np.array([1])))


@given(ROWS)
def test_readings_come_back(rows: list[tuple[int, int, float, Quality, Flag, int]]) -> None:
    point, at_ms, value, quality, flags, digits = zip(*rows, strict=True) if rows else ((),) * 6
    columns = Columns(
        np.array(point, np.int32),
        np.array(at_ms, np.int64),
        np.array(value, np.float64),
        np.array([int(q) for q in quality], np.uint32),
        np.array([int(f) for f in flags], np.uint8),
    )
    data = seal(header(len(rows)), pack_content(columns, np.array(digits, np.int64)))
    batch = unseal(data, FIRST_PREDECESSOR)
    for name in ("point", "at_ms", "value", "quality", "flags"):
        np.testing.assert_array_equal(getattr(batch.readings, name), getattr(columns, name))
    assert batch.header == header(len(rows)) == read_header(data)


def test_events_and_states_come_back() -> None:
    events = [Event(5, EventKind.COUNTER_RESET, "s/m/energy", {"before": 9.5, "explained": True, "why": None, "count": 3})]
    device = DeviceStatus("s/d", Connectivity.CONNECTED, 4, 5, DeviceHealth.WARNING, ("GROUND_FAULT",), Nameplate("A", "B", "C"))
    connector = ConnectorStatus("s/ev", 1, ConnectorState.CHARGING, 3, ChargingState.CHARGING, 2, 120.0, "")
    empty = Columns.empty()
    batch = unseal(seal(header(0), pack_content(empty, empty.at_ms, events, [connector, device])))
    assert list(batch.events) == events
    assert list(batch.states) == [device, connector]


def test_every_flipped_byte_is_noticed() -> None:
    data = sealed()
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0x20
        with pytest.raises(Damaged):
            unseal(bytes(damaged))


def test_the_chain_tells_a_stranger() -> None:
    first = sealed()
    second = sealed(2.0, 2, read_hash(first))
    assert unseal(second, read_hash(first)).header.first == 2
    with pytest.raises(Damaged):
        unseal(second, read_hash(sealed(1.5)))


def test_a_later_format_is_refused() -> None:
    data = bytearray(sealed())
    data[2] = 9
    with pytest.raises(Damaged):
        read_header(bytes(data))


def test_what_a_batch_will_take_in_memory_is_known_before_it_is_decoded() -> None:
    rows = Columns(np.ones(1000, np.int32), np.arange(1000), np.ones(1000), np.zeros(1000, np.uint32), np.zeros(1000, np.uint8))
    data = seal(header(1000), pack_content(rows, np.ones(1000, np.int64)))
    assert weigh(data) == 25_000
    assert weigh(sealed()) < 200


def test_a_small_batch_that_unpacks_into_very_much_is_not_even_unpacked() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(8 * 1024 * 1024))
    with pytest.raises(Damaged, match="larger"):
        weigh(seal(header(1), bomb))
    unannounced = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(100))
    with pytest.raises(Damaged, match="larger"):
        weigh(seal(header(1), unannounced))
    with pytest.raises(Damaged):
        weigh(seal(header(1), b"no frame at all"))
