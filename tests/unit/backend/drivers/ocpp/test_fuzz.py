"""Whatever a charger sends: no exception escapes, the line stands, and a good frame is answered afterwards."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.dialects import DIALECTS
from backend.drivers.ocpp.frames import Call, read_frame
from backend.drivers.ocpp.schemas import Refused
from tests.support.charge_point import calling, charger, serving
from tests.support.ocpp_frames import GOOD_2, GOOD_16
from tests.support.sink import RecordingSink

GOOD = [("ocpp1.6", action, payload) for action, payload in GOOD_16.items()] + [
    (protocol, action, payload) for protocol in ("ocpp2.0.1", "ocpp2.1") for action, payload in GOOD_2.items()
]
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key inside a payload."""
    keys = range(len(value)) if isinstance(value, list) else list(value) if isinstance(value, dict) else []
    for key in keys:
        yield value, key
        yield from places(value[key])


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A version and a real call of it with one to three places changed, removed or added."""
    protocol, action, good = draw(st.sampled_from(GOOD))
    payload = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(payload))
        if not found or draw(st.integers(0, 5)) == 0:
            payload[draw(st.text(max_size=8))] = draw(junk)
            continue
        container, key = draw(st.sampled_from(found))
        if draw(st.booleans()):
            container[key] = draw(junk)
        else:
            del container[key]
    return protocol, action, payload


@pytest.mark.parametrize(("protocol", "action", "payload"), GOOD)
def test_the_good_ones_are_good(protocol: str, action: str, payload: Any) -> None:
    assert DIALECTS[protocol].check(action, payload).repairs == ()


def take(protocol: str, action: str, payload: Any) -> None:
    """Refused, or understood with every reading's point declared."""
    try:
        checked = DIALECTS[protocol].check(action, payload)
    except Refused:
        return
    outcome = DIALECTS[protocol].decide(Charger(charger()), action, checked, Arrival(1_795_401_720_000, 7))
    declared = {f"hall/CP-01/{spec.name}" for spec in outcome.specs}
    assert {reading.point for reading in outcome.readings} <= declared


@given(spoilt())
@settings(max_examples=600, deadline=None)
def test_a_spoilt_call_is_mended_or_refused(call: tuple[str, str, Any]) -> None:
    take(*call)


@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), min_size=1, max_size=4))
@settings(max_examples=600, deadline=None)
def test_spoilt_bytes_are_a_frame_or_named_broken(good: tuple[str, str, Any], changes: list[tuple[int, bytes]]) -> None:
    protocol, action, payload = good
    data = json.dumps([2, "f", action, payload]).encode()
    for place, insert in changes:
        at = place % len(data)
        data = data[:at] + insert + data[at + 1 :]
    frame = read_frame(data)
    if isinstance(frame, Call):
        take(protocol, frame.action, frame.payload)


@given(
    st.sampled_from(sorted(DIALECTS)),
    st.lists(
        spoilt().map(lambda call: json.dumps([2, "f", *call[1:]]))
        | st.tuples(spoilt(), st.integers(0, 80)).map(lambda cut: json.dumps([2, "f", *cut[0][1:]])[: cut[1]])
        | st.text(max_size=40)
        | junk.map(json.dumps),
        max_size=25,
    ),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_line_stands_and_a_good_frame_is_answered(protocol: str, frames: list[str]) -> None:
    async def talk() -> None:
        escaped: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: escaped.append(context))
        async with serving(RecordingSink()) as url, calling(url, subprotocols=[protocol]) as cp, asyncio.timeout(5):
            for frame in frames:
                await cp.raw(frame.encode("utf-8", "replace"))
            assert (await cp.ask("Heartbeat", {}))[0] == 3
        assert escaped == []

    asyncio.run(talk())
