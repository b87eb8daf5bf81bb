"""What comes before a cache file is opened for writing: a look at it, and mending where that is needed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from backend.model.delivery import StorageError
from backend.store.sqlite.condition import look_at
from backend.store.sqlite.database import set_aside
from backend.store.sqlite.mark import Mark
from backend.store.sqlite.salvage.mend import finish, mend

MOST_KEPT = 3
"""Damaged files beside a cache; where there are so many, the disk is at fault, and another copy would only fill it."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TakenUp:
    """How a file was found."""

    kept: Path | None = None
    """The damaged one, where nothing of it could be taken over."""
    is_another: bool = False
    """Whether it is not the file that was here before."""


def take_up(path: Path, mark: Mark, now_ms: int, *, is_known_damaged: bool = False) -> TakenUp:
    """Make sure that there is a file that can be opened, or none. Raises ``StorageError``."""
    finish(path)
    note = mark.read()
    condition = look_at(path, note)
    wanted = _wish(path)
    if not (is_known_damaged or condition.is_damaged or condition.behind or (wanted.exists() and path.exists())):
        return TakenUp(is_another=condition.is_another)
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        mend(path, stamp, now_ms, note)
        kept = None
    except StorageError as error:
        # Better to go on with nothing than not at all: the damaged file stays for whoever has room to read it.
        _log.error("store cannot be mended", path=str(path), error=str(error))
        kept = set_aside(path, stamp)
    wanted.unlink(missing_ok=True)
    return TakenUp(kept)


def wish_for_mending(path: Path) -> bool:
    """Have the file mended at the next start; False where that has been done too often."""
    if len(list(path.parent.glob(f"{path.name}.damaged-*Z"))) >= MOST_KEPT:
        return False
    _wish(path).touch()
    return True


def _wish(path: Path) -> Path:
    return path.with_name(f"{path.name}.mend")
