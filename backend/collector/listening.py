"""Keeps a listening driver listening: a port that is taken or lost is tried again and told once."""

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog

from backend.collector.backoff import delay_s
from backend.collector.device_task import Wait
from backend.drivers.contract import Commandable, DeviceError, ListeningDriver, Secret
from backend.model.clock import Clock
from backend.model.delivery import Sink
from backend.model.device import Device
from backend.model.message import Message

_log = structlog.get_logger(__name__)
_LONGEST_S = 30.0


class Listening:
    """One listening driver and the devices that call it, all by one protocol. ``run`` ends only by cancellation."""

    def __init__(
        self,
        protocol: str,
        driver: ListeningDriver,
        devices: Sequence[Device],
        sink: Sink,
        clock: Clock,
        secret: Secret,
        wait: Wait = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        tell: Callable[[Message], None] = lambda message: None,
    ) -> None:
        """``tell`` hears what the operator should know at once, which names the ``protocol`` as an address does: ``ocpp``."""
        self.protocol = protocol
        self._driver, self._devices, self._sink, self._clock, self._secret = driver, devices, sink, clock, secret
        self._wait, self._chance, self._tell = wait, chance, tell
        self.trouble = ""
        """Why nobody can call us at the moment; empty while they can."""

    @property
    def tellers(self) -> dict[str, Commandable]:
        """Which of the devices can be told to do something, and by whom."""
        driver = self._driver
        return {device.key: driver for device in self._devices} if isinstance(driver, Commandable) else {}

    async def run(self) -> None:
        """Listen, and listen again."""
        failures = 0
        while True:
            try:
                async with self._driver.serve(self._devices, self._sink, self._clock, self._secret):
                    if self.trouble:
                        _log.info("devices can call again", protocol=self.protocol)
                        self._tell(Message("Devices can connect again by {protocol}.", {"protocol": self.protocol}))
                    self.trouble, failures = "", 0
                    await asyncio.Event().wait()
            except (DeviceError, OSError) as error:
                self._failed(str(error), failures)
            except Exception as error:  # noqa: BLE001 - the supervisor of this driver: a broken one must not stop the node
                self._failed(f"{type(error).__name__}: {error}", failures)
                if failures == 0:
                    _log.exception("listening driver failed")
            failures += 1
            await self._wait(delay_s(failures, self._chance(), _LONGEST_S))

    def _failed(self, why: str, failures: int) -> None:
        self.trouble = why
        if failures == 0:
            _log.error("devices cannot call", protocol=self.protocol, why=why)
            what = Message(
                "Devices cannot connect by {protocol}: {reason}. It is tried again until it works.",
                {"protocol": self.protocol, "reason": why},
            )
            self._tell(what)
