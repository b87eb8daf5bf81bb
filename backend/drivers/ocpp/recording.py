"""Recording without waiting, for what nobody is owed an answer to."""

import asyncio

import structlog

from backend.model.delivery import Delivery, Sink

_log = structlog.get_logger(__name__)


def record(sink: Sink, delivery: Delivery) -> None:
    """Hand it in; that it could not be kept is only logged."""
    sink.accept(delivery).add_done_callback(_note_loss)


def _note_loss(kept: "asyncio.Future[None]") -> None:
    if not kept.cancelled() and kept.exception() is not None:
        _log.warning("not recorded: %s", kept.exception())
