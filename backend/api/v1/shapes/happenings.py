"""Events, gaps, chargers and sessions."""

from typing import Annotated

from pydantic import Field

from backend.api.v1.shapes.base import ConnectivityName, Instant, Names, Number, Shape, example
from backend.model.event import EventKind, EventValue
from backend.model.gap import GapKind
from backend.model.session import Ending
from backend.model.states import ChargingState, ConnectorState

ConnectorName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in ConnectorState]})]
ChargingName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in ChargingState]})]


class EventShape(Shape):
    """One thing that happened, as keys and figures."""

    model_config = example(at_ms=1795388400000, kind="device_connected", subject="aoba-es/pcs1", data={})
    at_ms: Instant
    kind: EventKind
    subject: str = Field(description="Key of the site, device or point; `node` for the node itself.")
    data: dict[str, EventValue]


class GapShape(Shape):
    """What is not there, why, and how much of it came after all."""

    model_config = example(
        number=17,
        subject="aoba-es/pcs1",
        kind="no_data",
        cause="device_lost",
        from_ms=1795388400000,
        to_ms=1795389000000,
        count=None,
        recovered=0.0,
    )
    number: int = Field(description="Of the row in this store; it stays while the row changes.")
    subject: str = Field(description="Key of a device, `node` for the node itself, `node:…` for a child.")
    kind: GapKind = Field(
        description="Nothing was measured or heard (`no_data`); kept elsewhere and on its way (`late`); measured and gone for"
        " good (`lost`); sent and not believed (`refused`)."
    )
    cause: str = Field(description="Key of the cause, such as `device_lost` or `uplink`.")
    from_ms: Instant
    to_ms: Instant | None = Field(description="Null while it lasts.")
    count: int | None = Field(description="Readings concerned, where that is known.")
    recovered: float = Field(description="Share that is there after all, 0 to 1.")


class ConnectorShape(Shape):
    """One connector of a charger."""

    number: int
    type: str
    max_w: Number
    state: ConnectorName
    since_ms: Instant | None
    charging: ChargingName
    session_since_ms: Instant | None = Field(description="Start of the session under way.")
    session_start_wh: Number
    error: str


class ChargerShape(Shape):
    """A charger and its connectors as they are now."""

    model_config = example(
        key="aoba-es/ev1",
        site="aoba-es",
        names={"en": "Main gate car park"},
        operator="",
        connectivity="CONNECTED",
        connectors=[
            {
                "number": 1,
                "type": "CCS",
                "max_w": 50000.0,
                "state": "CHARGING",
                "since_ms": 1795395600000,
                "charging": "CHARGING",
                "session_since_ms": 1795395600000,
                "session_start_wh": 120500.0,
                "error": "",
            }
        ],
    )
    key: str
    site: str
    names: Names
    operator: str
    connectivity: ConnectivityName
    connectors: list[ConnectorShape]


class SessionShape(Shape):
    """A charging session that has ended."""

    model_config = example(
        charger="aoba-es/ev1",
        connector=1,
        transaction=59876543,
        started_ms=1795395600000,
        stopped_ms=1795399200000,
        start_wh=120500.0,
        stop_wh=138700.0,
        energy_wh=18200.0,
        reason="EVDisconnected",
        ending="complete",
        operator="",
    )
    charger: str
    connector: int | None = Field(description="In OCPP 2.x the EVSE. Null where the node never heard of its start.")
    transaction: int | str = Field(description="A number in OCPP 1.6, a text in 2.x.")
    started_ms: Instant | None
    stopped_ms: Instant
    start_wh: Number = Field(description="Register at the start.")
    stop_wh: Number
    energy_wh: Number
    reason: str = Field(description="As OCPP names it; empty where no end was reported.")
    ending: Ending = Field(description="Interrupted by a fault, a reset or a loss of power, or its end was never reported.")
    operator: str = Field(description="Who runs the charger.")
