"""What can be made to go wrong in the demo town while it runs."""

from enum import StrEnum

from backend.model.message import Message


class TownFault(StrEnum):
    """Each hits one device, always the same."""

    INVERTER_FAULT = "inverter_fault"
    INVERTER_SILENT = "inverter_silent"
    INVERTER_STUCK = "inverter_stuck"
    CHARGER_FAULT = "charger_fault"
    CHARGER_OFFLINE = "charger_offline"
    CHARGER_GARBAGE = "charger_garbage"
    SENSOR_WRONG = "sensor_wrong"


STRUCK: dict[TownFault, str] = {
    TownFault.INVERTER_FAULT: "midori-jh/pcs1",
    TownFault.INVERTER_SILENT: "sakura-es/pcs1",
    TownFault.INVERTER_STUCK: "higashi-es/pcs1",
    TownFault.CHARGER_FAULT: "aoba-es/ev1",
    TownFault.CHARGER_OFFLINE: "station-plaza/ev1",
    TownFault.CHARGER_GARBAGE: "library/ev1",
    TownFault.SENSOR_WRONG: "aoba-es/weather",
}

EXPLAINED: dict[TownFault, Message] = {
    TownFault.INVERTER_FAULT: Message("An inverter reports a ground fault and gives nothing."),
    TownFault.INVERTER_SILENT: Message("An inverter no longer answers."),
    TownFault.INVERTER_STUCK: Message("An inverter repeats the same values for ever."),
    TownFault.CHARGER_FAULT: Message("A charger reports that it is faulty."),
    TownFault.CHARGER_OFFLINE: Message("A charger loses its line; what happens meanwhile is sent later."),
    TownFault.CHARGER_GARBAGE: Message("A charger sends frames that OCPP does not allow."),
    TownFault.SENSOR_WRONG: Message("A sensor measures more sun than there is."),
}
