"""What is answered to the calls that we learn nothing from: accepted where that promises nothing, else declined."""

from collections.abc import Mapping
from typing import Final

from backend.drivers.ocpp.frames import Payload

ANSWERS: Final[Mapping[str, Payload]] = {
    "ClearedChargingLimit": {},
    "DataTransfer": {"status": "UnknownVendorId"},
    "FirmwareStatusNotification": {},
    "Get15118EVCertificate": {"status": "Failed", "exiResponse": ""},
    "GetCertificateStatus": {"status": "Failed"},
    "LogStatusNotification": {},
    "NotifyChargingLimit": {},
    "NotifyCustomerInformation": {},
    "NotifyDisplayMessages": {},
    "NotifyEVChargingNeeds": {"status": "Rejected"},
    "NotifyEVChargingSchedule": {"status": "Accepted"},
    "NotifyMonitoringReport": {},
    "PublishFirmwareStatusNotification": {},
    "ReportChargingProfiles": {},
    "ReservationStatusUpdate": {},
    "SignCertificate": {"status": "Rejected"},
}
"""Of 2.0.1: we run no certificate authority for chargers, set no limits and reserve nothing."""

ANSWERS_21: Final[Mapping[str, Payload]] = {
    "BatterySwap": {},
    "ClosePeriodicEventStream": {},
    "NotifyDERAlarm": {},
    "NotifyDERStartStop": {},
    "NotifyPriorityCharging": {},
    "NotifySettlement": {},
    "NotifyWebPaymentStarted": {},
    "OpenPeriodicEventStream": {"status": "Rejected"},
    "PullDynamicScheduleUpdate": {"status": "Rejected"},
    "ReportDERControl": {},
    "VatNumberValidation": {"status": "Rejected", "vatNumber": ""},
}
"""What 2.1 adds."""
