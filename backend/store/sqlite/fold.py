"""The fold: one job that moves journal into chunks and roll-ups, in steps short enough to fit between commits."""

from collections.abc import Iterator
from time import perf_counter

from backend.store.calendar import HOUR_MS
from backend.store.sqlite.closing import Closing
from backend.store.sqlite.database import Database
from backend.store.sqlite.retention import Thinning
from backend.store.sqlite.sealing import Sealing
from backend.store.sqlite.search import HOURS_PER_DAY
from backend.store.sqlite.spill import Spill

STEP_S = 0.002
SETTLE_MS = 10_000
"""An hour is sealed so long after its end: polled readings have arrived by then."""
CHECKPOINT_BYTES = 2 * 1024 * 1024


class Fold:
    """Does a little work per call. Everything it remembers can be dropped: the file knows where it stands."""

    def __init__(self, database: Database, spill: Spill, sealing: Sealing, closing: Closing, thinning: Thinning) -> None:
        self._database = database
        self._spill = spill
        self._sealing = sealing
        self._closing = closing
        self._thinning = thinning
        self._work: Iterator[None] | None = None
        self._settled_hour = -1

    def forget(self) -> None:
        """Start over from the file, after a transaction failed."""
        self._work = None
        self._settled_hour = -1
        self._sealing.forget()

    def step(self, now_ms: int) -> bool:
        """Work for about 2 ms and commit; False when nothing is left. Raises ``StorageError``."""
        settled_hour = (now_ms - SETTLE_MS) // HOUR_MS
        if self._work is None:
            if not self._is_due(now_ms, settled_hour):
                return self._checkpoint(now_ms)
            self._work = self._everything(now_ms, settled_hour)
        try:
            with self._database.transaction():
                self._work_until(perf_counter() + STEP_S)
        except BaseException:
            self.forget()
            raise
        self._checkpoint(now_ms)
        return True

    def _work_until(self, deadline: float) -> None:
        work = self._work
        while work is not None and perf_counter() < deadline:
            if next(work, self) is self:
                self._work = work = None

    def _is_due(self, now_ms: int, settled_hour: int) -> bool:
        if self._spill.is_due(now_ms, settled_hour) or settled_hour != self._settled_hour:
            return True
        return self._thinning.is_due(now_ms)

    def _everything(self, now_ms: int, settled_hour: int) -> Iterator[None]:
        if self._spill.is_due(now_ms, settled_hour):
            yield from self._spill.steps()
            yield
        yield from self._sealing.steps(settled_hour, now_ms)
        yield from self._closing.steps(settled_hour // HOURS_PER_DAY)
        if self._thinning.is_due(now_ms):
            yield from self._thinning.steps(now_ms)
        self._settled_hour = settled_hour

    def _checkpoint(self, now_ms: int) -> bool:
        if self._database.wal_bytes >= CHECKPOINT_BYTES:
            self._database.checkpoint()
        return False
