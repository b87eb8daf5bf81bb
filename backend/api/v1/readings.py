"""Route: readings from gateways of third parties, which cannot sign and vouch for what they send with their token."""

from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from backend.api.tokens import Scope, Token
from backend.api.v1.gate import OURS
from backend.api.v1.group import SECURITY
from backend.api.v1.questions import inline
from backend.api.v1.service import Service
from backend.api.v1.shapes import ReceiptShape
from backend.http.problems import MEDIA, Problem
from backend.model.gateway import AttestedBatch, GatewayDesk, Taken
from backend.model.reading import Reading
from backend.wire.numbers import Damaged
from backend.wire.plain import LARGEST_BYTES, PlainBatch, plain_schema, read_plain

_JSON = "application/json"
_EARLIEST_MS = 946_684_800_000
"""2000: no clock that was ever set says less."""
_AHEAD_MS = timedelta(days=1) // timedelta(milliseconds=1)
_EXAMPLE = {
    "sequence": 4711,
    "readings": [
        {"point": "aoba-es/meter7/ac_power", "at": "2026-11-23T11:42:07+09:00", "value": 1480.0},
        {"point": "aoba-es/meter7/ac_energy", "at": "2026-11-23T11:42:07+09:00", "value": 52600.0},
    ],
}
_REFUSALS = {
    409: "Something else was kept under this sequence number, or the number is too far behind the highest one.",
    413: "Larger than a batch may be.",
    415: "Not JSON.",
}


def routes(service: Service) -> APIRouter:
    """What may be written."""
    router = APIRouter(prefix=OURS, tags=["readings"])
    refusal = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    responses: dict[int | str, dict[str, Any]] = {status: {"description": text, **refusal} for status, text in _REFUSALS.items()}

    @router.post("/readings", response_model=ReceiptShape, responses=responses, openapi_extra={**SECURITY, **_body()})
    async def readings(request: Request) -> Response:
        """Keep a batch of readings. The answer leaves once it is on disk; until then send it again, under the same number.

        Batches are named by their `sequence`, one more for each. A repeat changes nothing and is answered alike; another batch
        under a number that was used is refused, and that is recorded. Readings are flagged ATTESTED.
        """
        token: Token = request.state.token
        service.check(token, Scope.WRITE)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise Problem(415, "media_type", f"Only {_JSON} is taken.")
        try:
            batch = read_plain(await _read(request))
        except Damaged as error:
            _refuse(service.desk, token, 0, "malformed")
            raise Problem(422, "invalid", f"body: {error}") from error
        found = [reading.to_reading() for reading in batch.readings]
        desk = _admit(service, token, batch.sequence, found)
        return _receipt(batch, await desk.take(AttestedBatch(token.id, batch.sequence, batch.digest, found)))

    return router


async def _read(request: Request) -> bytes:
    """The body, no longer than it may be. Raises ``Problem``, before anything longer is in memory."""
    too_large = Problem(413, "too_large", f"A batch may hold {LARGEST_BYTES} bytes.")
    if int(request.headers.get("content-length", "0")) > LARGEST_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BYTES:
            raise too_large
    return bytes(body)


def _admit(service: Service, token: Token, sequence: int, readings: list[Reading]) -> GatewayDesk:
    """Whoever takes these. Raises ``Problem`` where the token may not speak for one of them, it is no point, or has no time."""
    refuse = partial(_refuse, service.desk, token, sequence)
    latest_ms = service.clock.now_ms() + _AHEAD_MS
    for reading in readings:
        if reading.point.rpartition("/")[0] not in token.devices:
            refuse("device")
            raise Problem(403, "device", f"This token does not speak for the device of {reading.point}.")
        if service.desk is None or not service.desk.knows(reading.point):
            refuse("point")
            raise Problem(404, "point", f"There is no point {reading.point} that a gateway speaks for.")
        if not _EARLIEST_MS <= reading.at_ms <= latest_ms:
            refuse("time")
            raise Problem(400, "time", f"A reading of {reading.point} is not of this time; set the clock of the gateway.")
    if service.desk is None:
        raise Problem(404, "point", "No gateway speaks for anything here.")
    return service.desk


def _refuse(desk: GatewayDesk | None, token: Token, sequence: int, reason: str) -> None:
    if desk is not None:
        desk.refuse(token.id, sequence, reason)


def _receipt(batch: PlainBatch, taken: Taken) -> Response:
    match taken:
        case Taken.CONFLICT:
            raise Problem(409, "sequence", f"Something else was kept under the sequence number {batch.sequence}.")
        case Taken.PASSED:
            raise Problem(409, "sequence_passed", f"The sequence number {batch.sequence} is too far behind the highest one.")
        case Taken.KEPT | Taken.KNOWN:
            content = {"sequence": batch.sequence, "readings": len(batch.readings), "repeated": taken is Taken.KNOWN}
            return Response(msgspec.json.encode(content), media_type=_JSON, headers={"Cache-Control": "no-store"})


def _body() -> dict[str, Any]:
    """What is taken, for OpenAPI, as the parser has it."""
    content = {"schema": inline(*plain_schema()), "examples": {"meter": {"value": _EXAMPLE}}}
    return {"requestBody": {"required": True, "content": {_JSON: content}}}
