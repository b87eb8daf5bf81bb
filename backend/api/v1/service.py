"""What the routes share: the reader, who may ask, and how often."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.api.tokens import Scope, Token, TokenFile
from backend.api.v1.follower import Follower
from backend.http.allowance import Allowance
from backend.http.problems import Problem
from backend.model.clock import Clock, SystemClock
from backend.store.contract import Reader

_BEARER = HTTPBearer(auto_error=False, description="A token of `enemado token create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]


@dataclass
class Service:
    """Handed to every group of routes."""

    reader: Reader
    tokens: TokenFile
    follower: Follower
    clock: Clock = field(default_factory=SystemClock)
    """Wall time of this machine: tokens expire by it, also in a sped-up demo."""
    per_second: float = 20.0
    """Requests of one token; five times as many at once."""

    def __post_init__(self) -> None:
        self._allowance = Allowance(self.clock, self.per_second, 5 * self.per_second)
        self._strangers = Allowance(self.clock, 0.2, 20.0)

    def needs(self, scope: Scope) -> Dependency:
        """What a route says that asks for this scope."""

        async def admit(request: Request, credentials: Credentials) -> None:
            self.check(self._admit(request, credentials), scope)

        return Depends(admit)

    def caller(self) -> Callable[[Request, Credentials], Awaitable[Token]]:
        """The token of whoever asks, with whatever scopes it has."""

        async def admitted(request: Request, credentials: Credentials) -> Token:
            return self._admit(request, credentials)

        return admitted

    def check(self, token: Token, scope: Scope) -> None:
        """Raises ``Problem`` where the token does not have the scope."""
        if scope not in token.scopes:
            detail = f"This token does not have the scope {scope.value}."
            raise Problem(403, "scope", detail, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"'})

    def holds(self, token: Token) -> bool:
        """Whether a token that was let in is neither revoked nor expired since."""
        return token in self.tokens.all() and self.clock.now_ms() < token.expires_ms

    def _admit(self, request: Request, credentials: HTTPAuthorizationCredentials | None) -> Token:
        peer = request.client.host if request.client else ""
        token = self.tokens.find(credentials.credentials, self.clock.now_ms()) if credentials else None
        if token is None:
            if credentials is not None:
                self._strangers.take(peer)
            raise Problem(401, "token", "A valid token is needed.", {"WWW-Authenticate": 'Bearer realm="enemado"'})
        self._allowance.take(token.id)
        return token
