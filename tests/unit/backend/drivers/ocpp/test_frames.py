"""Frames, good and bad."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.drivers.ocpp.frames import Broken, Call, ErrorCode, Failure, Frame, Result, excerpt, read_frame, write_failure


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('[2,"a","Heartbeat",{}]', Call("a", "Heartbeat", {})),
        ('[2,"a","Heartbeat",null]', Call("a", "Heartbeat", {})),
        ('[2,17,"Heartbeat",{}]', Call(17, "Heartbeat", {})),
        ('[3,"a",{"status":"Accepted"}]', Result("a", {"status": "Accepted"})),
        ('[4,"a","NotSupported","",{}]', Failure("a", "NotSupported")),
        ('[4,"a","NotSupported"]', Failure("a", "NotSupported")),
        ('[2,"a","Heartbeat"]', Broken("call_structure", "a")),
        ('[2,"a","Heartbeat",{},1]', Broken("call_structure", "a")),
        ('[2,"a",5,{}]', Broken("call_structure", "a")),
        ('[2,"a","Heartbeat",[]]', Broken("call_structure", "a")),
        ('[2,"a","Heartbeat",{"x":', Broken("not_json", "a")),
        ('[2,"a","Heartbeat",{"x":NaN}]', Broken("not_json", "a")),
        ('[2,null,"Heartbeat",{}]', Broken("no_message_id")),
        ('[2,true,"Heartbeat",{}]', Broken("no_message_id")),
        ("[true,1]", Broken("unknown_message_type")),
        ('["2","a","Heartbeat",{}]', Broken("unknown_message_type")),
        ('[9,"a",{}]', Broken("unknown_message_type")),
        ("[]", Broken("not_a_list")),
        ("{}", Broken("not_a_list")),
        ("", Broken("not_json")),
        ("[" * 100_000, Broken("not_json")),
        ('[3,"a"]', Broken("answer_structure")),
    ],
)
def test_every_frame_is_understood_or_named_broken(text: str, frame: Frame) -> None:
    assert read_frame(text.encode()) == frame


def test_bytes_that_are_no_text_are_broken() -> None:
    assert read_frame(b"\xff\xfe\x00") == Broken("not_json")
    assert read_frame(b'[2,"a","\xff"') == Broken("not_json", "a")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_nothing_makes_reading_raise(data: bytes) -> None:
    read_frame(data)
    excerpt(data)


def test_an_excerpt_stops_before_a_persons_tag() -> None:
    assert excerpt(b'[2,"a","Authorize",{"idTag":"04A1B2"}]') == '[2,"a","Authorize",{"id'
    assert "04A1" not in excerpt(b'[2,"a","X",{"parentIdTag" "04A1"')


def test_a_refusal_has_its_five_parts() -> None:
    assert write_failure("a", ErrorCode.FORMATION, "x") == '[4,"a","FormationViolation","x",{}]'
