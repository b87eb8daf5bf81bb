"""What a driver is. Polled devices are opened and asked; listening drivers wait for devices that call us."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from backend.model.clock import Clock
from backend.model.columns import Columns
from backend.model.command import Order, Verdict
from backend.model.delivery import Sink
from backend.model.device import ConnectorStatus, Device, DeviceKind, Nameplate
from backend.model.event import Event
from backend.model.point import Point
from backend.model.reading import Reading
from backend.model.states import DeviceHealth

Secret = Callable[[str], str | None]
"""Gives the secret kept for a device key, or None."""


class DeviceError(Exception):
    """Something about the device or the way to it; the collector decides what follows."""


class DeviceUnreachable(DeviceError):
    """No connection, or no answer in time. Try again later."""


class DeviceGarbled(DeviceError):
    """An answer that the protocol does not allow. Try again with a new connection."""


class DeviceMisconfigured(DeviceError):
    """Cannot work until somebody changes the settings: wrong address, unit, kind."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one poll of a device gave."""

    readings: Sequence[Reading]
    health: DeviceHealth = DeviceHealth.OK
    causes: tuple[str, ...] = ()
    """Keys of what the device complains about, such as ``GROUND_FAULT``."""
    asleep: bool = False
    """The device says that it sleeps; silence after this is no fault."""
    events: Sequence[Event] = ()
    connectors: Sequence[ConnectorStatus] = ()
    """Of a charger: those that have changed."""


@dataclass(frozen=True, slots=True)
class RawPoint:
    """One value as the device sent it beside what it means; for probing and for the console."""

    path: str
    """``model#instance.point`` for SunSpec, such as ``160#0.module[3].DCW``."""
    value: float | int | str | None
    """Decoded and scaled."""
    unit: str
    raw: float | int | str | None
    """As on the wire, before scaling."""
    absent: str | None = None
    """Why there is no value: ``not implemented``, ``scale factor not implemented`` …"""
    name: str = ""
    """Name of our point that is fed by it, if any."""


class Session(Protocol):
    """An open conversation with one polled device. Used by one task at a time."""

    @property
    def plate(self) -> Nameplate:
        """What the device said of itself at opening."""
        ...

    @property
    def points(self) -> Sequence[Point]:
        """Every point that ``poll`` may report."""
        ...

    async def poll(self) -> Report:
        """Ask once. Raises ``DeviceError``; never hangs longer than the driver's own time-out."""
        ...

    async def close(self) -> None:
        """Let go within a second, whatever state the line is in. Never raises."""
        ...


@runtime_checkable
class Inspectable(Protocol):
    """A session that can tell everything the device says."""

    async def inspect(self) -> Sequence[RawPoint]:
        """Read everything once, raw beside decoded."""
        ...


@dataclass(frozen=True, slots=True)
class Description:
    """What a device says of itself beyond its nameplate; only asked when it is commissioned or checked."""

    kind: DeviceKind | None = None
    """What it is; None where it could be several things, or nothing that we know."""
    rated_w: float | None = None
    """Rated power by its own word."""
    clock_ms: int | None = None
    """Its own clock, UTC milliseconds; None where it tells none."""
    total_w: float | None = None
    """Its total power as it stands there, before any sign is turned, and that of its phases at the same moment."""
    phases_w: tuple[float, ...] = ()


@runtime_checkable
class Describing(Protocol):
    """A session that can tell more of its device than points."""

    async def describe(self) -> Description:
        """Ask once. Raises ``DeviceError``."""
        ...


@runtime_checkable
class Announcing(Protocol):
    """A session whose device also speaks unasked."""

    def announce_to(self, tell: Callable[[Report], None]) -> None:
        """Call this with what the device says by itself, at once, until the session is closed."""
        ...


class Recorded(Protocol):
    """What was kept before; a store's reader is one."""

    async def raw(self, key: str, start_ms: int, end_ms: int) -> Columns:
        """Every reading of a point with start <= at < end, by time."""
        ...


class PollingDriver(Protocol):
    """A driver for devices that we call."""

    async def open(self, device: Device, clock: Clock) -> Session:
        """Connect and find out what the device is. Raises ``DeviceError``."""
        ...


class ListeningDriver(Protocol):
    """A driver for devices that call us; it reports states itself because it alone hears them."""

    def serve(self, devices: Sequence[Device], sink: Sink, clock: Clock, secret: Secret) -> AbstractAsyncContextManager[None]:
        """Listen for these devices until the context ends, which takes a second at most.

        Unregistered callers are refused and remembered with a ``DEVICE_REFUSED`` event.
        """
        ...


@runtime_checkable
class Commandable(Protocol):
    """A driver whose devices can be told to do something."""

    async def command(self, order: Order, sent: Callable[[], None]) -> tuple[Verdict, str]:
        """What became of it, and the device's own word; ``sent`` is called when it leaves.

        Never raises for what the device does, nor for what it leaves undone.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """One device that a scan came across."""

    address: str
    """As it would stand in settings."""
    plate: Nameplate = field(default_factory=Nameplate)
    kind: DeviceKind | None = None
    """What it would be here; None where nothing tells."""
    seen_ms: int | None = None
    """When it last knocked, of a device that calls us."""


@dataclass(frozen=True, slots=True)
class Area:
    """Where to look."""

    hosts: tuple[str, ...] = ()
    """IPv4 addresses to ask one by one."""
    ports: tuple[int, ...] = ()
    """More TCP ports than the usual one, for protocols that have one."""


class Scanner(Protocol):
    """Finds devices of one protocol without changing anything on them."""

    async def scan(self, area: Area, tell: Callable[[Found], None], step: Callable[[int, int], None]) -> None:
        """Tell each device at once, and how far the search is (done, of how many); can be cancelled at any time.

        Few connections at a time and a bounded wait for each. Raises ``DeviceError`` where nothing can be searched.
        """
        ...
