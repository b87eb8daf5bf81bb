"""Bad habits of stations that speak OCPP 2.x, put right before the schema is asked."""

import math
from collections.abc import Mapping
from typing import Any, Final, cast

from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.mending import Repairs, spelt
from backend.drivers.ocpp.points import CONVERSIONS

_WHOLE_NUMBERS: Final = frozenset({"evseId", "connectorId", "id", "seqNo", "requestId", "multiplier", "eventId"})
_DEPTH: Final = 12
"""No message of OCPP is nested deeper; what is stays as it came."""
_LISTS: Final = frozenset({"meterValue", "sampledValue"})
_STAMPED: Final = frozenset({"StatusNotification", "TransactionEvent", "SecurityEventNotification"})
_STAMPED_LATER: Final = frozenset({"NotifyEvent", "NotifyReport"})


def mend(action: str, payload: Payload) -> tuple[dict[str, Any], Repairs]:
    """A copy that follows the book more closely, and what was changed, such as ``meterValue:object``."""
    repairs: Repairs = []
    mended = _mend_fields(payload, repairs, 0)
    if action in _STAMPED:
        _mend_stamp(mended, "timestamp", repairs)
    if action in _STAMPED_LATER:
        _mend_stamp(mended, "generatedAt", repairs)
    _mend_samples(mended.get("meterValue"), repairs)
    return mended, repairs


def _mend_fields(fields: Mapping[str, object], repairs: Repairs, depth: int) -> dict[str, Any]:
    mended: dict[str, Any] = {}
    for name, value in fields.items():
        if value is None:
            repairs.append(f"{name}:null")
        else:
            mended[name] = _mend_value(name, value, repairs, depth + 1)
    if "sampledValue" in mended:
        _mend_stamp(mended, "timestamp", repairs)
    return mended


def _mend_value(name: str, value: object, repairs: Repairs, depth: int) -> object:
    if depth > _DEPTH:
        return value
    if name in _LISTS and isinstance(value, dict):
        repairs.append(f"{name}:object")
        value = [cast("object", value)]
    if name == "unitOfMeasure" and isinstance(value, str):
        repairs.append("unitOfMeasure:text")
        value = {"unit": value}
    match value:
        case list():
            rows = cast("list[object]", value)
            if name == "sampledValue" and not rows:
                repairs.append("sampledValue:empty")
            return [_mend_value("", row, repairs, depth + 1) for row in rows]
        case dict():
            return _mend_fields(cast("dict[str, object]", value), repairs, depth + 1)
        case float() if name in _WHOLE_NUMBERS and math.isfinite(value):
            repairs.append(f"{name}:fraction")
            return round(value)
        case str():
            return _mend_text(name, value, repairs)
        case _:
            return value


def _mend_text(name: str, text: str, repairs: Repairs) -> object:
    if name == "unit" and text not in CONVERSIONS and spelt(text) != text:
        repairs.append("unit:spelling")
        return spelt(text)
    return text


def _mend_samples(entries: object, repairs: Repairs) -> None:
    """Numbers that came as text, in meter values only: elsewhere a value is a text."""
    for entry in cast("list[object]", entries) if isinstance(entries, list) else []:
        samples: object = cast("dict[str, object]", entry).get("sampledValue") if isinstance(entry, dict) else None
        for sample in cast("list[object]", samples) if isinstance(samples, list) else []:
            if isinstance(sample, dict):
                _mend_number(cast("dict[str, object]", sample), repairs)


def _mend_number(sample: dict[str, object], repairs: Repairs) -> None:
    value = sample.get("value")
    if not isinstance(value, str):
        return
    try:
        number = float(value)
    except ValueError:
        return
    if math.isfinite(number):
        repairs.append("value:text")
        sample["value"] = number


def _mend_stamp(fields: dict[str, Any], name: str, repairs: Repairs) -> None:
    if not isinstance(fields.get(name), str):
        repairs.append(f"{name}:missing")
        fields[name] = ""
