"""The versions of OCPP that we speak, each as one table of what differs. The charger's offer decides which one it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from backend.drivers.ocpp import actions, orders, payloads, questions
from backend.drivers.ocpp.arrival import Arrival
from backend.drivers.ocpp.charger import Charger, Outcome
from backend.drivers.ocpp.frames import ErrorCode, Payload
from backend.drivers.ocpp.questions import Question
from backend.drivers.ocpp.schemas import Checked
from backend.drivers.ocpp.v2 import actions as actions_v2
from backend.drivers.ocpp.v2 import orders as orders_v2
from backend.drivers.ocpp.v2 import payloads as payloads_v2
from backend.drivers.ocpp.v2 import questions as questions_v2
from backend.model.command import Order


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version: what a charger may say, what it means, and what we may ask."""

    protocol: str
    """Name of the WebSocket sub-protocol."""
    check: Callable[[str, Payload], Checked]
    decide: Callable[[Charger, str, Checked, Arrival], Outcome]
    catch_up: Callable[[Charger, int], Sequence[Question]]
    """What to ask a charger that has just connected; the number is the seconds between meter values that we would like."""
    order: Callable[[Order], Question]
    """How an operator's command is said. Raises ``CannotBeSaid``."""
    codes: Mapping[ErrorCode, str] = field(default_factory=dict[ErrorCode, str])
    """Error codes that are spelled otherwise than in 1.6."""
    unreadable_id: str | None = None
    """Id under which a frame is answered whose own id cannot be read; None where that is not done."""

    def code(self, code: ErrorCode) -> str:
        """An error code as this version spells it."""
        return self.codes.get(code, code)


_CODES_V2: Final = {ErrorCode.FORMATION: "FormatViolation", ErrorCode.OCCURRENCE: "OccurrenceConstraintViolation"}

V16: Final = Dialect("ocpp1.6", payloads.check, actions.decide, questions.catch_up, orders.said)
V201: Final = Dialect(
    "ocpp2.0.1",
    payloads_v2.RULES_201.check,
    actions_v2.decide,
    questions_v2.catch_up,
    orders_v2.said,
    _CODES_V2,
    "-1",
)
V21: Final = Dialect(
    "ocpp2.1",
    payloads_v2.RULES_21.check,
    actions_v2.decide,
    questions_v2.catch_up,
    orders_v2.said,
    _CODES_V2,
    "-1",
)
DIALECTS: Final[Mapping[str, Dialect]] = {dialect.protocol: dialect for dialect in (V16, V201, V21)}


def chosen(offered: Sequence[str]) -> str | None:
    """The first version of a charger's offer that we speak: it offers best first (OCPP-J, section 3.1)."""
    return next((protocol for protocol in offered if protocol in DIALECTS), None)
