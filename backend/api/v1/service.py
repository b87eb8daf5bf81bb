"""What the routes share: the reader, who may ask, and how often."""

from dataclasses import dataclass, field

from backend.api.tokens import Scope, Token, TokenFile
from backend.api.v1.follower import Follower
from backend.api.v1.moment import Moment
from backend.http.allowance import Allowance
from backend.http.problems import Problem
from backend.model.clock import Clock, SystemClock
from backend.model.gateway import GatewayDesk
from backend.store.contract import Reader


@dataclass
class Service:
    """Handed to every group of routes."""

    reader: Reader
    tokens: TokenFile
    follower: Follower
    desk: GatewayDesk | None = None
    """Takes what gateways send; None where there are none."""
    clock: Clock = field(default_factory=SystemClock)
    """Wall time of this machine: tokens expire by it, also in a sped-up demo."""
    per_second: float = 20.0
    """Requests of one token; five times as many at once."""

    def __post_init__(self) -> None:
        self._allowance = Allowance(self.clock, self.per_second, 5 * self.per_second)
        self._strangers = Allowance(self.clock, 0.2, 20.0)
        self.moment = Moment(self.reader, None)
        """The store as it was last seen, which is no longer ago than the request under way began."""

    async def look(self) -> Moment:
        """The store as it is now. Raises ``StorageError``."""
        version = await self.reader.version()
        if version != self.moment.version:
            self.moment = Moment(self.reader, version, self.moment.known)
        return self.moment

    def check(self, token: Token, scope: Scope) -> None:
        """Raises ``Problem`` where the token does not have the scope."""
        if scope not in token.scopes:
            detail = f"This token does not have the scope {scope.value}."
            raise Problem(403, "scope", detail, {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope.value}"'})

    def holds(self, token: Token) -> bool:
        """Whether a token that was let in is neither revoked nor expired since."""
        return token in self.tokens.all() and self.clock.now_ms() < token.expires_ms

    def admit(self, authorization: str, peer: str) -> Token:
        """The token of a header ``Authorization``; counts the request. Raises ``Problem`` and ``StorageError``."""
        kind, _, word = authorization.partition(" ")
        presented = kind.lower() == "bearer" and bool(word)
        token = self.tokens.find(word, self.clock.now_ms()) if presented else None
        if token is None:
            if presented:
                self._strangers.take(peer)
            raise Problem(401, "token", "A valid token is needed.", {"WWW-Authenticate": 'Bearer realm="enemado"'})
        self._allowance.take(token.id)
        return token
