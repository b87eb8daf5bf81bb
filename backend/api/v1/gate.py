"""Where every request passes: nobody without a token, nobody too often; what was answered before is answered again at once."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.api.v1.answers import Answer
from backend.api.v1.service import Service
from backend.http.problems import Problem, refusal
from backend.model.delivery import StorageError

OURS = "/v1"


class Gate:
    """Middleware, before everything else: also who asks for what is not there needs a token."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI wants it."""
        known = None
        if scope["type"] == "http" and scope["path"].startswith(OURS):
            try:
                known = await self._admit(scope)
            except (Problem, StorageError) as error:
                await refusal(error)(scope, receive, send)
                return
        await (known or self._app)(scope, receive, send)

    async def _admit(self, scope: Scope) -> Answer | None:
        """The answer, where it is known. Raises ``Problem`` and ``StorageError``."""
        client = scope.get("client")
        token = self._service.admit(Headers(scope=scope).get("authorization", ""), client[0] if client else "")
        scope.setdefault("state", {})["token"] = token
        if scope["method"] != "GET":
            return None
        known = (await self._service.look()).recall((scope["path"], scope["query_string"]))
        if known is not None:
            self._service.check(token, known.needs)
        return known
