"""Is a payload of OCPP 1.6 what its action demands? Known bad habits of chargers are mended first, the rest is refused."""

from typing import Final

from backend.drivers.ocpp.frames import ErrorCode, Payload
from backend.drivers.ocpp.mending import mend
from backend.drivers.ocpp.schemas import Book, Checked, Refused, check_connector, hold_against_schema

ACTIONS: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "MeterValues",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
"""What a charger may ask of us."""
_BOOK: Final = Book("1.6", frozenset({"BootNotification", "StatusNotification"}))


def check(action: str, payload: Payload) -> Checked:
    """Mend what is known, then hold the payload against the schema. Raises ``Refused``."""
    if action not in ACTIONS:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "unknown action")
    mended, repairs = mend(action, payload)
    repairs += hold_against_schema(_BOOK, action, mended)
    check_connector(mended.get("connectorId", 0), "connectorId")
    return Checked(mended, tuple(dict.fromkeys(repairs)))
