"""Holds payloads of OCPP 2.0.1 and 2.1 against what their actions demand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from backend.drivers.ocpp.frames import ErrorCode, Payload
from backend.drivers.ocpp.schemas import Book, Checked, Refused, check_connector, hold_against_schema
from backend.drivers.ocpp.v2.answers import ANSWERS, ANSWERS_21
from backend.drivers.ocpp.v2.mending import mend

DECIDED: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "Heartbeat",
        "MeterValues",
        "NotifyEvent",
        "NotifyReport",
        "SecurityEventNotification",
        "StatusNotification",
        "TransactionEvent",
    }
)
"""What we learn from; all else that a station may send is answered and forgotten."""
_LONG_TEXTS: Final = frozenset({"BootNotification", "NotifyEvent", "NotifyReport", "SecurityEventNotification", "Authorize"})
_ROWS: Final = frozenset({"eventData", "reportData"})
_WORDS: Final = frozenset({"chargingState", "reason", "stoppedReason", "triggerReason", "type"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What may be asked of us in one version, and how it must look."""

    book: Book
    actions: frozenset[str]

    def check(self, action: str, payload: Payload) -> Checked:
        """Mend what is known, then hold the payload against the schema. Raises ``Refused``."""
        if action not in self.actions:
            raise Refused(ErrorCode.NOT_IMPLEMENTED, "unknown action")
        mended, repairs = mend(action, payload)
        repairs += hold_against_schema(self.book, action, mended)
        _check_places(mended)
        return Checked(mended, tuple(dict.fromkeys(repairs)))


def _check_places(payload: Mapping[str, Any]) -> None:
    for name in ("evseId", "connectorId"):
        check_connector(payload.get(name, 0), name)
    evse: object = payload.get("evse")
    # An action that has no such field may carry anything under this name.
    if isinstance(evse, dict):
        for name in ("id", "connectorId"):
            check_connector(cast("dict[str, object]", evse).get(name, 0), f"evse.{name}")


def _rules(version: str, answers: Mapping[str, Payload]) -> Rules:
    return Rules(Book(version, _LONG_TEXTS, _ROWS, _WORDS), DECIDED | answers.keys())


RULES_201: Final = _rules("2.0.1", ANSWERS)
RULES_21: Final = _rules("2.1", {**ANSWERS, **ANSWERS_21})
