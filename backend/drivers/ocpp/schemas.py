"""Is a payload what the schema of its action demands? What does no harm is tolerated, single bad rows are dropped."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from ocpp import messages

from backend.drivers.ocpp.frames import ErrorCode, Payload

LARGEST_CONNECTOR: Final = 64
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


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of one version, and where they are not taken to the letter."""

    version: str
    """As the library names it: ``2.0.1``."""
    long_texts: frozenset[str]
    """Actions in which a text may be longer than allowed."""
    rows: frozenset[str] = frozenset()
    """Lists of which a bad row is dropped."""
    words: frozenset[str] = frozenset()
    """Fields whose unknown words are let pass: nothing but their meaning is lost."""


class _SchemaError(Protocol):
    validator: str
    absolute_path: Iterable[str | int]


class _Validator(Protocol):
    def iter_errors(self, instance: object) -> Iterable[_SchemaError]: ...


_Place = tuple[str | int, ...]


def hold_against_schema(book: Book, action: str, payload: dict[str, Any]) -> Iterable[str]:
    """What was tolerated or dropped, such as ``vendor:additionalProperties``. Raises ``Refused`` for the rest."""
    bad: set[_Place] = set()
    for error in _validator(book.version, action).iter_errors(payload):
        path = tuple(error.absolute_path)
        what = f"{'.'.join(str(part) for part in path)}:{error.validator}"
        row = _row_of(path, book.rows)
        if error.validator == "minItems":
            continue
        elif _is_harmless(book, action, error.validator, path):
            yield what
        elif row is not None:
            bad.add(row)
            yield what
        else:
            raise Refused(_CODES.get(error.validator, ErrorCode.FORMATION), what)
    for place in sorted(bad, key=_numbers, reverse=True):
        _drop(payload, place)


def _is_harmless(book: Book, action: str, validator: str, path: _Place) -> bool:
    match validator:
        case "additionalProperties":
            return True
        case "maxLength" if action in book.long_texts:
            return True
        case "enum":
            return bool(path) and path[-1] in book.words
        case _:
            return "customData" in path


def _numbers(place: _Place) -> list[int]:
    return [part for part in place if isinstance(part, int)]


def _row_of(path: _Place, rows: frozenset[str]) -> _Place | None:
    """Place of the sample or the row that an error lies in, where it may be dropped."""
    if len(path) >= 4 and path[2] == "sampledValue":
        return path[:4]
    return path[:2] if len(path) >= 2 and path[0] in rows else None


def _drop(payload: dict[str, Any], place: _Place) -> None:
    holder: Any = payload
    for part in place[:-1]:
        holder = holder[part]
    del holder[place[-1]]


def check_connector(number: object, name: str) -> None:
    """Refuse numbers that no charger has. Raises ``Refused``."""
    if not isinstance(number, int) or not 0 <= number <= LARGEST_CONNECTOR:
        raise Refused(ErrorCode.PROPERTY, name)


def _validator(version: str, action: str) -> _Validator:
    find = cast("Callable[[int, str, str], _Validator]", messages.get_validator)  # pyright: ignore[reportUnknownMemberType]
    return find(messages.MessageType.Call, action, version)
