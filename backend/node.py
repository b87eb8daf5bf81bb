"""The composition root of the engine; read it top to bottom: settings, store, intake, devices, control, and back."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from functools import partial
from os import getpid
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from backend import __version__
from backend.api.channel import channel_file
from backend.api.control import Answer, RefusedError, serve_control
from backend.api.orders import order_of, receipt_answer
from backend.collector import Collector, InspectionError
from backend.collector.desk import Desk
from backend.collector.device_task import Surroundings
from backend.collector.gateways import Gateways
from backend.collector.imports import ImportRefused, Imports, Order
from backend.collector.listening import Listening
from backend.collector.records import take as take_records
from backend.collector.trial import LONGEST_TRIAL_S, try_out
from backend.derived.curve_keeper import keep_curves
from backend.drivers.contract import DeviceError, PollingDriver
from backend.drivers.csvfile.keeping import Place
from backend.drivers.index import COMING, LISTENING, POLLING, scheme_of
from backend.ending import end_on_signals
from backend.identity.node_key import NodeKey, open_node_key
from backend.intake import Intake, Limits, open_intake
from backend.model.clock import AnchoredClock, Clock, ClockAnchor, SystemClock
from backend.model.delivery import Delivery
from backend.model.device import Device
from backend.model.event import Event, EventKind, EventValue
from backend.model.gateway import GatewayDesk
from backend.model.kiosk import KioskPlan
from backend.model.message import Message
from backend.model.node import NodeInfo
from backend.model.staging import Staging
from backend.model.states import Connectivity
from backend.settings import ApiListener, NodeSettings, SettingsError, load
from backend.settings.secrets import SecretStore
from backend.store.contract import Reader
from backend.store.opening import open_store
from backend.store.reader import open_reader
from backend.store.retention import Retention
from backend.store.served import ServedStore
from backend.store.sqlite.place import make_place

if TYPE_CHECKING:
    from backend.http.server import Persistent
    from backend.sync.service import Exchange

_log = structlog.get_logger(__name__)


Tell = Callable[[Message], None]


def _keep_to_oneself(message: Message) -> None:
    """What the log has is enough."""


async def run_node(
    settings: NodeSettings,
    staging: Staging | None = None,
    ready: Callable[[], None] = lambda: None,
    tell: Tell = _keep_to_oneself,
    beat: Callable[[], None] = lambda: None,
) -> None:
    """Run until a signal or ``enemado node stop``; ``tell`` hears what the operator should know at once.

    ``beat`` is called whenever the store has dealt with a batch; while nothing happens, one is sealed every ten seconds.

    Raises ``StorageError`` where the cache cannot be had.
    """
    async with open_node(settings, staging, tell, beat) as node:
        # What was loaded at start stays; looking through it again and again would hold up commits by 15 ms each time.
        gc.collect()
        gc.freeze()
        ready()
        with end_on_signals(node.stopping):
            await node.stopping.wait()


@asynccontextmanager
async def open_node(
    settings: NodeSettings,
    staging: Staging | None = None,
    tell: Tell = _keep_to_oneself,
    beat: Callable[[], None] = lambda: None,
) -> "AsyncGenerator[Node]":
    """A running node; everything accepted is on disk when the context has ended."""
    clock: Clock = AnchoredClock(staging.clock) if staging else SystemClock()
    async with AsyncExitStack() as stack:
        # What cannot be a cache is refused before a key is made beside it.
        await asyncio.to_thread(make_place, settings.cache)
        key = await asyncio.to_thread(open_node_key, settings.cache)
        opened = open_store(settings.place, settings.name, clock, retention_of(settings), key)
        store = await stack.enter_async_context(opened)
        if store.set_aside is not None:
            tell(_mended(store.set_aside))
        intake = await stack.enter_async_context(open_intake(store, clock, Limits(seal_after_s=settings.batch_s), beat))
        reader = await stack.enter_async_context(open_reader(settings.place))
        node = Node(settings, staging, clock, key, store, intake, reader, tell, store.committed_ms)
        await node.introduce()
        await stack.enter_async_context(node.living())
        await stack.enter_async_context(serve_control(channel_file(settings.cache), node.actions))
        yield node


class Node:
    """What runs between an open store and a closed one."""

    def __init__(
        self,
        settings: NodeSettings,
        staging: Staging | None,
        clock: Clock,
        key: NodeKey,
        store: ServedStore,
        intake: Intake,
        reader: Reader,
        tell: Tell,
        committed_ms: int | None = None,
    ) -> None:
        self.settings = settings
        self.stopping = asyncio.Event()
        """Set to let the node end."""
        self._staging, self._clock, self._store, self._intake, self._reader = staging, clock, store, intake, reader
        self._key = key
        self._tell = tell
        self._committed_ms = committed_ms
        self._changed = asyncio.Event()
        self._collector: Collector | None = None
        self._drivers: dict[str, PollingDriver] = {}
        self._listening: Sequence[Listening] = ()
        self._desk = Desk(intake, clock)
        self._gateways: Gateways | None = None
        self._api: Persistent | None = None
        self._exchange: Exchange | None = None
        self._imports: Imports | None = None
        self.actions = {
            "status": self._status,
            "stop": self._stop,
            "reload": self._reload,
            "inspect": self._inspect,
            "command": self._command,
            "describe": self._describe,
            "records": self._records,
            "try_out": self._try_out,
            "release": self._release,
            "rotate_key": self._rotate_key,
            "import": self._import,
            "import_status": self._import_status,
            "import_cancel": self._import_cancel,
        }
        """What the control channel can ask for."""

    async def introduce(self) -> None:
        """Tell the cache who we are and what belongs to us; the first thing at start and at reload."""
        settings = self.settings
        now_ms = self._clock.now_ms()
        anchor = self._staging.clock if self._staging else ClockAnchor(now_ms, now_ms)
        await self._intake.define(settings.sites, settings.devices)
        await self._store.put("node", "main", NodeInfo(settings.name, __version__, anchor, self._staging is not None))
        shown = [site.key for site in settings.sites] or list(settings.follow.sites if settings.follow else ())
        if settings.kiosk or shown:
            await self._store.put("plan", "main", settings.kiosk or KioskPlan(shown[0]))

    @asynccontextmanager
    async def living(self) -> AsyncGenerator[None]:
        """Collect until the context ends."""
        if self.settings.devices:
            self._intake.recall(await self._reader.latest())
        if self._staging is not None:
            await self._staging.history(self._intake)
        await self._record(EventKind.NODE_STARTED, {"version": __version__, "since_ms": self._committed_ms})
        await take_records(self.settings.cache, self._intake, self._reader)
        if self._key.is_new:
            await self._record(EventKind.KEY_MADE, {"key_id": self._key.key_id.hex(), "place": self._key.place.value})
        await self._desk.close_open_ones(self._reader)
        async with asyncio.TaskGroup() as tasks:
            running = (
                tasks.create_task(self._collect(), name="devices"),
                tasks.create_task(keep_curves(lambda: self.settings, self._store, self._clock, self._speed), name="curves"),
            )
            try:
                yield
            finally:
                for task in running:
                    task.cancel()
        await self._record(EventKind.NODE_STOPPED, {"version": __version__})

    @property
    def _speed(self) -> float:
        return self._staging.clock.speed if self._staging else 1.0

    async def _record(self, kind: EventKind, data: dict[str, EventValue]) -> None:
        event = Event(self._clock.now_ms(), kind, "node", data)
        await self._intake.accept(Delivery(events=(event,), urgent=True))
        _log.info(kind.value, name=self.settings.name, cache=str(self.settings.cache))

    async def _collect(self) -> None:
        """Run the devices of the current settings; start over when the settings changed."""
        while True:
            self._changed.clear()
            async with (
                self._devices(self.settings),
                self._spoken_for(self.settings),
                self._answering(self.settings),
                self._exchanging(self.settings),
                self._importing(self.settings),
            ):
                await self._changed.wait()

    @asynccontextmanager
    async def _devices(self, settings: NodeSettings) -> AsyncGenerator[None]:
        drivers = self._drivers = {scheme: make(settings, self._reader) for scheme, make in POLLING.items()}
        polled = [(device, drivers[scheme_of(device.address)]) for device in settings.devices if _is_polled(device)]
        around = Surroundings(self._intake, self._clock, speed=self._speed)
        known, points = await self._reader.statuses(), await self._reader.points()
        self._collector = Collector(polled, settings.sites, around, known, points)
        self._listening = [listening async for listening in self._listeners(settings)]
        self._desk.attend({key: teller for listening in self._listening for key, teller in listening.tellers.items()})
        async with asyncio.TaskGroup() as tasks, self._collector.running():
            running = [
                tasks.create_task(listening.run(), name=f"{listening.protocol} listening") for listening in self._listening
            ]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()

    @asynccontextmanager
    async def _spoken_for(self, settings: NodeSettings) -> AsyncGenerator[None]:
        """Devices that gateways speak for, over the API."""
        devices = [device for device in settings.devices if device.is_attested]
        self._gateways = Gateways(devices, self._intake, self._clock, self._reader)
        async with self._gateways.running():
            yield

    @asynccontextmanager
    async def _answering(self, settings: NodeSettings) -> AsyncGenerator[None]:
        """Serve the API where the settings ask for it; its libraries are loaded only then, and not on this thread."""
        self._api = await asyncio.to_thread(_api_server, settings, self._gateways) if settings.api else None
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(self._api.run(), name="api") if self._api else None
            try:
                yield
            finally:
                if answering:
                    answering.cancel()

    @asynccontextmanager
    async def _exchanging(self, settings: NodeSettings) -> AsyncGenerator[None]:
        """Send to a parent and take in what children send, where the settings name any; libraries as with the API."""
        if settings.parent is None and settings.ingest is None:
            yield
            return
        make = await asyncio.to_thread(_exchange)
        self._exchange = make(settings, self._store, self._intake, self._reader, self._clock, self._key)
        async with self._exchange.running():
            yield

    @asynccontextmanager
    async def _importing(self, settings: NodeSettings) -> AsyncGenerator[None]:
        """Files that somebody wants to have taken in."""
        place = Place(self._intake, self._reader, self._clock)
        self._imports = Imports(settings.devices, settings.sites, place)
        async with self._imports.running():
            yield

    async def _listeners(self, settings: NodeSettings) -> AsyncGenerator[Listening]:
        """One for each protocol by which devices of these settings call us."""
        secrets = SecretStore(settings.cache.parent)
        for protocol, make in (*LISTENING.items(), *COMING.items()):
            devices = [device for device in settings.devices if scheme_of(device.address) == protocol]
            if devices:
                known = await asyncio.to_thread(secrets.read_all, ["mqtt", *(device.key for device in devices)])
                driver = make(settings, self._reader)
                yield Listening(protocol, driver, devices, self._intake, self._clock, known.get, tell=self._tell)

    async def _status(self, request: Answer) -> Answer:
        state = await self._reader.state()
        links = {status.device: status.connectivity for status in await self._reader.statuses()}
        return {
            "name": self.settings.name,
            "version": __version__,
            "pid": getpid(),
            "key_id": self._key.key_id.hex(),
            "key_place": self._key.place.value,
            "cache": str(self.settings.cache),
            "settings": str(self.settings.source.absolute()) if self.settings.source else "",
            "demo": self._staging is not None,
            "now_ms": self._clock.now_ms(),
            **asdict(state),
            "devices": {device.key: links.get(device.key, Connectivity.UNKNOWN).name for device in self.settings.devices},
            "storage_trouble": self._intake.trouble,
            "listening_trouble": {each.protocol: each.trouble for each in self._listening if each.trouble},
            "api_trouble": self._api.trouble if self._api else "",
            "ingest_trouble": self._exchange.trouble if self._exchange else "",
            "sync": msgspec.to_builtins(self._exchange.status()) if self._exchange else None,
        }

    async def _stop(self, request: Answer) -> Answer:
        self.stopping.set()
        return {}

    async def _reload(self, request: Answer) -> Answer:
        if self.settings.source is None:
            raise RefusedError(Message("This node has no settings file."))
        try:
            settings = await asyncio.to_thread(partial(load, self.settings.source))
        except SettingsError as error:
            raise RefusedError(Message("{problems}", {"problems": str(error)})) from error
        if (settings.cache, settings.store) != (self.settings.cache, self.settings.store):
            raise RefusedError(Message("Another cache file needs another start of the node."))
        self.settings = settings
        await self.introduce()
        await take_records(settings.cache, self._intake, self._reader)
        self._changed.set()
        _log.info("settings taken over", devices=len(settings.devices))
        return {"devices": len(settings.devices)}

    async def _inspect(self, request: Answer) -> Answer:
        if self._collector is None:
            raise RefusedError(Message("The node is still starting."))
        try:
            found = await self._collector.inspect(str(request.get("device")))
        except InspectionError as error:
            raise RefusedError(error.message) from error
        return {"points": [asdict(raw) for raw in found]}

    async def _command(self, request: Answer) -> Answer:
        """An operator wants something of a device; the answer is the receipt, recorded before it is given."""
        order = order_of(request)
        if order.device not in {device.key for device in self.settings.devices}:
            raise RefusedError(Message("This node has no device {device}.", {"device": order.device[:64]}))
        return receipt_answer(await self._desk.command(order))

    async def _describe(self, request: Answer) -> Answer:
        if self._collector is None:
            raise RefusedError(Message("The node is still starting."))
        try:
            description = await self._collector.describe(str(request.get("device")))
        except InspectionError as error:
            raise RefusedError(error.message) from error
        return {**asdict(description), "now_ms": self._clock.now_ms()}

    async def _try_out(self, request: Answer) -> Answer:
        """Ask a device that is not registered yet, by our own drivers: they may have a port that nobody else can have."""
        try:
            device = msgspec.convert(request["device"], Device)
            driver = self._drivers[scheme_of(device.address)]
            seconds, known = float(str(request.get("seconds", 0))), request.get("known_kind") is True
            trial = await try_out(device, driver, self._clock, asyncio.sleep, min(seconds, LONGEST_TRIAL_S), known)
        except (msgspec.ValidationError, KeyError, ValueError) as error:
            raise RefusedError(Message("Such a device cannot be asked by the node.")) from error
        except DeviceError as error:
            raise RefusedError(Message("{text}", {"text": str(error)})) from error
        return {"trial": msgspec.to_builtins(trial)}

    async def _records(self, request: Answer) -> Answer:
        return {"taken": await take_records(self.settings.cache, self._intake, self._reader)}

    async def _release(self, request: Answer) -> Answer:
        number, by, confirmed_by = (str(request.get(name, "")) for name in ("number", "by", "confirmed_by"))
        if not number.isascii() or not number.isdigit():
            raise RefusedError(Message("Nothing in quarantine has the number {number}.", {"number": number}))
        return {"reason": await self._exchanged(lambda exchange: exchange.release(int(number), by, confirmed_by))}

    async def _rotate_key(self, request: Answer) -> Answer:
        return {"key_id": await self._exchanged(lambda exchange: exchange.rotate_key())}

    async def _import(self, request: Answer) -> Answer:
        order = Order(
            Path(str(request.get("file"))),
            str(request.get("device")),
            msgspec.convert(request.get("choices") or {}, dict[str, str]),
            request.get("replace") is True,
        )
        return self._imported(lambda imports: imports.begin(order))

    async def _import_status(self, request: Answer) -> Answer:
        return self._imported(lambda imports: imports.status())

    async def _import_cancel(self, request: Answer) -> Answer:
        return self._imported(lambda imports: imports.cancel())

    def _imported(self, action: Callable[[Imports], Answer | None]) -> Answer:
        if self._imports is None:
            raise RefusedError(Message("The node is still starting."))
        try:
            return action(self._imports) or {}
        except ImportRefused as refused:
            raise RefusedError(refused.message) from refused

    async def _exchanged(self, action: "Callable[[Exchange], Awaitable[str]]") -> str:
        if self._exchange is None:
            raise RefusedError(Message("This node has neither a parent nor children."))
        from backend.sync.unwilling import Unwilling

        try:
            return await action(self._exchange)
        except Unwilling as unwilling:
            raise RefusedError(unwilling.message) from unwilling


def _mended(kept: Path) -> Message:
    return Message(
        "The cache was damaged and is kept as {file}. What could still be read is in a new one; its events tell what is lost.",
        {"file": str(kept)},
    )


def _api_server(settings: NodeSettings, desk: GatewayDesk | None) -> "Persistent":
    from backend.api.v1.server import api_server

    return api_server(settings.api or ApiListener(), settings.cache, settings.place, desk)


def _exchange() -> "type[Exchange]":
    from backend.sync.service import Exchange

    return Exchange


def _is_polled(device: Device) -> bool:
    return scheme_of(device.address) in POLLING


def retention_of(settings: NodeSettings) -> Retention:
    """How long this node's store keeps what."""
    keep = settings.retention
    return Retention(
        journal_days=keep.proof_days,
        raw_days=keep.raw_days,
        minute_days=keep.minute_days,
        quarter_days=keep.quarter_days,
        cap_bytes=keep.cap_bytes,
        has_parent=settings.parent is not None and settings.follow is None,
    )
