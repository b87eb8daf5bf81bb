"""The one route: ``POST /v1/push/<name>``, key in ``Authorization: Bearer``, number of the post in ``Idempotency-Key``."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.drivers.document import LARGEST_BYTES
from backend.drivers.push.door import Door
from backend.http.problems import Problem, handle_problems
from backend.model.delivery import StorageError

_LONGEST_NAME = 200
_PATIENCE = 8
"""A post is heard out up to so many times the limit: who is cut off while it sends sees no answer."""


def create_application(door: Door) -> Starlette:
    """What the listener serves."""

    async def push(request: Request) -> Response:
        peer = request.client.host if request.client else ""
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        device = await door.admit(request.path_params["name"][:_LONGEST_NAME], key if kind.lower() == "bearer" else "", peer)
        body = await _read(request)
        try:
            count = await door.take(device, body, request.headers.get("idempotency-key", "")[:_LONGEST_NAME])
        except StorageError as error:
            raise Problem(503, "storage", "Nothing was kept; send it again.", {"Retry-After": "10"}) from error
        return JSONResponse({"readings": count}, headers={"Cache-Control": "no-store"})

    application = Starlette(routes=[Route("/v1/push/{name}", push, methods=["POST"])])
    handle_problems(application)
    return application


async def _read(request: Request) -> bytes:
    """The body. Raises ``Problem``, before much more than it may hold is in memory."""
    body, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= LARGEST_BYTES:
            body += chunk
        elif length > _PATIENCE * LARGEST_BYTES:
            break
    if length > LARGEST_BYTES:
        raise Problem(413, "too_large", f"A post may hold {LARGEST_BYTES} bytes.")
    return bytes(body)
