"""The life of one polled device: open, poll on its grid, let go, wait, again; nothing it does can hurt another."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from backend.collector.backoff import CAP_S, delay_s
from backend.collector.schedule import next_slot, phase
from backend.drivers.contact import Contact
from backend.drivers.contract import (
    Announcing,
    Describing,
    Description,
    DeviceError,
    DeviceGarbled,
    DeviceMisconfigured,
    DeviceUnreachable,
    Inspectable,
    PollingDriver,
    RawPoint,
    Report,
    Session,
)
from backend.model.clock import Clock
from backend.model.delivery import Delivery, Sink, StorageError
from backend.model.device import Device
from backend.model.states import Connectivity

Wait = Callable[[float], Awaitable[None]]
ExpectSilence = Callable[[int, bool], bool]
"""(now_ms, whether the device said that it goes to sleep) -> whether silence is no fault."""

OPEN_LIMIT_S = 60.0
POLL_LIMIT_S = 30.0
CLOSE_LIMIT_S = 1.0
_SPREAD_S = 2.0
"""First contacts of a start are spread over this time at most."""
_TOLERATED = 1
"""Failures in a row that are not told yet: a single lost answer is no lost device."""
_log = structlog.get_logger(__name__)


@dataclass
class Surroundings:
    """What all devices of a node share."""

    sink: Sink
    clock: Clock
    wait: Wait = asyncio.sleep
    chance: Callable[[], float] = random.random
    speed: float = 1.0
    """How many seconds of the node's clock go by in one real second; 1 but in a demo."""


class DeviceTask:
    """Owns the session of one device. ``run`` never ends by itself and never raises but ``CancelledError``."""

    def __init__(
        self, device: Device, driver: PollingDriver, contact: Contact, expects_silence: ExpectSilence, around: Surroundings
    ) -> None:
        self.device = device
        self.contact = contact
        self._driver = driver
        self._expects_silence = expects_silence
        self._around = around
        self._period_s = max(device.interval_s / around.speed, 0.05)
        self._origin_s = around.clock.monotonic() + phase(device.key) * self._period_s
        self._session: Session | None = None
        self._line = asyncio.Lock()
        self._failures = 0

    async def run(self) -> None:
        """Keep the device in contact until cancelled."""
        await self._around.wait(phase(self.device.key) * min(self._period_s, _SPREAD_S))
        while True:
            cause = await self._converse()
            self._failures += 1
            self._tell_silence(cause)
            await self._around.wait(delay_s(self._failures, self._around.chance(), self._longest_wait_s(cause)))

    async def inspect(self) -> Sequence[RawPoint]:
        """Everything the device says, over the session that is open. Raises ``DeviceError``."""
        async with self._line:
            session = self._session
            if session is None:
                raise DeviceUnreachable("no session is open")
            if not isinstance(session, Inspectable):
                raise DeviceMisconfigured("this driver cannot tell more than its points")
            async with asyncio.timeout(OPEN_LIMIT_S):
                return await session.inspect()

    async def describe(self) -> Description:
        """What the device says of itself beyond its nameplate. Raises ``DeviceError``."""
        async with self._line, asyncio.timeout(OPEN_LIMIT_S):
            if self._session is None:
                raise DeviceUnreachable("no session is open")
            return await self._session.describe() if isinstance(self._session, Describing) else Description()

    async def _converse(self) -> str:
        """Open and poll until something fails; the cause."""
        try:
            await self._around.sink.declare(self.contact.own_points)
            await self._open()
            while True:
                await self._poll()
                await self._until_next_slot()
        except (DeviceError, StorageError, TimeoutError, OSError) as error:
            self._log_failure(error)
            return _cause(error)
        except Exception:  # noqa: BLE001 - the supervisor of this device: a broken driver must not stop the others
            if self._failures == 0:
                _log.exception("driver failed", device=self.device.key)
            return "driver_error"
        finally:
            await self._close()

    async def _open(self) -> None:
        async with asyncio.timeout(OPEN_LIMIT_S):
            session = await self._driver.open(self.device, self._around.clock)
        self._session = session
        await self._around.sink.declare(session.points)
        self._deliver(self.contact.identified(session.plate, session.points, self._around.clock.now_ms()))
        if isinstance(session, Announcing):
            session.announce_to(self._heard)

    def _heard(self, report: Report) -> None:
        self._deliver(self.contact.reached(report, self._around.clock.now_ms()))

    async def _poll(self) -> None:
        async with self._line, asyncio.timeout(POLL_LIMIT_S):
            assert self._session is not None
            report = await self._session.poll()
        before = self.contact.status.connectivity
        self._deliver(self.contact.reached(report, self._around.clock.now_ms()))
        if before is not Connectivity.CONNECTED:
            _log.info("device in contact", device=self.device.key, after_failures=self._failures)
        self._failures = 0

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_LIMIT_S):
                    await session.close()

    async def _until_next_slot(self) -> None:
        now_s = self._around.clock.monotonic()
        await self._around.wait(next_slot(self._origin_s, self._period_s, now_s) - now_s)

    def _tell_silence(self, cause: str) -> None:
        if self._failures <= _TOLERATED and self.contact.status.connectivity is Connectivity.CONNECTED:
            return
        now_ms = self._around.clock.now_ms()
        before = self.contact.status.connectivity
        self._deliver(self.contact.silent(cause, self._expects_silence(now_ms, self.contact.said_asleep), now_ms))
        if self.contact.status.connectivity is not before:
            _log.warning("device silent", device=self.device.key, link=self.contact.status.connectivity.name, cause=cause)

    def _log_failure(self, error: Exception) -> None:
        if self._failures == 0:
            _log.info("device does not answer", device=self.device.key, cause=_cause(error), detail=str(error))

    def _longest_wait_s(self, cause: str) -> float:
        """A device should be missed for a few of its own intervals at most; wrong settings do not mend themselves."""
        if cause == "misconfigured":
            return CAP_S
        return min(CAP_S, max(5.0, 3 * self._period_s))

    def _deliver(self, delivery: Delivery | None) -> None:
        """Hand over without waiting for the disk; a failed commit is the store's to tell, once."""
        if delivery is not None:
            self._around.sink.accept(delivery).add_done_callback(_retrieve)


def _retrieve(done: "asyncio.Future[None]") -> None:
    if not done.cancelled():
        done.exception()


def _cause(error: Exception) -> str:
    match error:
        case DeviceGarbled():
            return "garbled"
        case DeviceMisconfigured():
            return "misconfigured"
        case TimeoutError():
            return "timeout"
        case StorageError():
            return "storage"
        case _:
            return "unreachable"
