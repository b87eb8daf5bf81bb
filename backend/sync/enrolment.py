"""What a parent answers to nodes that want to belong, to members that renew, and to those that vouch for their own children."""

import asyncio
import ipaddress
from collections.abc import Callable
from sqlite3 import Error
from typing import TypeVar

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.http.allowance import Allowance
from backend.http.problems import Problem
from backend.identity.authority import Answer, Authority, Refused
from backend.identity.cabinet import KeyLost
from backend.identity.renewal import Renewal
from backend.model.clock import Clock
from backend.sync.audit import Audit
from backend.sync.callers import address_of, caller_of
from backend.sync.door import body_of
from backend.sync.messages import (
    AUTHORITIES,
    ENROL,
    PROOF,
    RENEW,
    VOUCH,
    Admittance,
    Application,
    NotUnderstood,
    RenewalQuestion,
    Vouching,
    decode,
    encode,
)

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_MOST_BYTES = 64 * 1024
_MOST_VOUCHING_BYTES = 16 * 1024 * 1024
_PER_SECOND, _AT_ONCE = 1.0, 30.0
"""Questions of one address by whoever shows no certificate: enough for a whole town behind it, nothing for whoever guesses."""


class Enrolment:
    """The routes, and what they share. Whatever the reason, a refusal has the same words."""

    def __init__(self, authority: Authority, own: str, clock: Clock, audit: Audit) -> None:
        """``own`` is this node's own name, which nobody else may bear."""
        self._authority, self._own, self._clock, self._audit = authority, own, clock, audit
        self._allowance = Allowance(clock, _PER_SECOND, _AT_ONCE)

    @property
    def routes(self) -> list[Route]:
        """For the door."""
        return [
            Route(AUTHORITIES, self._introduce, methods=["GET"]),
            Route(ENROL, self._enrol, methods=["POST"]),
            Route(RENEW, self._renew, methods=["POST"]),
            Route(VOUCH, self._vouch, methods=["POST"]),
        ]

    async def _introduce(self, request: Request) -> Response:
        self._allow(request)
        asked = request.query_params.get("code", "")
        told = await self._ask(request, "unknown_code", lambda: self._authority.introduce(asked, self._clock.now_ms()))
        return Response(told.authorities, media_type="application/x-pem-file", headers={PROOF: told.proof.hex()})

    async def _enrol(self, request: Request) -> Response:
        self._allow(request)
        asked = await _body(request, Application)
        now_ms = self._clock.now_ms()
        answer = await self._ask(
            request, "not_enrolled", lambda: self._authority.apply(asked.code, asked.request.encode(), now_ms, self._own)
        )
        return _answer(answer)

    async def _renew(self, request: Request) -> Response:
        self._allow(request)
        asked = await _body(request, RenewalQuestion)
        renewal = Renewal(asked.certificate.encode(), asked.request.encode(), _hex(asked.envelope))
        now_ms = self._clock.now_ms()
        return _answer(await self._ask(request, "not_renewed", lambda: self._authority.renew(renewal, now_ms)))

    async def _vouch(self, request: Request) -> Response:
        caller = await caller_of(request)
        told = await _body(request, Vouching, _MOST_VOUCHING_BYTES)
        certificates, revoked = [each.encode() for each in told.certificates], [_hex(each) for each in told.revoked]
        now_ms = self._clock.now_ms()
        foreign = await self._ask(
            request, "not_vouched", lambda: self._authority.vouch(caller.node, certificates, revoked, now_ms, self._own)
        )
        for name in foreign:
            _log.warning("a child vouches for a node that is not its own", child=caller.node, node=name)
            self._audit.refused(caller.node, "foreign_name")
        return Response(b"{}", media_type="application/json")

    async def _ask(self, request: Request, reason: str, question: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(question)
        except Refused as error:
            self._audit.refused(address_of(request), reason)
            raise Problem(403, "refused", "This is not accepted.") from error
        except (KeyLost, OSError, Error) as error:
            _log.error("the authority cannot answer", why=str(error))
            raise Problem(503, "authority", "The authority cannot answer at the moment.", {"Retry-After": "30"}) from error

    def _allow(self, request: Request) -> None:
        try:
            self._allowance.take(_neighbourhood(address_of(request)))
        except Problem:
            self._audit.refused(address_of(request), "too_many_requests")
            raise


def _neighbourhood(address: str) -> str:
    """An IPv6 caller has 2^64 addresses to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address


async def _body(request: Request, shape: type[T], most_bytes: int = _MOST_BYTES) -> T:
    try:
        return decode(await body_of(request, most_bytes), shape)
    except NotUnderstood as error:
        raise Problem(400, "malformed", str(error)[:200]) from error


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise Problem(400, "malformed", "not hex") from error


def _answer(answer: Answer) -> Response:
    told = Admittance(answer.standing, answer.certificate.decode(), answer.authorities.decode())
    return Response(encode(told), media_type="application/json")
