"""Who calls: the certificate that the connection shows, held against the registry at every request."""

import asyncio
from sqlite3 import Error

from starlette.requests import Request

from backend.http.problems import Problem
from backend.identity.authority import Authority, NoCaller
from backend.identity.certificates import Holder
from backend.model.clock import Clock
from backend.sync.audit import Audit

CERTIFICATE = "enemado.certificate"
"""Where the ASGI scope has the client's certificate (DER); None where none was shown."""
_MOST_KNOWN = 10_000
_WHY = {
    NoCaller.UNKNOWN: "This certificate is not one of a node that belongs here.",
    NoCaller.EXPIRED: "This certificate has ended; renew it.",
    NoCaller.REVOKED: "This key counts no more.",
}


class Callers:
    """Remembers its judgements until anybody changes the registry, and each for a minute at most."""

    def __init__(self, authority: Authority, clock: Clock, audit: Audit) -> None:
        self._authority, self._clock, self._audit = authority, clock, audit
        self._known: dict[bytes, Holder | NoCaller] = {}
        self._as_of = (b"", -1)

    async def of(self, request: Request) -> Holder:
        """The node that calls. Raises ``Problem``."""
        shown: bytes | None = request.scope.get(CERTIFICATE)
        if shown is None:
            raise self._refusal(401, "no_certificate", "Show the certificate of a node that belongs here.", address_of(request))
        try:
            judged = await self._judge(shown)
        except (OSError, Error) as error:
            raise Problem(503, "registry", "The registry cannot be read at the moment.", {"Retry-After": "5"}) from error
        if isinstance(judged, Holder):
            return judged
        raise self._refusal(403, judged.value, _WHY[judged], address_of(request))

    async def _judge(self, shown: bytes) -> Holder | NoCaller:
        now_ms = self._clock.now_ms()
        as_of = (self._authority.registry.version(), now_ms // 60_000)
        if as_of != self._as_of or len(self._known) > _MOST_KNOWN:
            self._known, self._as_of = {}, as_of
        known = self._known
        if shown not in known:
            known[shown] = await asyncio.to_thread(self._authority.judge, shown, now_ms)
        return known[shown]

    def _refusal(self, status: int, code: str, detail: str, source: str) -> Problem:
        self._audit.refused(source, code)
        return Problem(status, code, detail)


async def caller_of(request: Request) -> Holder:
    """The node whose certificate the connection shows, if its key counts now. Raises ``Problem`` (401, 403, or 503)."""
    callers: Callers = request.app.state.callers
    return await callers.of(request)


def address_of(request: Request) -> str:
    """From where the request comes."""
    return request.client.host if request.client else ""
