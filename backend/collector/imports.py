"""Imports that somebody asked a running node for: one at a time, watched and cancelled over the control channel."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog

from backend.drivers.csvfile.finding import Unreadable
from backend.drivers.csvfile.keeping import Keeper, Place, Rules
from backend.drivers.csvfile.opening import plan_file
from backend.drivers.csvfile.plan import Target
from backend.drivers.csvfile.report import Report
from backend.model.delivery import StorageError
from backend.model.device import Device
from backend.model.message import Message
from backend.model.site import Site

DAY_MS = 86_400_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported, and how."""

    file: Path
    device: str
    choices: Mapping[str, str]
    replace: bool = False


class ImportRefused(Exception):
    """The order cannot be carried out; the message says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def target_of(device: Device, sites: Sequence[Site]) -> Target:
    """Where readings of a file for this device belong."""
    site = next((site for site in sites if site.key == device.site), None)
    return Target(device.key, site.timezone if site is not None else "", device.rated_w)


async def carry_out(
    order: Order,
    target: Target,
    place: Place,
    rules: Rules,
    begun: Callable[[Keeper], None] = lambda keeper: None,
    watch: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Look at the file and keep what is new. Raises ``ImportRefused`` where anything is in doubt, and ``StorageError``."""
    try:
        plan = await asyncio.to_thread(plan_file, order.file, target, order.choices)
        if plan.doubts:
            keys = ", ".join(doubt.key for doubt in plan.doubts)
            raise ImportRefused(Message("This has to be said before anything is imported: {keys}", {"keys": keys}))
        keeper = Keeper(plan, place, rules, watch)
        begun(keeper)
        return await keeper.run()
    except Unreadable as error:
        raise ImportRefused(error.message) from error
    except OSError as error:
        raise ImportRefused(
            Message("{file}: {reason}", {"file": str(order.file), "reason": str(error.strerror or error)})
        ) from error


class Imports:
    """Implements the control actions ``import``, ``import_status`` and ``import_cancel`` while its context is open."""

    def __init__(self, devices: Sequence[Device], sites: Sequence[Site], place: Place) -> None:
        self._devices = {device.key: device for device in devices}
        self._sites, self._place = sites, place
        self._tasks: asyncio.TaskGroup | None = None
        self._task: asyncio.Task[None] | None = None
        self._keeper: Keeper | None = None
        self._report: Report | None = None
        self._failure: Message | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Take orders until the context ends; what is under way ends after its block."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None
                self.cancel()

    def begin(self, order: Order) -> None:
        """Start an import. Raises ``ImportRefused``."""
        if self._tasks is None or (self._task is not None and not self._task.done()):
            raise ImportRefused(Message("Another import is under way; wait for its end."))
        device = self._devices.get(order.device)
        if device is None:
            names = ", ".join(self._devices)
            raise ImportRefused(
                Message(
                    "There is no device “{device}” in the settings; there are: {names}", {"device": order.device, "names": names}
                )
            )
        self._keeper = self._report = self._failure = None
        self._task = self._tasks.create_task(self._run(order, device), name="import")

    def cancel(self) -> None:
        """Let the one under way end after its block."""
        if self._keeper is not None:
            self._keeper.stop()
        elif self._task is not None:
            self._task.cancel()

    def status(self) -> dict[str, object]:
        """How far it is, or how it ended. Raises ``ImportRefused`` where it failed."""
        if self._failure is not None:
            raise ImportRefused(self._failure)
        done = self._task is None or self._task.done()
        report = self._report or (self._keeper.report if self._keeper is not None else None)
        return {"done": done, "report": asdict(report) if report is not None else None}

    async def _run(self, order: Order, device: Device) -> None:
        rules = Rules(order.replace)
        try:
            self._report = await carry_out(order, target_of(device, self._sites), self._place, rules, self._hold)
            _log.info("imported", file=order.file.name, device=device.key, taken=self._report.taken)
        except ImportRefused as refused:
            self._failure = refused.message
        except StorageError as error:
            self._failure = Message("Nothing can be stored at the moment: {reason}", {"reason": str(error)})

    def _hold(self, keeper: Keeper) -> None:
        self._keeper = keeper
