"""From what pydantic refuses to what a person can mend."""

import difflib
import types
import typing

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from backend.model.message import Message, MessageValue
from backend.settings.marked import Marked, Path
from backend.settings.problem import Problem

_SECRET_WORDS = (
    "password",
    "passwd",
    "secret",
    "token",
    "passphrase",
    "api_key",
    "apikey",
    "credential",
)
_PLAIN: dict[str, Message] = {
    "missing": Message("this key; it cannot be left out"),
    "string_type": Message("a text"),
    "int_type": Message("a whole number"),
    "int_from_float": Message("a whole number"),
    "float_type": Message("a number"),
    "bool_type": Message("true or false"),
    "dict_type": Message("a group of keys"),
    "model_type": Message("a group of keys"),
    "list_type": Message("a list"),
    "finite_number": Message("a finite number"),
}
_BOUNDS: dict[str, tuple[Message, str]] = {
    "greater_than": (Message("a number above {limit}"), "gt"),
    "greater_than_equal": (Message("a number from {limit} up"), "ge"),
    "less_than": (Message("a number below {limit}"), "lt"),
    "less_than_equal": (Message("a number up to {limit}"), "le"),
    "string_too_short": (Message("a text of at least {limit} characters"), "min_length"),
    "string_too_long": (Message("a text of at most {limit} characters"), "max_length"),
    "too_short": (Message("at least {limit} entries"), "min_length"),
    "too_long": (Message("at most {limit} entries"), "max_length"),
    "enum": (Message("one of: {limit}"), "expected"),
}


def explain(error: ErrorDetails, marked: Marked, shape: type[BaseModel]) -> Problem:
    """One problem for one refusal."""
    path: Path = tuple(step for step in error["loc"] if step != "[key]")
    if error["type"] == "extra_forbidden":
        return _unknown(path, marked, shape)
    found = Message("nothing") if error["type"] == "missing" else None
    if error["loc"][-1:] == ("[key]",):
        found = Message("“{text}”", {"text": str(path[-1])})
    return marked.problem(path, _expected(error), found)


def _expected(error: ErrorDetails) -> Message:
    context = error.get("ctx", {})
    kind = error["type"]
    if kind == "expected":
        text: str = context["text"]
        return Message(text, context["values"])
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _BOUNDS:
        form, name = _BOUNDS[kind]
        limit: MessageValue = context[name]
        words = limit.replace("'", "").replace(" or ", ", ") if isinstance(limit, str) else limit
        return Message(form.text, {"limit": words})
    return Message("{text}", {"text": error["msg"]})


def _unknown(path: Path, marked: Marked, shape: type[BaseModel]) -> Problem:
    key = str(path[-1])
    found = Message("the unknown key “{key}”", {"key": key})
    if any(word in key.lower() for word in _SECRET_WORDS):
        device = "/".join(str(step) for step in path[1:-1] if step != "devices") or "SITE/DEVICE"
        expected = Message(
            "no secrets in this file; run: enemado secret set {device}",
            {"device": device},
        )
        return marked.problem(path, expected, Message("a secret under “{key}”", {"key": key}))
    known = keys_at(shape, path[:-1])
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return marked.problem(path, Message("perhaps “{key}”", {"key": close[0]}), found)
    return marked.problem(path, Message("one of: {limit}", {"limit": ", ".join(known)}), found)


def keys_at(shape: object, path: Path) -> list[str]:
    """The keys that are known inside ``path``."""
    for step in path:
        shape = _inside(shape, step)
    model = _model(shape)
    return list(model.model_fields) if model else []


def _inside(shape: object, step: str | int) -> object:
    model = _model(shape)
    if model:
        field = model.model_fields.get(str(step))
        return field.annotation if field else None
    for argument in _arms(shape):
        if typing.get_origin(argument) in (dict, list):
            return typing.get_args(argument)[-1]
    return None


def _model(shape: object) -> type[BaseModel] | None:
    return next(
        (arm for arm in _arms(shape) if isinstance(arm, type) and issubclass(arm, BaseModel)),
        None,
    )


def _arms(shape: object) -> list[object]:
    """A union's members, without ``Annotated``."""
    if typing.get_origin(shape) is typing.Annotated:
        return _arms(typing.get_args(shape)[0])
    if typing.get_origin(shape) in (typing.Union, types.UnionType):
        return [arm for argument in typing.get_args(shape) for arm in _arms(argument)]
    return [shape]
