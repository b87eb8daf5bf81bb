"""Payloads of Sparkplug B 3.0: the published field numbers as a protobuf schema of our own, bytes to metrics and back."""

import struct
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

_PACKAGE: Final = "enemado.sparkplug"
_Field = descriptor_pb2.FieldDescriptorProto
_PAYLOAD: Final = (("timestamp", 1, _Field.TYPE_UINT64), ("metrics", 2, _Field.TYPE_MESSAGE), ("seq", 3, _Field.TYPE_UINT64))
_METRIC: Final = (
    ("name", 1, _Field.TYPE_STRING),
    ("alias", 2, _Field.TYPE_UINT64),
    ("timestamp", 3, _Field.TYPE_UINT64),
    ("datatype", 4, _Field.TYPE_UINT32),
    ("is_historical", 5, _Field.TYPE_BOOL),
    ("is_null", 7, _Field.TYPE_BOOL),
    ("int_value", 10, _Field.TYPE_UINT32),
    ("long_value", 11, _Field.TYPE_UINT64),
    ("float_value", 12, _Field.TYPE_FLOAT),
    ("double_value", 13, _Field.TYPE_DOUBLE),
    ("boolean_value", 14, _Field.TYPE_BOOL),
    ("string_value", 15, _Field.TYPE_STRING),
)
"""Those that we use; data sets, templates and properties are passed over as unknown fields."""
_VALUES: Final = tuple(name for name, _, _ in _METRIC if name.endswith("_value"))
_SIGNED_BITS: Final = {1: 8, 2: 16, 3: 32, 4: 64}
"""Data types Int8 to Int64, which travel as unsigned numbers."""
_BOOLEAN: Final = 11
REBIRTH: Final = "Node Control/Rebirth"
BD_SEQ: Final = "bdSeq"
MOST_METRICS: Final = 5000


class Undecodable(ValueError):
    """Bytes that are no payload; the text says why."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it was sent."""

    name: str
    """Empty where only the alias was sent."""
    alias: int | None
    at_ms: int | None
    datatype: int
    """0 where it was not sent: that of the birth counts."""
    is_historical: bool
    value: float | str | bool | None
    """None for a null."""

    def typed(self, datatype: int) -> float | str | bool | None:
        """The value as this data type has it: negative numbers travel as large ones."""
        bits = _SIGNED_BITS.get(self.datatype or datatype)
        if bits is None or isinstance(self.value, bool) or not isinstance(self.value, int):
            return self.value
        low = self.value & ((1 << bits) - 1)
        return low - (1 << bits) if low >> (bits - 1) else low


@dataclass(frozen=True, slots=True)
class Payload:
    """One message."""

    at_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]

    @property
    def bd_seq(self) -> int | None:
        """Which birth a death belongs to."""
        found = next((metric.value for metric in self.metrics if metric.name == BD_SEQ), None)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


def read_payload(data: bytes) -> Payload:
    """Raises ``Undecodable``."""
    found: Any = _new()
    try:
        found.ParseFromString(data)
    except (message.DecodeError, struct.error) as error:
        raise Undecodable("no protobuf of Sparkplug B") from error
    if len(found.metrics) > MOST_METRICS:
        raise Undecodable(f"more than {MOST_METRICS} metrics")
    at_ms = int(found.timestamp) if found.HasField("timestamp") else None
    seq = int(found.seq) if found.HasField("seq") else None
    return Payload(at_ms, seq, tuple(_metric(each) for each in found.metrics))


def rebirth(now_ms: int) -> bytes:
    """What asks an edge node to say again all that it has."""
    asked: Any = _new()
    asked.timestamp = now_ms
    metric = asked.metrics.add()
    metric.name, metric.datatype, metric.boolean_value = REBIRTH, _BOOLEAN, True
    return bytes(asked.SerializeToString())


def _metric(found: Any) -> Metric:
    kind = next((name for name in _VALUES if found.HasField(name)), None)
    value = None if found.is_null or kind is None else getattr(found, kind)
    alias = int(found.alias) if found.HasField("alias") else None
    at_ms = int(found.timestamp) if found.HasField("timestamp") else None
    return Metric(found.name, alias, at_ms, int(found.datatype), bool(found.is_historical), value)


def _make() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="enemado_sparkplug.proto", package=_PACKAGE, syntax="proto2")
    for title, fields in (("Metric", _METRIC), ("Payload", _PAYLOAD)):
        described = file.message_type.add(name=title)
        for name, number, kind in fields:
            repeated = kind == _Field.TYPE_MESSAGE
            field = described.field.add(name=name, number=number, type=kind)
            field.label = _Field.LABEL_REPEATED if repeated else _Field.LABEL_OPTIONAL
            if repeated:
                field.type_name = f".{_PACKAGE}.Metric"
    pool: Any = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_new: Final[Any] = _make()
