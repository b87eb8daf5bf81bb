"""A group of routes. What FastAPI would find out anew for each request, at twice the price of an answer, is settled once."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Request

from backend.api.tokens import Scope
from backend.api.v1.answers import Answer
from backend.api.v1.gate import OURS
from backend.api.v1.questions import Question, describe, read_question
from backend.api.v1.service import Service

Q = TypeVar("Q", bound=Question)
Handler = Callable[[Q], Awaitable[object]]
SECURITY: dict[str, Any] = {"security": [{"token": []}]}


class Group:
    """Routes of one kind; each names its scope, for there is none that needs none."""

    def __init__(self, service: Service, name: str) -> None:
        self.router = APIRouter(prefix=OURS, tags=[name])
        self._service = service

    def get(
        self, path: str, question: type[Q], scope: Scope, shape: Any, *, lasting: bool = True
    ) -> Callable[[Handler[Q]], Handler[Q]]:
        """Answers such questions in this shape; ``lasting`` answers change only when the store does."""

        def add(handler: Handler[Q]) -> Handler[Q]:
            self.router.add_api_route(
                path,
                self._endpoint(handler, question, scope, lasting),
                response_model=shape,
                name=handler.__name__,
                description=inspect.getdoc(handler),
                openapi_extra={**SECURITY, "parameters": describe(question)},
            )
            return handler

        return add

    def _endpoint(
        self, handler: Handler[Q], question: type[Q], scope: Scope, lasting: bool
    ) -> Callable[[Request], Awaitable[Answer]]:
        async def endpoint(request: Request) -> Answer:
            self._service.check(request.state.token, scope)
            moment, query = self._service.moment, request.scope["query_string"]
            asked = read_question(question, query)
            if not lasting:
                return Answer(await handler(asked), scope)
            key = request.scope["path"], query
            async with moment.turn(key):
                answer = moment.recall(key)
                if answer is None:
                    answer = Answer(await handler(asked), scope)
                    moment.remember(key, answer)
            return answer

        return endpoint
