"""What we ask a charger that has just connected: whatever a restart of ours made us miss (OCPP 1.6)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from backend.drivers.ocpp.charger import Charger
from backend.drivers.ocpp.frames import Payload


class Question(NamedTuple):
    """A call of ours."""

    action: str
    payload: Payload
    unless: str = ""
    """Not needed where the charger has sent this by itself."""


HEARTBEAT: Final = Question("TriggerMessage", {"requestedMessage": "Heartbeat"})
"""A sign of life, in every version."""


def trigger(message: str) -> Question:
    """Ask for a message that did not come by itself."""
    return Question("TriggerMessage", {"requestedMessage": message}, message)


def catch_up(charger: Charger, sample_s: int) -> Sequence[Question]:
    """In this order; who refuses an action is not asked for it again."""
    del charger
    interval = {"key": "MeterValueSampleInterval", "value": str(sample_s)}
    wanted = ("BootNotification", "StatusNotification", "MeterValues")
    return (*map(trigger, wanted), Question("ChangeConfiguration", interval))
