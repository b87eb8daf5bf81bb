"""A pseudo charge point: a real OCPP client (1.6 or 2.0.1) over WebSocket, with a car now and then and faults on demand."""

import asyncio
import base64
import random
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final
from uuid import UUID

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from backend.drivers.ocpp.frames import Call, Failure, Payload, Result, read_frame, write_call, write_failure, write_result
from backend.drivers.ocpp.stamps import write_stamp
from backend.model.clock import Clock
from backend.simulation.charging import Visit
from backend.simulation.outlet import Outlet, Pending
from backend.simulation.words import Words, Words16, report

_log = structlog.get_logger(__name__)
_GARBAGE: Final = (b"\xff\xfe\x00", b"[2", b'{"not":"a list"}', b'[2,"g1","MeterValues",{}]', b'[2,"g2","NoSuchAction",{}]')


class Fault(Enum):
    """What can go wrong with a charge point."""

    SILENT = auto()
    """The line stands, nothing comes, nothing is answered."""
    FAULTED = auto()
    """Every connector reports GroundFailure."""
    DISCONNECTED = auto()
    """Off line; what happens meanwhile is sent later, with its own time."""
    GARBAGE = auto()
    """Sends frames that OCPP does not allow, between good ones."""


_OFF_LINE: Final = frozenset({Fault.SILENT, Fault.DISCONNECTED})


@dataclass(frozen=True, slots=True)
class Make:
    """What a charge point is, and how it connects."""

    identity: str
    connectors: tuple[int, ...] = (1,)
    maker: str = "Enemado"
    model: str = "Pseudo AC 6"
    serial: str = "P-0001"
    version: str = "1.0"
    password: str | None = None
    tls: ssl.SSLContext | None = None
    sample_s: float = 30.0
    """Between meter values, by the injected clock."""
    volts: float = 200.0
    words: Callable[[], Words] = Words16
    """The version that it speaks."""
    plug: str = "sType1"
    """Type of its connectors, as OCPP 2.0.1 names it."""


@dataclass(slots=True)
class _Waiting:
    id: str = ""
    answer: "asyncio.Future[Payload | None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class ChargePoint:
    """One charger. ``run`` keeps it connected until cancelled; ``step`` lets happen what is due by the clock."""

    def __init__(
        self,
        make: Make,
        url: str,
        clock: Clock,
        visits: Sequence[Visit] = (),
        *,
        acknowledged: Callable[[str, Payload], None] | None = None,
        tick_s: float = 0.5,
        retry_s: float = 2.0,
    ) -> None:
        """``url`` without the identity; ``acknowledged`` is called for every call that got its CALLRESULT."""
        self.make = make
        self.visits = list(visits)
        self._url = f"{url.rstrip('/')}/{make.identity}"
        self._clock = clock
        self._acknowledged = acknowledged
        self._tick_s = tick_s
        self._retry_s = retry_s
        self._random = random.Random(make.identity)
        self._words = make.words()
        self._outlets = [Outlet(n, self.visits, self._random, make.sample_s, make.volts) for n in make.connectors]
        self._outbox: deque[Pending] = deque()
        self._fresh = asyncio.Event()
        self._line: ClientConnection | None = None
        self._waiting: _Waiting | None = None
        self._heartbeat_s = 60.0
        self.faults: set[Fault] = set()
        self._resetting = asyncio.Event()
        self.booted = asyncio.Event()
        """Set while the central system has accepted us."""

    async def run(self) -> None:
        """Connect, talk, reconnect; until cancelled."""
        while True:
            if not self.faults & _OFF_LINE:
                try:
                    await self._talk()
                except* (OSError, InvalidHandshake, ConnectionClosed, TimeoutError) as lost:
                    _log.debug("pseudo charge point off line: %s", lost.exceptions[0])
                finally:
                    self._line = None
                    self.booted.clear()
            await self._pause()

    async def start(self, fault: Fault) -> None:
        """Switch a fault on."""
        self.faults.add(fault)
        if fault is Fault.DISCONNECTED and self._line is not None:
            await self._line.close()

    def end(self, fault: Fault) -> None:
        """Switch a fault off."""
        self.faults.discard(fault)

    async def send_raw(self, frame: str | bytes) -> None:
        """Put any frame on the line, past all rules."""
        if self._line is not None:
            await self._line.send(frame, text=True)

    def step(self) -> None:
        """Let happen what is due: cars come, fill and go, meters are read."""
        now_ms = self._clock.now_ms()
        for outlet in self._outlets:
            outlet.faulted = Fault.FAULTED in self.faults
            for message in outlet.step(now_ms):
                self._outbox.extend(said for said in self._words.said(message) if self.booted.is_set() or said.lasting)

    def _post(self, action: str, payload: dict[str, object]) -> None:
        self._outbox.extend(self._words.said(Pending(action, payload)))
        self._fresh.set()

    def _tell_states(self) -> None:
        now_ms = self._clock.now_ms()
        stamp = write_stamp(now_ms)
        self._post("StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available", "timestamp": stamp})
        self._outbox.extend(said for outlet in self._outlets for said in self._words.said(outlet.status(now_ms)))

    async def _pause(self) -> None:
        """Off line, life goes on."""
        passed = 0.0
        while passed < self._retry_s or self.faults & _OFF_LINE:
            self.step()
            await asyncio.sleep(self._tick_s)
            passed += self._tick_s

    async def _talk(self) -> None:
        headers: dict[str, str] = {}
        if self.make.password is not None:
            pair = f"{self.make.identity}:{self.make.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        async with connect(
            self._url,
            subprotocols=[Subprotocol(self._words.protocol)],
            additional_headers=headers,
            ssl=self.make.tls,
            compression=None,
            ping_interval=None,
            close_timeout=0.5,
            proxy=None,
        ) as line:
            self._line = line
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(line), name=f"{self.make.identity} listen")
                tasks.create_task(self._live(line), name=f"{self.make.identity} live")

    async def _live(self, line: ClientConnection) -> None:
        self.step()
        await self._boot(line)
        heartbeat_at = self._clock.monotonic() + self._heartbeat_s
        while True:
            self.step()
            if self._clock.monotonic() >= heartbeat_at:
                heartbeat_at = self._clock.monotonic() + self._heartbeat_s
                self._post("Heartbeat", {})
            if self._resetting.is_set():
                self._resetting.clear()
                await line.close()
            if Fault.GARBAGE in self.faults:
                await self.send_raw(self._random.choice(_GARBAGE))
            await self._empty_outbox(line)
            self._fresh.clear()
            try:
                async with asyncio.timeout(self._tick_s):
                    await self._fresh.wait()
            except TimeoutError:
                continue

    async def _boot(self, line: ClientConnection) -> None:
        lasting = [message for message in self._outbox if message.lasting]
        self._outbox.clear()
        (boot,) = self._words.said(self._boot_notification())
        answer = await self._call(line, boot)
        if answer is None or answer.get("status") != "Accepted":
            raise TimeoutError("not accepted")
        self._heartbeat_s = float(answer["interval"])
        self._outbox.extend(lasting)
        self._tell_states()
        self.booted.set()

    def _boot_notification(self) -> Pending:
        make = self.make
        return Pending(
            "BootNotification",
            {
                "chargePointVendor": make.maker,
                "chargePointModel": make.model,
                "chargePointSerialNumber": make.serial,
                "firmwareVersion": make.version,
            },
        )

    async def _empty_outbox(self, line: ClientConnection) -> None:
        while self._outbox and Fault.SILENT not in self.faults:
            message = self._outbox[0]
            answer = await self._call(line, message)
            if answer is None and message.lasting:
                return
            self._outbox.popleft()
            if message.action == "StartTransaction" and answer is not None and message.session is not None:
                message.session.number = int(answer["transactionId"])

    async def _call(self, line: ClientConnection, message: Pending) -> Payload | None:
        """The answer; None for a CALLERROR. Raises ``TimeoutError`` where none comes."""
        self._words.numbered(message)
        waiting = self._waiting = _Waiting(str(UUID(int=self._random.getrandbits(128), version=4)))
        await line.send(write_call(waiting.id, message.action, message.payload))
        async with asyncio.timeout(30):
            answer = await waiting.answer
        if answer is not None and self._acknowledged is not None:
            self._acknowledged(message.action, message.payload)
        return answer

    async def _listen(self, line: ClientConnection) -> None:
        while True:
            data = await line.recv(decode=False)
            if Fault.SILENT not in self.faults:
                await self._take(line, data)

    async def _take(self, line: ClientConnection, data: bytes) -> None:
        match read_frame(data):
            case Call() as call:
                await line.send(self._obey(call))
            case Result(message_id, payload):
                self._settle(message_id, payload)
            case Failure(message_id):
                self._settle(message_id, None)
            case _:
                _log.warning("pseudo charge point got a broken frame")

    def _settle(self, message_id: str | int, payload: Payload | None) -> None:
        if self._waiting is not None and self._waiting.id == message_id and not self._waiting.answer.done():
            self._waiting.answer.set_result(payload)

    def _obey(self, call: Call) -> str:
        match call.action:
            case "TriggerMessage":
                done = self._trigger(str(call.payload.get("requestedMessage")))
                return write_result(call.id, {"status": "Accepted" if done else "NotImplemented"})
            case "ChangeConfiguration":
                return write_result(call.id, {"status": "NotSupported"})
            case "ChangeAvailability":
                return write_result(call.id, {"status": self._change_service(call.payload)})
            case "Reset":
                self._resetting.set()
            case "UnlockConnector":
                return write_result(call.id, {"status": "Unlocked"})
            case "GetBaseReport":
                plugs = {outlet.number: self.make.plug for outlet in self._outlets}
                self._outbox.append(report(call.payload["requestId"], plugs, write_stamp(self._clock.now_ms())))
                self._fresh.set()
            case "SetVariables":
                refused = [{"attributeStatus": "Rejected", **_named(each)} for each in call.payload["setVariableData"]]
                return write_result(call.id, {"setVariableResult": refused})
            case _:
                return write_failure(call.id, "NotImplemented")
        return write_result(call.id, {"status": "Accepted"})

    def _trigger(self, message: str) -> bool:
        match message:
            case "BootNotification":
                self._post("BootNotification", self._boot_notification().payload)
            case "Heartbeat":
                self._post("Heartbeat", {})
            case "StatusNotification":
                self._tell_states()
            case "MeterValues" | "TransactionEvent":
                for outlet in self._outlets:
                    outlet.sample_soon()
            case _:
                return False
        return True

    def _change_service(self, payload: Payload) -> str:
        """An operator takes connectors out of service, or back; who charges is not disturbed."""
        on = payload.get("type", payload.get("operationalStatus")) == "Operative"
        wanted = payload.get("connectorId") or payload.get("evse", {}).get("id") or 0
        concerned = [outlet for outlet in self._outlets if wanted in (0, outlet.number)]
        for outlet in concerned:
            outlet.in_service = on
        return "Scheduled" if not on and any(outlet.is_busy for outlet in concerned) else "Accepted"


def _named(setting: Payload) -> Payload:
    return {"component": setting["component"], "variable": setting["variable"]}
