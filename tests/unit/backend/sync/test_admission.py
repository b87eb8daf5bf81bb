"""How much may be on its way at once."""

import pytest
from starlette.requests import Request

from backend.http.problems import Problem
from backend.sync.admission import Admission, Bounds
from backend.wire.parcel import LARGEST_BYTES


def request(body: bytes, headers: dict[str, str] | None = None) -> Request:
    said = {"content-length": str(len(body))} if headers is None else headers

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in said.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


async def nothing() -> int:
    return 0


async def test_a_body_is_let_in_whole() -> None:
    async with Admission(nothing).body(request(b"parcel")) as body:
        assert body == b"parcel"


async def test_beyond_the_bound_callers_are_sent_away_until_there_is_room() -> None:
    admission = Admission(nothing, Bounds(open_bytes=10))
    async with admission.body(request(b"12345678")):
        with pytest.raises(Problem) as problem:
            async with admission.body(request(b"123")):
                pass
        assert (problem.value.status, problem.value.headers) == (503, {"Retry-After": "2"})
        async with admission.body(request(b"12")):
            pass
    async with admission.body(request(b"more than the bound, but alone")):
        pass


async def test_room_is_given_back_when_a_request_fails() -> None:
    admission = Admission(nothing, Bounds(open_bytes=10))
    with pytest.raises(RuntimeError):
        async with admission.body(request(b"12345678")):
            raise RuntimeError
    async with admission.body(request(b"12345678")):
        pass


async def test_nobody_is_let_in_while_too_much_waits_to_be_folded() -> None:
    waiting = [500, 400, 50]

    async def unfolded() -> int:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async with Admission(unfolded, Bounds(unfolded=100)).body(request(b"x")):
        assert waiting == [50]
    waiting[:] = [500]
    with pytest.raises(Problem) as problem:
        async with Admission(unfolded, Bounds(unfolded=100, patience_s=0.2)).body(request(b"x")):
            pass
    assert problem.value.status == 503


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"content-length": str(LARGEST_BYTES + 1)}, 413), ({"content-length": "6", "content-encoding": "gzip"}, 415)],
)
async def test_what_cannot_be_a_parcel_is_refused_before_it_is_read(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Problem) as problem:
        async with Admission(nothing).body(request(b"", headers)):
            pass
    assert problem.value.status == status
