"""Bad habits of real chargers that can be understood without guessing, put right before the schema is asked."""

import math
from collections.abc import Mapping
from typing import Any, Final, cast

from ocpp.v16.enums import Reason

from backend.drivers.ocpp.frames import Payload
from backend.drivers.ocpp.points import CONVERSIONS

_WHOLE_NUMBERS: Final = ("connectorId", "meterStart", "meterStop", "transactionId", "reservationId")
_REASONS: Final = frozenset(reason.value for reason in Reason)
"""Why a transaction ended; a reason that nobody knows must not cost the transaction its end."""
_METER_FIELDS: Final = ("meterValue", "transactionData")
_STAMPED: Final = frozenset({"StartTransaction", "StopTransaction"})
_UNITS: Final[Mapping[str, str]] = {unit.lower(): unit for unit in CONVERSIONS if unit not in {"Celcius", "Hz"}} | {
    "c": "Celsius",
    "degc": "Celsius",
    "f": "Fahrenheit",
    "%": "Percent",
    "hz": "Hertz",
}

Repairs = list[str]


def mend(action: str, payload: Payload) -> tuple[dict[str, Any], Repairs]:
    """A copy that follows the book more closely, and what was changed, such as ``meterValue:object``."""
    repairs: Repairs = []
    mended: dict[str, Any] = {}
    for name, value in payload.items():
        if value is None:
            repairs.append(f"{name}:null")
        elif name in _METER_FIELDS:
            mended[name] = _mend_entries(name, value, repairs)
        elif name in _WHOLE_NUMBERS and isinstance(value, float) and math.isfinite(value):
            repairs.append(f"{name}:fraction")
            mended[name] = round(value)
        elif name == "reason" and isinstance(value, str) and value not in _REASONS:
            repairs.append("reason:unknown")
            mended[name] = Reason.other.value
        else:
            mended[name] = value
    if action in _STAMPED:
        _mend_timestamp(mended, repairs)
    return mended, repairs


def _mend_entries(name: str, value: object, repairs: Repairs) -> object:
    if isinstance(value, dict):
        repairs.append(f"{name}:object")
        value = [cast("object", value)]
    if not isinstance(value, list):
        return value
    return [_mend_entry(entry, repairs) for entry in cast("list[object]", value)]


def _mend_entry(entry: object, repairs: Repairs) -> object:
    if not isinstance(entry, dict):
        return entry
    mended = dict(cast("dict[str, Any]", entry))
    _mend_timestamp(mended, repairs)
    samples: object = mended.get("sampledValue") or []
    if isinstance(samples, dict):
        repairs.append("sampledValue:object")
        samples = [cast("object", samples)]
    if samples == []:
        repairs.append("sampledValue:empty")
    if isinstance(samples, list):
        samples = [_mend_sample(sample, repairs) for sample in cast("list[object]", samples)]
    mended["sampledValue"] = samples
    return mended


def _mend_sample(sample: object, repairs: Repairs) -> object:
    if not isinstance(sample, dict):
        return sample
    fields = {name: value for name, value in cast("dict[str, Any]", sample).items() if value is not None}
    value: object = fields.get("value")
    if isinstance(value, int | float) and not isinstance(value, bool):
        repairs.append("value:number")
        fields["value"] = repr(value)
    unit: object = fields.get("unit")
    if isinstance(unit, str) and spelt(unit) != unit:
        repairs.append("unit:spelling")
        fields["unit"] = spelt(unit)
    return fields


def spelt(unit: str) -> str:
    """A unit of measure as the book spells it; what is no known unit stays as it is."""
    return _UNITS.get(unit.lower(), unit)


def _mend_timestamp(fields: dict[str, Any], repairs: Repairs) -> None:
    if not isinstance(fields.get("timestamp"), str):
        repairs.append("timestamp:missing")
        fields["timestamp"] = ""
