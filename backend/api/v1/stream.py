"""Route: the live stream (server-sent events, WHATWG HTML section 9.2), resumable by the id of the last message."""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from backend.api.tokens import Scope, Token
from backend.api.v1.gate import OURS
from backend.api.v1.group import SECURITY
from backend.api.v1.mapping import event_of
from backend.api.v1.questions import Question, Slug, describe, read_question
from backend.api.v1.service import Service
from backend.http.problems import Problem

_KEEP_ALIVE_S = 15.0
_MOST_STREAMS = 200
_AT_A_TIME = 500
_NO_STORE = {"Cache-Control": "no-store"}
_PLACE = re.compile(r"([0-9a-f]{1,64})\.(\d{1,18})")
_EXAMPLE = """\
id: 6f1c.812
event: readings
data: [{"point":"aoba-es/pcs1/ac_power","at_ms":1795413599000,"value":14800.0,"unit":"W","state":null,"severity":"good",\
"quality":"GOOD","flags":[]}]

id: 6f1c.813
event: happened
data: {"at_ms":1795413600000,"kind":"device_lost","subject":"aoba-es/pcs1","data":{}}

"""


class Subject(StrEnum):
    """What a stream tells."""

    READINGS = "readings"
    EVENTS = "events"


_SCOPE = {Subject.READINGS: Scope.VALUES, Subject.EVENTS: Scope.EVENTS}


class OfStream(Question):
    """What to follow."""

    site: Slug | None = None
    about: list[Subject] = Field(default=[Subject.READINGS, Subject.EVENTS], min_length=1, max_length=2)


@dataclass
class Listener:
    """One open stream: what it has told so far."""

    service: Service
    token: Token
    asked: OfStream
    epoch: str
    number: int
    """Of the last event told."""
    round: int = 0

    async def messages(self, resumed: bool) -> AsyncGenerator[bytes]:
        """Everything as it is now (or, resumed, every event missed and everything as it is now), then each change."""
        follower = self.service.follower
        yield b": resumed\n\n" if resumed else b": begun\n\n"
        async with follower.listening():
            while not follower.ended and self.service.holds(self.token):
                told = follower.round
                async for message in self._events():
                    yield message
                if message := self._readings():
                    yield message
                self.round = told
                await follower.changed(told, _KEEP_ALIVE_S)
                if follower.round == told:
                    yield b": here\n\n"

    def _readings(self) -> bytes:
        if Subject.READINGS not in self.asked.about:
            return b""
        rows = [body for key, body in self.service.follower.rows_since(self.round) if self._is_ours(key)]
        return self._message("readings", b"[" + b",".join(rows) + b"]") if rows else b""

    async def _events(self) -> AsyncGenerator[bytes]:
        while Subject.EVENTS in self.asked.about:
            rows = await self.service.reader.events_after(self.number, _AT_A_TIME)
            for number, event in rows:
                self.number = number
                if self._is_ours(event.subject):
                    yield self._message("happened", event_of(event).model_dump_json().encode())
            if len(rows) < _AT_A_TIME:
                return

    def _is_ours(self, key: str) -> bool:
        return self.asked.site is None or key.partition("/")[0] == self.asked.site

    def _message(self, kind: str, body: bytes) -> bytes:
        return b"id: %b.%d\nevent: %b\ndata: %b\n\n" % (self.epoch.encode(), self.number, kind.encode(), body)


def routes(service: Service) -> APIRouter:
    """What is happening."""
    router = APIRouter(prefix=OURS, tags=["stream"])
    media: dict[int | str, dict[str, object]] = {
        200: {
            "description": "Messages without end. After a cut, ask again with the last id as Last-Event-ID.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    }

    described: dict[str, Any] = {**SECURITY, "parameters": describe(OfStream)}

    @router.get("/stream", response_class=StreamingResponse, responses=media, openapi_extra=described)
    async def stream(
        request: Request,
        last_event_id: Annotated[str | None, Header(pattern=f"^{_PLACE.pattern}$", examples=["6f1c.812"])] = None,
    ) -> StreamingResponse:
        """Readings as they change (of each point the newest only) and every event, none left out.

        A message `reset` says that the id belongs to a store that has been replaced since: events may be missing.
        """
        token, asked = request.state.token, read_question(OfStream, request.scope["query_string"])
        for subject in asked.about:
            service.check(token, _SCOPE[subject])
        if service.follower.listeners >= _MOST_STREAMS:
            raise Problem(503, "streams", "Too many streams are open.", {"Retry-After": "30"})
        epoch = (await service.reader.state()).epoch
        newest = await service.reader.events_after(None)
        number = newest[0][0] if newest else 0
        place = _PLACE.fullmatch(last_event_id or "")
        resumed = place is not None and place[1] == epoch and int(place[2]) <= number
        listener = Listener(service, token, asked, epoch, int(place[2]) if place and resumed else number)
        body = _begun(listener, resumed, lost=place is not None and not resumed)
        return StreamingResponse(
            body, media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    return router


async def _begun(listener: Listener, resumed: bool, lost: bool) -> AsyncGenerator[bytes]:
    if lost:
        yield b"id: %b.%d\nevent: reset\ndata: %b\n\n" % (
            listener.epoch.encode(),
            listener.number,
            msgspec.json.encode({"epoch": listener.epoch}),
        )
    async for message in listener.messages(resumed):
        yield message
