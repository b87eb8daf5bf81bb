"""What a screen of the console promises to the shell."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kit.bridge.snapshot import Snapshot
from app.kit.i18n import Texts


@dataclass(frozen=True, slots=True)
class Trend:
    """A point's day. Arrays by time; NaN where nothing is known."""

    point: str
    at_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    """In the point's stored unit."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One value as the device sent it beside what it means."""

    path: str
    raw: str
    value: str
    unit: str
    name: str
    absent: str


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a device said when asked for everything, or why it could not be asked."""

    rows: Sequence[RawRow] = ()
    refusal: str = ""


class Errand(Protocol):
    """Something under way that can be called off."""

    def cancel(self) -> object:
        """Call it off."""
        ...


class Tasks(Protocol):
    """Who owns what screens start: an ``asyncio.TaskGroup``."""

    def create_task(self, coro: Coroutine[Any, Any, None], *, name: str) -> Errand:
        """Start it."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a screen may ask for beyond the snapshot; the tasks end with the window."""

    tasks: Tasks
    trend: Callable[[str, int, int], Awaitable[Trend | None]]
    """Of a point key between two UTC moments (ms)."""
    inspect: Callable[[str, Texts], Awaitable[RawAnswer]]
    """Everything that a device says, by device key, told in a language."""


class Screen(QWidget):
    """One page of the console: built once, updated in place."""

    name: ClassVar[str]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk = desk

    opened = Signal(str, str)
    """Another screen is wanted: its name, and the key it is about."""

    @staticmethod
    def title(texts: Texts) -> str:
        """What the navigation says."""
        raise NotImplementedError

    def speak(self, texts: Texts) -> None:
        """Say everything in this language from now on."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot, now_ms: int) -> None:
        """Take the newest look at the cache; also called every second, for ages. ``now_ms`` is the node's time."""
        raise NotImplementedError

    def open_key(self, key: str) -> None:
        """Be about this site or device; screens about everything need not care."""
