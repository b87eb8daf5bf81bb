"""The application: routes, refusals, compression, and its own description."""

from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi

from backend.api.v1 import charging, happenings, places, readings, stream, values
from backend.api.v1.gate import Gate
from backend.api.v1.service import Service
from backend.api.v1.shapes import ProblemShape
from backend.http.problems import MEDIA, Problem, answer, handle_problems

_ABOUT = """\
What an Enemado node holds, to be read; gateways of third parties may write too. Every request carries a token (`Authorization:
Bearer …`) whose scopes allow nothing but what they name; `enemado token` makes them. Instants are UTC in milliseconds since
1970-01-01, values in the unit of their point. A list goes on while there is a `next_cursor`. Refusals are problem+json. Answers
carry an ETag, and are compressed for whoever accepts gzip.
"""
_TOKEN = {"type": "http", "scheme": "bearer", "description": "A token of `enemado token create`."}
_REFUSALS = {
    400: "The question makes no sense.",
    401: "No valid token.",
    403: "The token lacks the scope.",
    404: "There is no such thing.",
    422: "The question is not well formed.",
    429: "Too many requests; Retry-After says when to ask again.",
    503: "The store cannot be read at the moment.",
}


def create_application(service: Service) -> FastAPI:
    """All of version 1 under ``/v1``; no pages that would load anything from elsewhere."""
    application = FastAPI(
        title="Enemado",
        version="1",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    refusal = {"content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    responses: dict[int | str, dict[str, Any]] = {status: {"description": text, **refusal} for status, text in _REFUSALS.items()}
    for group in (places, values, happenings, charging, stream, readings):
        application.include_router(group.routes(service), responses=responses)
    handle_problems(application)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_middleware(Gate, service=service)
    setattr(application, "openapi", lambda: _describe(application))  # noqa: B010 - FastAPI's own way to extend the description
    return application


async def _invalid(request: Request, error: Exception) -> Response:
    wrong = cast("RequestValidationError", error).errors()
    lines = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong[:10]]
    return answer(Problem(422, "invalid", "; ".join(lines)))


def _describe(application: FastAPI) -> dict[str, Any]:
    if application.openapi_schema is None:
        found = get_openapi(
            title=application.title, version=application.version, description=application.description, routes=application.routes
        )
        found["components"]["schemas"]["Problem"] = ProblemShape.model_json_schema()
        found["components"]["securitySchemes"] = {"token": _TOKEN}
        application.openapi_schema = found
    return application.openapi_schema
