"""One connector of a pseudo charge point: what a car there makes it say, message by message, with its own times."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backend.drivers.ocpp.stamps import write_stamp
from backend.model.states import ConnectorState
from backend.simulation.charging import Visit, visit_at

_WORDS: Final = {
    ConnectorState.AVAILABLE: "Available",
    ConnectorState.PREPARING: "Preparing",
    ConnectorState.CHARGING: "Charging",
    ConnectorState.SUSPENDED_EV: "SuspendedEV",
    ConnectorState.FINISHING: "Finishing",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}
_IN_SESSION: Final = frozenset({ConnectorState.CHARGING, ConnectorState.SUSPENDED_EV})
_LONGEST_GAP_MS: Final = 6 * 3_600_000
"""After a longer pause nothing in between is made up."""


@dataclass(slots=True)
class Session:
    """A transaction as the charge point sees it."""

    visit: Visit
    start_wh: float
    """Delivered to this car before."""
    tag: str
    number: int | None = None
    """Given by the central system of OCPP 1.6."""
    events: int = 0
    """Events told so far, in OCPP 2.0.1."""
    shown: str = ""
    """Charging state as last told, in OCPP 2.0.1."""


@dataclass(slots=True)
class Pending:
    """A call that waits for its turn. Those of transactions survive a lost line."""

    action: str
    payload: dict[str, object]
    session: Session | None = None

    @property
    def lasting(self) -> bool:
        """Whether it is kept while off line."""
        return self.session is not None


class Outlet:
    """Follows the cars of one connector through time."""

    def __init__(self, number: int, visits: Sequence[Visit], chance: random.Random, sample_s: float, volts: float) -> None:
        self.number = number
        self.faulted = False
        self.in_service = True
        """Set by an operator; who charges goes on."""
        self._visits = visits
        self._chance = chance
        self._sample_ms = round(sample_s * 1000)
        self._volts = volts
        self._register_wh = float(round(chance.uniform(1e5, 5e6)))
        self._shown = ConnectorState.AVAILABLE
        self._session: Session | None = None
        self._sample_at_ms = 0
        self._lived_ms: int | None = None

    @property
    def is_busy(self) -> bool:
        """Whether somebody charges."""
        return self._session is not None

    def step(self, now_ms: int) -> Iterator[Pending]:
        """Everything that happened since the last step, in order."""
        for at_ms in self._moments(now_ms):
            yield from self._live(at_ms)
        self._lived_ms = now_ms

    def status(self, at_ms: int) -> Pending:
        """The state as last shown."""
        code = "GroundFailure" if self._shown is ConnectorState.FAULTED else "NoError"
        stamp = write_stamp(at_ms)
        status: dict[str, object] = {
            "connectorId": self.number,
            "errorCode": code,
            "status": _WORDS[self._shown],
            "timestamp": stamp,
        }
        return Pending("StatusNotification", status)

    def sample_soon(self) -> None:
        """Read the meter at the next step."""
        self._sample_at_ms = 0

    def _moments(self, now_ms: int) -> list[int]:
        """When something may have changed, oldest first; always ends with now."""
        last_ms = self._lived_ms
        if last_ms is None:
            return self._first_moments(now_ms)
        if not 0 <= now_ms - last_ms <= _LONGEST_GAP_MS:
            return [now_ms]
        moments = {now_ms}
        for visit in self._visits:
            if visit.connector == self.number and visit.arrive_ms <= now_ms and visit.leave_ms > last_ms:
                moments |= {visit.arrive_ms, visit.begin_ms, visit.end_ms, visit.leave_ms}
                moments |= set(range(max(visit.begin_ms, self._sample_at_ms), min(visit.end_ms, now_ms), self._sample_ms))
        return sorted(moment for moment in moments if last_ms < moment < now_ms or moment == now_ms)

    def _first_moments(self, now_ms: int) -> list[int]:
        """A car that is there already came at its own time."""
        visit = visit_at(self._visits, self.number, now_ms)
        earlier = {visit.arrive_ms, visit.begin_ms, visit.end_ms} if visit is not None else set[int]()
        return sorted({moment for moment in earlier if moment < now_ms} | {now_ms})

    def _live(self, at_ms: int) -> Iterator[Pending]:
        visit = visit_at(self._visits, self.number, at_ms)
        state = visit.state(at_ms) if visit is not None else ConnectorState.AVAILABLE
        if not self.in_service and self._session is None:
            visit, state = None, ConnectorState.UNAVAILABLE
        state = ConnectorState.FAULTED if self.faulted else state
        if self._session is not None and (state not in _IN_SESSION or visit is not self._session.visit):
            yield self._stop(self._session, at_ms)
        if self._session is None and visit is not None and state in _IN_SESSION:
            yield from self._start(visit, at_ms)
        if state is not self._shown:
            self._shown = state
            yield self.status(at_ms)
        if self._session is not None and at_ms >= self._sample_at_ms:
            self._sample_at_ms = at_ms + self._sample_ms
            yield self._meter_values(self._session, at_ms)

    def _start(self, visit: Visit, at_ms: int) -> Iterator[Pending]:
        tag = f"{self._chance.getrandbits(32):08X}"
        session = self._session = Session(visit, visit.energy_wh(at_ms), tag)
        self._sample_at_ms = at_ms
        yield Pending("Authorize", {"idTag": tag})
        start: dict[str, object] = {
            "connectorId": self.number,
            "idTag": tag,
            "meterStart": self._meter(at_ms),
            "timestamp": write_stamp(at_ms),
        }
        yield Pending("StartTransaction", start, session)

    def _stop(self, session: Session, at_ms: int) -> Pending:
        meter_wh = self._meter(at_ms)
        self._register_wh = float(meter_wh)
        self._session = None
        stop: dict[str, object] = {
            "idTag": session.tag,
            "meterStop": meter_wh,
            "timestamp": write_stamp(at_ms),
            "reason": "EVDisconnected",
        }
        return Pending("StopTransaction", stop, session)

    def _meter(self, at_ms: int) -> int:
        delivered_wh = self._session.visit.energy_wh(at_ms) - self._session.start_wh if self._session is not None else 0.0
        return round(self._register_wh + delivered_wh)

    def _meter_values(self, session: Session, at_ms: int) -> Pending:
        power_w = session.visit.power_w(at_ms)
        values = (
            (f"{self._meter(at_ms)}", "Energy.Active.Import.Register", "Wh"),
            (f"{power_w / 1000:.3f}", "Power.Active.Import", "kW"),
            (f"{power_w / self._volts:.1f}", "Current.Import", "A"),
            (f"{self._volts:.1f}", "Voltage", "V"),
            (f"{session.visit.soc(at_ms) * 100:.0f}", "SoC", "Percent"),
        )
        samples = [{"value": value, "measurand": measurand, "unit": unit} for value, measurand, unit in values]
        entry = {"timestamp": write_stamp(at_ms), "sampledValue": samples}
        return Pending("MeterValues", {"connectorId": self.number, "meterValue": [entry]}, session)
