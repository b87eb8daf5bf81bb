"""Outside witnesses of what a node promised: chargers that write down what was acknowledged, and a reader of what was seen."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from backend.drivers.ocpp.stamps import write_stamp
from backend.model.states import ConnectorState
from backend.store.contract import Reader

Fact = tuple[str, int, float]
"""Key of the point, source time and value."""
Call = tuple[str, dict[str, Any], list[Fact]]

STATES = (ConnectorState.PREPARING, ConnectorState.CHARGING, ConnectorState.SUSPENDED_EV, ConnectorState.FINISHING)
WORDS = {ConnectorState.SUSPENDED_EV: "SuspendedEV"}
READINGS_PER_STATE = 5
READINGS_PER_BACKLOG = 7
BACKLOG = 20
BACKLOG_HOURS = 10
BACKLOG_STEP_MS = 107
HOUR_MS = 3_600_000


class Journal:
    """Append-only files beside the cache, one fact a line: the truth that stores are compared with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = path.with_suffix(".told")
        self.silences: list[float] = []
        """Seconds from each fall of the node until something new was acknowledged."""
        self._fell: float | None = None

    def fall(self) -> None:
        """The node has just been killed; if it never spoke since it was killed before, its silence goes on."""
        if self._fell is None:
            self._fell = time.monotonic()

    def announce(self, facts: list[Fact]) -> None:
        """What a device is about to tell for the first time."""
        _append(self._told, facts)

    def write(self, facts: list[Fact]) -> None:
        """What was acknowledged to it."""
        _append(self._path, facts)
        if self._fell is not None:
            self.silences.append(time.monotonic() - self._fell)
            self._fell = None

    def facts(self) -> list[Fact]:
        """Everything that was acknowledged."""
        return _facts_in(self._path)

    def told(self) -> list[Fact]:
        """Everything that was ever told, acknowledged or not; by device in the order in which it was."""
        return _facts_in(self._told)


def usual_worst(seconds: list[float]) -> float:
    """What 99 of a hundred do not exceed."""
    return sorted(seconds)[-1 - len(seconds) // 100]


def _append(path: Path, facts: list[Fact]) -> None:
    with path.open("a") as file:
        file.writelines(json.dumps(fact) + "\n" for fact in facts)


def _facts_in(path: Path) -> list[Fact]:
    return [tuple(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


class Teller:
    """A charger that tells one number after the other, repeats what was not answered, and writes down what was."""

    def __init__(self, url: str, identity: str, device: str, journal: Journal) -> None:
        self._url = f"{url}/{identity}"
        self._device = device
        self._journal = journal
        self._last_ms = 0
        self._backlog_ms = time.time_ns() // 1_000_000 - (BACKLOG_HOURS + 2) * HOUR_MS
        self._wh = 10_000
        self._calls = self._stories()
        self._pending: Call | None = None
        self.acknowledged = 0
        self.repeated = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._talk()
            except (OSError, TimeoutError, WebSocketException, InvalidHandshake):
                await asyncio.sleep(0.05)

    async def _talk(self) -> None:
        async with connect(
            self._url, subprotocols=[Subprotocol("ocpp1.6")], ping_interval=None, close_timeout=0.2, open_timeout=5, proxy=None
        ) as line:
            boot = {"chargePointVendor": "Witness", "chargePointModel": "Teller", "chargePointSerialNumber": self._device}
            await self._ask(line, "BootNotification", boot)
            self.repeated += self._pending is not None
            while True:
                if self._pending is None:
                    self._pending = next(self._calls)
                    self._journal.announce(self._pending[2])
                action, payload, facts = self._pending
                await self._ask(line, action, payload)
                self._journal.write(facts)
                self.acknowledged += len(facts)
                self._pending = None

    async def _ask(self, line: ClientConnection, action: str, payload: dict[str, Any]) -> None:
        """Raises ``TimeoutError`` when there is no CALLRESULT; calls from the other side are refused on the way."""
        message_id = f"{time.monotonic_ns()}"
        await line.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(10):
            while True:
                frame = json.loads(await line.recv())
                if frame[0] == 2:
                    await line.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
                elif frame[0] == 3 and frame[1] == message_id:
                    return
                elif frame[1] == message_id:
                    raise TimeoutError(f"refused: {frame}")

    def _stories(self) -> Iterator[Call]:
        for count in itertools.count(1):
            if count % READINGS_PER_STATE == 0:
                yield self._state(STATES[count // READINGS_PER_STATE % len(STATES)])
            elif count % READINGS_PER_BACKLOG == 0:
                yield self._backlog(count % BACKLOG_HOURS)
            else:
                yield self._meter()

    def _meter(self) -> Call:
        at_ms = self._moment()
        self._wh += 3
        power_w = float(self._wh % 7000)
        samples = [
            {"value": str(self._wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
        ]
        payload = {"connectorId": 1, "meterValue": [{"timestamp": write_stamp(at_ms), "sampledValue": samples}]}
        part = f"{self._device}/connector1"
        return "MeterValues", payload, [(f"{part}.energy", at_ms, float(self._wh)), (f"{part}.power", at_ms, power_w)]

    def _backlog(self, hour: int) -> Call:
        """What was measured hours ago, so that closed hours are folded again while the node is being killed."""
        entries: list[dict[str, Any]] = []
        facts: list[Fact] = []
        for _ in range(BACKLOG):
            self._backlog_ms += BACKLOG_STEP_MS
            at_ms = self._backlog_ms + hour * HOUR_MS
            power_w = float(at_ms % 7001)
            sample = {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"}
            entries.append({"timestamp": write_stamp(at_ms), "sampledValue": [sample]})
            facts.append((f"{self._device}/connector1.power", at_ms, power_w))
        return "MeterValues", {"connectorId": 1, "meterValue": entries}, facts

    def _state(self, state: ConnectorState) -> Call:
        at_ms = self._moment()
        word = WORDS.get(state, state.name.capitalize())
        payload = {"connectorId": 1, "errorCode": "NoError", "status": word, "timestamp": write_stamp(at_ms)}
        return "StatusNotification", payload, [(f"{self._device}/connector1.state", at_ms, float(state))]

    def _moment(self) -> int:
        """Now, and never twice the same."""
        self._last_ms = max(self._last_ms + 1, time.time_ns() // 1_000_000)
        return self._last_ms


class Watcher:
    """Reads the newest values again and again: what a reader has seen once counts as acknowledged too."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = keys
        self.seen: set[Fact] = set()

    async def look(self, reader: Reader, seconds: float) -> None:
        """Remember what stands there, for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for key, reading in (await reader.latest(self._keys)).items():
                if reading.value is not None:
                    self.seen.add((key, reading.at_ms, reading.value))
            await asyncio.sleep(min(0.1, max(0.0, end - time.monotonic())))


async def kept(reader: Reader, keys: set[str], reach_s: float = 86_400.0) -> Counter[Fact]:
    """Every reading of these points within ``reach_s`` around now, and how often it stands in the cache."""
    found: Counter[Fact] = Counter()
    now = time.time()
    for key in keys:
        rows = await reader.raw(key, round((now - reach_s) * 1000), round((now + reach_s) * 1000))
        found.update(zip(itertools.repeat(key), rows.at_ms.tolist(), rows.value.tolist(), strict=False))
    return found
