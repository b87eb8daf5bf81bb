"""OCPP-J frames: from text to Call, Result or Failure and back (OCPP-J 1.6, section 4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

import msgspec

Payload = Mapping[str, Any]
MessageId = str | int
"""Text by the book; some chargers send a number and want it back as a number."""

CALL: Final = 2
RESULT: Final = 3
FAILURE: Final = 4
UNASKED: Final[Mapping[object, str]] = {5: "answer_not_understood", 6: "stream_not_asked_for"}
"""CALLRESULTERROR and SEND of OCPP 2.1: neither is ever answered."""
_READABLE_ID = re.compile(rb'^\s*\[\s*2\s*,\s*"([\x20\x21\x23-\x5b\x5d-\x7e]{1,64})"')
_EXCERPT = 80


class ErrorCode(StrEnum):
    """Error codes of a CALLERROR, spelled as in OCPP-J 1.6, section 4.2.3."""

    NOT_IMPLEMENTED = "NotImplemented"
    INTERNAL = "InternalError"
    PROTOCOL = "ProtocolError"
    """The payload is incomplete."""
    FORMATION = "FormationViolation"
    """Not the structure that the frame or the action must have."""
    PROPERTY = "PropertyConstraintViolation"
    """A field holds what it may not hold."""
    OCCURRENCE = "OccurenceConstraintViolation"
    TYPE = "TypeConstraintViolation"


@dataclass(frozen=True, slots=True)
class Call:
    """A request; its payload is not checked yet."""

    id: MessageId
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Result:
    """A CALLRESULT to one of our calls."""

    id: MessageId
    payload: Payload


@dataclass(frozen=True, slots=True)
class Failure:
    """A CALLERROR to one of our calls."""

    id: MessageId
    code: str


@dataclass(frozen=True, slots=True)
class Broken:
    """What cannot be understood. With an id it is answered, without one it is only noted."""

    what: str
    """A key such as ``not_json``."""
    id: MessageId | None = None
    code: ErrorCode = ErrorCode.FORMATION


UNREADABLE: Final = frozenset({"not_json", "not_a_list", "no_message_id"})
"""What is broken so early that no id is known. OCPP 2.x answers such a frame all the same."""
Frame = Call | Result | Failure | Broken


def read_frame(data: bytes) -> Frame:
    """Understand one WebSocket message. Never raises, whatever it holds."""
    try:
        frame: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        found = _READABLE_ID.match(data)
        return Broken("not_json", found.group(1).decode("ascii") if found else None)
    if not isinstance(frame, list) or not frame:
        return Broken("not_a_list")
    parts = cast("list[object]", frame)
    kind, message_id = parts[0], parts[1] if len(parts) > 1 else None
    if isinstance(kind, bool) or kind not in (CALL, RESULT, FAILURE):
        return Broken(UNASKED.get(kind, "unknown_message_type") if isinstance(kind, int) else "unknown_message_type")
    if isinstance(message_id, bool) or not isinstance(message_id, str | int):
        return Broken("no_message_id")
    if kind == CALL:
        return _read_call(message_id, parts[2:])
    return _read_answer(kind == RESULT, message_id, parts[2:])


def _read_call(message_id: MessageId, rest: list[object]) -> Frame:
    match rest:
        case [str(action), None]:
            return Call(message_id, action, {})
        case [str(action), payload] if isinstance(payload, dict):
            return Call(message_id, action, cast("Payload", payload))
        case _:
            return Broken("call_structure", message_id)


def _read_answer(good: bool, message_id: MessageId, rest: list[object]) -> Frame:
    match rest:
        case [payload, *_] if good and isinstance(payload, dict):
            return Result(message_id, cast("Payload", payload))
        case [str(code), *_] if not good:
            return Failure(message_id, code)
        case _:
            return Broken("answer_structure")


def write_call(message_id: str, action: str, payload: Payload) -> str:
    """The text of a CALL."""
    return _text([CALL, message_id, action, payload])


def write_result(message_id: MessageId, payload: Payload) -> str:
    """The text of a CALLRESULT."""
    return _text([RESULT, message_id, payload])


def write_failure(message_id: MessageId, code: str, description: str = "") -> str:
    """The text of a CALLERROR; descriptions are at most 255 characters long."""
    return _text([FAILURE, message_id, code, description[:255], {}])


def _text(frame: list[object]) -> str:
    return msgspec.json.encode(frame).decode()


def excerpt(data: bytes) -> str:
    """The beginning of a frame for an event. It stops before anything that might be a person's tag."""
    text = data[: 4 * _EXCERPT].decode("utf-8", "replace")[:_EXCERPT]
    return re.split("(?i)tag|token|password", text, maxsplit=1)[0]
