"""Is a payload what its action demands? Known bad habits of chargers are mended first, the rest is refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from ocpp import messages

from backend.drivers.ocpp.frames import ErrorCode, Payload
from backend.drivers.ocpp.mending import mend

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
LARGEST_CONNECTOR: Final = 64
_LONG_TEXTS_ALLOWED: Final = frozenset({"BootNotification", "StatusNotification"})
_CODES: Final[Mapping[str, ErrorCode]] = {
    "required": ErrorCode.PROTOCOL,
    "type": ErrorCode.TYPE,
    "enum": ErrorCode.PROPERTY,
    "maxLength": ErrorCode.PROPERTY,
}


class Refused(Exception):
    """The call is answered with a CALLERROR."""

    def __init__(self, code: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class Checked:
    """A payload that can be worked with."""

    payload: Payload
    repairs: tuple[str, ...] = ()
    """What was wrong and is mended, such as ``meterValue:object``."""


class _SchemaError(Protocol):
    validator: str
    absolute_path: Iterable[str | int]


class _Validator(Protocol):
    def iter_errors(self, instance: object) -> Iterable[_SchemaError]: ...


def check(action: str, payload: Payload) -> Checked:
    """Mend what is known, then hold the payload against the schema. Raises ``Refused``."""
    if action not in ACTIONS:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "unknown action")
    mended, repairs = mend(action, payload)
    repairs += _hold_against_schema(action, mended)
    if not 0 <= mended.get("connectorId", 0) <= LARGEST_CONNECTOR:
        raise Refused(ErrorCode.PROPERTY, "connectorId")
    return Checked(mended, tuple(dict.fromkeys(repairs)))


def _hold_against_schema(action: str, payload: dict[str, Any]) -> Iterable[str]:
    """Tolerate what does no harm, drop single bad samples, refuse the rest."""
    bad_samples: set[tuple[str, int, int]] = set()
    for error in _validator(action).iter_errors(payload):
        path = tuple(error.absolute_path)
        what = f"{'.'.join(str(part) for part in path)}:{error.validator}"
        if error.validator == "additionalProperties":
            yield what
        elif error.validator == "minItems":
            continue
        elif error.validator == "maxLength" and action in _LONG_TEXTS_ALLOWED:
            yield what
        elif len(path) >= 4 and path[2] == "sampledValue":
            bad_samples.add((str(path[0]), int(path[1]), int(path[3])))
            yield what
        else:
            raise Refused(_CODES.get(error.validator, ErrorCode.FORMATION), what)
    for field, entry, sample in sorted(bad_samples, reverse=True):
        del payload[field][entry]["sampledValue"][sample]


def _validator(action: str) -> _Validator:
    find = cast("Callable[[int, str, str], _Validator]", messages.get_validator)  # pyright: ignore[reportUnknownMemberType]
    return find(messages.MessageType.Call, action, "1.6")
