"""Questions that wait together are answered together: one trip to the reader's thread, one view of the store for all of them."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from backend.model.delivery import StorageError
from backend.store.tiers.look import Look, Span
from backend.wire.numbers import Damaged

T = TypeVar("T")
MOST_TOGETHER = 32
"""In one view, which has to stay short."""


class Trips(Protocol):
    """Calls something on the reader's thread."""

    def __call__(self, work: Callable[[], T], /) -> "asyncio.Future[T]": ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and who waits for its answer."""

    question: Callable[[Look], Any]
    answer: "asyncio.Future[Any]"
    span: Span | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, or why there is none."""

    value: Any = None
    error: BaseException | None = None


class Gathering:
    """Belongs to one event loop. Promise: what was committed before a question was asked is in its answer."""

    def __init__(self, trip: Trips, look: Look) -> None:
        self._trip, self._look = trip, look
        self._waiting: deque[Asked] = deque()
        self._under_way = False
        self._closing = False

    def ask(self, question: Callable[[Look], T], span: Span | None = None) -> "asyncio.Future[T]":
        """Who stops waiting disturbs nobody else; a ``span`` lets the rows be fetched together with those of others."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        if not self._waiting:
            # Not at once: whoever else is about to ask is taken along, and each trip saved is two changes of thread.
            loop.call_soon(self._set_out)
        self._waiting.append(Asked(question, answer, span))
        return answer

    def close(self) -> None:
        """Take everybody along who waits; nobody may ask from now on."""
        self._closing = True
        self._set_out()

    def _set_out(self) -> None:
        while self._waiting and (self._closing or not self._under_way):
            together = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
            self._under_way = True
            self._trip(partial(_answer, together, self._look)).add_done_callback(partial(self._returned, together))

    def _returned(self, together: Sequence[Asked], trip: "asyncio.Future[list[Outcome]]") -> None:
        self._under_way = False
        error = trip.exception()
        outcomes = trip.result() if error is None else [Outcome(error=error)] * len(together)
        for asked, outcome in zip(together, outcomes, strict=False):
            _tell(asked.answer, outcome)
        left = together[len(outcomes) :]
        if self._closing:
            for asked in left:
                _tell(asked.answer, Outcome(error=RuntimeError("the reader is closed")))
            return
        # After trouble the others are taken along again, in a view of their own.
        self._waiting.extendleft(reversed(left))
        self._set_out()


def _answer(together: Sequence[Asked], look: Look) -> list[Outcome]:
    """On the reader's thread; as far as the first question that could not be answered."""
    outcomes: list[Outcome] = []
    with look.view():
        trouble = _look_ahead(together, look)
        if trouble is not None:
            return [Outcome(error=trouble)]
        for asked in together:
            outcomes.append(_outcome(asked.question, look))
            if outcomes[-1].error is not None:
                break
    return outcomes


def _look_ahead(together: Sequence[Asked], look: Look) -> StorageError | None:
    """Rows that several need; where that cannot be had, each meets the trouble that is its own."""
    spans = [asked.span for asked in together if asked.span is not None]
    if len(spans) > 1:
        try:
            look.ahead(spans)
        except (sqlite3.Error, Damaged):
            return None
        except StorageError as lost:
            return lost
    return None


def _outcome(question: Callable[[Look], Any], look: Look) -> Outcome:
    try:
        return Outcome(question(look))
    except (sqlite3.Error, Damaged) as error:
        return Outcome(error=StorageError(f"reading: {error}"))
    except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
        return Outcome(error=error)


def _tell(answer: "asyncio.Future[Any]", outcome: Outcome) -> None:
    if answer.done():
        return
    if outcome.error is None:
        answer.set_result(outcome.value)
    else:
        answer.set_exception(outcome.error)
