"""When a call came in and the terms of this node: all that a decision needs beside what is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from backend.drivers.ocpp.charger import Outcome
from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.schemas import Checked
from backend.model.quality import Flag


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a call came in, and the terms of this node."""

    now_ms: int
    next_transaction: int
    """Number for a transaction that starts now."""
    heartbeat_s: int = 60
    welcome: Callable[[str], bool] = lambda tag: True
    """Whether a tag may charge."""

    def tag_info(self, tag: str) -> Payload:
        """The idTagInfo or idTokenInfo of an answer."""
        return {"status": "Accepted" if self.welcome(tag) else "Invalid"}


def flagged(outcome: Outcome, checked: Checked) -> Outcome:
    """With the readings marked where the payload had to be mended."""
    if not checked.repairs or not outcome.readings:
        return outcome
    return replace(outcome, readings=tuple(each._replace(flags=each.flags | Flag.REPAIRED) for each in outcome.readings))
