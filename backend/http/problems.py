"""Every refusal in one form: problem+json (RFC 9457), with a code that programs can rely on."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from backend.model.delivery import StorageError

MEDIA = "application/problem+json"
_NO_STORE = {"Cache-Control": "no-store"}


class Problem(Exception):
    """Ends a request with this answer."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, dict(headers or {})


def answer(problem: Problem) -> Response:
    """The response of a problem."""
    body = {
        "type": f"urn:enemado:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    return Response(msgspec.json.encode(body), problem.status, {**_NO_STORE, **problem.headers}, MEDIA)


def refusal(error: Problem | StorageError) -> Response:
    """The response of what may be raised outside of an application."""
    if isinstance(error, Problem):
        return answer(error)
    return answer(Problem(503, "storage", "The node's store cannot be read at the moment.", {"Retry-After": "5"}))


def handle_problems(application: Starlette) -> None:
    """Turn everything that can go wrong into a problem."""
    application.add_exception_handler(Problem, _ours)
    application.add_exception_handler(HTTPException, _http)
    application.add_exception_handler(StorageError, _ours)
    application.add_exception_handler(Exception, _broken)


async def _ours(request: Request, error: Exception) -> Response:
    return refusal(cast("Problem | StorageError", error))


async def _http(request: Request, error: Exception) -> Response:
    raised = cast("HTTPException", error)
    code = {404: "not_found", 405: "method_not_allowed"}.get(raised.status_code, "refused")
    return answer(Problem(raised.status_code, code, str(raised.detail), raised.headers))


async def _broken(request: Request, error: Exception) -> Response:
    return answer(Problem(500, "broken", "The node could not do that; its log says why."))
