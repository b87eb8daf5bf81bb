"""Frames, property maps and instance lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.echonet.frame import LONGEST, Eoj, Esv, Frame, FrameError, Property, decode
from backend.drivers.echonet.maps import read_instances, read_map, write_instances, write_map

SNA = bytes.fromhex("1081000d02790105ff015202800130f100")
eojs = st.builds(Eoj, st.integers(0, 0xFFFF), st.integers(0, 255))
properties = st.lists(st.builds(Property, st.integers(0, 255), st.binary(max_size=255)), max_size=8)
once = st.sampled_from([esv for esv in Esv if esv not in (Esv.SETGET, Esv.SETGET_RES, Esv.SETGET_SNA)])
frames = st.builds(Frame, st.integers(0, 0xFFFF), eojs, eojs, once, properties.map(tuple))


@given(frames)
def test_a_frame_comes_back_as_it_went(frame: Frame) -> None:
    assert decode(frame.encode()) == frame


@given(st.binary(max_size=LONGEST))
def test_anything_else_is_told_as_such(data: bytes) -> None:
    try:
        decode(data)
    except FrameError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SNA[:11],
        SNA[:-1],
        bytes.fromhex("1081000d02790105ff017201e0020d"),
        b"\x10\x82" + SNA[2:],
        SNA[:10] + b"\x01" + SNA[11:],
        SNA[:11] + b"\xff" + SNA[12:],
        bytes.fromhex("1081000d02790105ff016e01e00100"),
    ],
    ids=[
        "empty",
        "no count",
        "cut off",
        "cut off in a value",
        "another format",
        "unknown service",
        "more than there is",
        "half of a double",
    ],
)
def test_no_frame(data: bytes) -> None:
    with pytest.raises(FrameError):
        decode(data)


def test_a_refusal_still_says_what_it_can() -> None:
    frame = decode(SNA)
    assert (frame.esv, frame.tid, frame.values) == (Esv.GET_SNA, 13, {0x80: b"\x30"})


def test_padding_is_passed_over_and_a_double_is_read_whole() -> None:
    assert decode(SNA + b"\0\0\0") == decode(SNA)
    both = decode(bytes.fromhex("108100010ef00105ff017e01b00001e00142"))
    assert both.properties == (Property(0xB0), Property(0xE0, b"\x42"))


def test_more_than_a_frame_holds_is_refused() -> None:
    with pytest.raises(FrameError):
        Frame(1, Eoj(1, 1), Eoj(1, 1), Esv.GET, (Property(0x80, bytes(256)),)).encode()


def test_an_object_is_written_as_in_addresses_and_instance_0_means_all() -> None:
    assert str(Eoj(0x0279, 1)) == "0279:1"
    assert Eoj(0x0279, 0).covers(Eoj(0x0279, 3))
    assert not Eoj(0x0279, 1).covers(Eoj(0x0279, 3))
    assert not Eoj(0x0279, 0).covers(Eoj(0x027D, 1))


@given(st.sets(st.integers(0x80, 0xFF)))
def test_a_map_comes_back_in_either_form(epcs: set[int]) -> None:
    written = write_map(epcs)
    assert len(written) == (17 if len(epcs) >= 16 else 1 + len(epcs))
    assert read_map(written) == epcs


def test_maps_of_real_devices() -> None:
    listed = {0x80, 0x82, 0x83, 0x88, 0x8A, 0x9D, 0x9E, 0x9F, 0xD5, 0xD6}
    assert read_map(bytes.fromhex("0a808283888a9d9e9fd5d6")) == listed
    generator = read_map(bytes.fromhex("227d791d5b084001024301010001030202"))
    assert len(generator) == 0x22
    assert {0xE0, 0xE1, 0xE3, 0xD0, 0xD1, 0x9F} <= generator
    assert 0xE6 not in generator


def test_a_bitmap_for_few_and_a_list_of_many_are_understood() -> None:
    few = write_map(range(0x80, 0x90))
    assert read_map(b"\x05" + few[1:]) == set(range(0x80, 0x90))
    assert read_map(bytes((20, *range(0x80, 0x94)))) == set(range(0x80, 0x94))


@pytest.mark.parametrize("edt", [b"", b"\x05\x80", b"\x02\x10\x11", b"\x20\x80\x81"])
def test_no_map(edt: bytes) -> None:
    with pytest.raises(ValueError, match="map"):
        read_map(edt)


def test_instances_each_once_and_as_far_as_they_go() -> None:
    pv, storage = Eoj(0x0279, 1), Eoj(0x027D, 1)
    assert read_instances(write_instances((pv, storage, pv))) == (pv, storage)
    assert read_instances(b"\x05" + bytes(pv) + b"\x02") == (pv,)
    assert read_instances(b"") == ()
